/* PLUGIN_NAME: invoices into a ledger with a REST API, each once.
 *
 *   GET  URL/customers?page=1&per_page=100   {"customers": [{"id": 7, "name": "Acme Dental", "domain": "acme.example"}], "total": 1}
 *   GET  URL/invoices?reference=KEY          {"invoices": [{"id": 9001, "number": "INV-…", "reference": "KEY", "status": "open", "total": "12.50", "balance": "12.50"}]}
 *   POST URL/invoices                        {"invoice": {…}}
 *   GET  URL/invoices/9001                   {"invoice": {…, "payments": [{"id": 5, "date": "2026-12-10", "amount": "12.50", "currency": "USD", "note": "wire"}]}}
 *
 * Replace the addresses, the fields and the mapping by those of your ledger. What should stay is the order in deliver(): look under our key first, make it
 * only where there is none, and never call something failed that may have happened.
 */
#include <billhook/kit.h>

typedef struct sink {
  bhk_api api;
  bhk_buf bearer, path, body;
} sink;

/* ---- an invoice of theirs ---- */

enum { TEXT_MAX = 256 };
typedef struct invoice {
  sink *s;
  bh_str key;           /* only what carries it is ours; empty: whatever comes */
  size_t found;
  bh_sent sent;
  char ref[TEXT_MAX], number[TEXT_MAX], url[TEXT_MAX];
} invoice;

static const char *const invoice_fields[] = {"id", "number", "url", "status", "total", "balance", "reference"};
enum { ID, NUMBER, URL, STATUS, TOTAL, BALANCE, REFERENCE, INVOICE_FIELDS };

/* A record's texts die with the callback. */
static bh_str keep(char out[TEXT_MAX], bh_str text)
{
  size_t n = text.len < TEXT_MAX ? text.len : 0;
  memcpy(out, text.ptr, n);
  return (bh_str){out, n};
}

static int state_of(bh_str word)
{
  static const char *const words[] = {"draft", "open", "partly_paid", "paid", "void"}; /* BH_SENT_…, from 1 */
  for (int i = 0; i < 5; i++)
    if (bhk_is(word, words[i]))
      return i + 1;
  return 0;
}

static bh_status on_invoice(void *user, const bh_json_record *r)
{
  invoice *x = user;
  const bh_host *h = x->s->api.h;
  bh_status rc;
  if (x->key.len && !bhk_eq(bhk_value(r, REFERENCE), x->key))
    return BH_OK; /* the ledger does not filter, or not exactly */
  if (x->found++)
    return h->fail(h->ctx, BH_E_PERMANENT, "two invoices carry the reference %.*s", (int)x->key.len, x->key.ptr);
  x->sent = (bh_sent){.struct_size = sizeof x->sent, .state = state_of(bhk_value(r, STATUS)), .ref = keep(x->ref, bhk_value(r, ID)),
    .number = keep(x->number, bhk_value(r, NUMBER)), .url = keep(x->url, bhk_value(r, URL)), .has = BH_SENT_TOTAL | BH_SENT_BALANCE};
  if (!x->sent.state || x->sent.ref.len == 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "an invoice without an id, or with a status that is not known, came");
  if ((rc = bhk_dec(h, r, TOTAL, &x->sent.total)) != BH_OK)
    return rc;
  return bhk_dec(h, r, BALANCE, &x->sent.balance);
}

/* The invoice under the key; x->found is 0 where there surely is none. */
static bh_status find(invoice *x)
{
  sink *s = x->s;
  bhk_clear(&s->path);
  bhk_putz(&s->path, "/invoices?reference=");
  bhk_put(&s->path, x->key); /* keys need no escaping */
  bhk_put(&s->path, (bh_str){"", 1});
  if (s->path.broken)
    return s->api.h->fail(s->api.h->ctx, BH_E_NOMEM, "no memory");
  const bhk_list list = {.path = s->path.ptr, .each = "$.invoices[*]", .fields = invoice_fields, .field_count = INVOICE_FIELDS, .row = on_invoice};
  return bhk_read(&s->api, &list, x, NULL, 0);
}

/* ---- ours, as theirs ---- */

static const char *const head_fields[] = {"number", "currency", "issue_date", "due_date", "type"};
static const char *const line_fields[] = {"description", "quantity", "unit_price", "amount"};
static const char *const discount_fields[] = {"description", "amount"};
static const char *const tax_fields[] = {"name", "rate", "amount"};

typedef struct writing {
  bhk_buf *b;
  const char *const *names;
  int rows;
} writing;

static void put_members(bhk_buf *b, const char *const *names, const bh_json_record *r)
{
  for (size_t i = 0; i < r->field_count; i++) {
    bhk_putz(b, i ? ",\"" : "\"");
    bhk_putz(b, names[i]);
    bhk_putz(b, "\":");
    bhk_put_json(b, bhk_value(r, i)); /* amounts are texts on both sides: nothing is rounded on the way */
  }
}

static bh_status on_head(void *user, const bh_json_record *r)
{
  put_members(user, head_fields, r);
  return BH_OK;
}

static bh_status on_row(void *user, const bh_json_record *r)
{
  writing *w = user;
  bhk_putz(w->b, w->rows++ ? ",{" : "{");
  put_members(w->b, w->names, r);
  bhk_putz(w->b, "}");
  return BH_OK;
}

static bh_status put_list(sink *s, const bh_document *x, const char *name, const char *each, const char *const *fields, size_t field_count)
{
  writing w = {&s->body, fields, 0};
  const bh_json_query q = {.struct_size = sizeof q, .each = each, .fields = fields, .field_count = field_count, .record = on_row, .user = &w};
  const bh_json_query *const queries[] = {&q};
  bhk_putz(&s->body, name);
  bh_status rc = s->api.json->text(s->api.h->ctx, x->json, queries, 1);
  bhk_putz(&s->body, "]");
  return rc;
}

static bh_status write_body(sink *s, bh_str key, const bh_document *x)
{
  const bh_host *h = s->api.h;
  const bh_json_query head = {.struct_size = sizeof head, .each = "$", .fields = head_fields, .field_count = 5, .record = on_head, .user = &s->body};
  const bh_json_query *const queries[] = {&head};
  bh_status rc;
  bhk_clear(&s->body);
  bhk_putz(&s->body, "{\"reference\":");
  bhk_put_json(&s->body, key);
  bhk_putz(&s->body, ",\"customer\":");
  bhk_put_json(&s->body, x->client);
  bhk_putz(&s->body, ",");
  if ((rc = s->api.json->text(h->ctx, x->json, queries, 1)) != BH_OK || (rc = put_list(s, x, ",\"lines\":[", "$.lines[*]", line_fields, 4)) != BH_OK ||
      (rc = put_list(s, x, ",\"discounts\":[", "$.discounts[*]", discount_fields, 2)) != BH_OK || (rc = put_list(s, x, ",\"taxes\":[", "$.taxes[*]", tax_fields, 3)) != BH_OK)
    return rc;
  bhk_putz(&s->body, "}");
  return s->body.broken ? h->fail(h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
}

/* ---- the calls ---- */

static bh_status deliver(void *self, bh_str key, const bh_document *x, const bh_sink_emit *emit)
{
  sink *s = self;
  const bh_host *h = s->api.h;
  invoice found = {.s = s, .key = key}, made = {.s = s};
  bh_status rc = find(&found);
  if (rc != BH_OK)
    return rc;
  if (found.found)
    return emit->sent(emit->ctx, &found.sent);
  if (x->client.len == 0)
    return h->fail(h->ctx, BH_E_INVALID, "the client has no id of this ledger: ids = { … } on the client says it");
  if ((rc = write_body(s, key, x)) != BH_OK)
    return rc;
  const bhk_list post = {.path = "/invoices", .each = "$.invoice", .fields = invoice_fields, .field_count = INVOICE_FIELDS, .row = on_invoice, .effect = "POST",
    .body = bhk_text(&s->body)};
  if ((rc = bhk_read(&s->api, &post, &made, NULL, 0)) != BH_OK)
    return rc;
  if (!made.found)
    return h->fail(h->ctx, BH_E_UNKNOWN, "the ledger took the invoice, and does not say as what");
  return emit->sent(emit->ctx, &made.sent);
}

static bh_status lookup(void *self, bh_str key, const bh_document *x, const bh_sink_emit *emit)
{
  invoice found = {.s = self, .key = key};
  (void)x; /* this ledger can be asked by our key */
  bh_status rc = find(&found);
  return rc != BH_OK || !found.found ? rc : emit->sent(emit->ctx, &found.sent);
}

typedef struct payments {
  sink *s;
  const bh_sink_emit *emit;
} payments;

static bh_status on_payment(void *user, const bh_json_record *r)
{
  payments *p = user;
  const bh_host *h = p->s->api.h;
  bh_received x = {.struct_size = sizeof x, .id = bhk_value(r, 0), .currency = bhk_value(r, 3), .note = bhk_value(r, 4)};
  bh_status rc = bhk_day(h, r, 1, 1, &x.date);
  if (rc == BH_OK)
    rc = bhk_dec(h, r, 2, &x.amount);
  return rc != BH_OK ? rc : p->emit->received(p->emit->ctx, &x);
}

static bh_status status(void *self, bh_str key, bh_str ref, const bh_sink_emit *emit)
{
  static const char *const payment_fields[] = {"id", "date", "amount", "currency", "note"};
  sink *s = self;
  const bh_host *h = s->api.h;
  invoice x = {.s = s, .key = key};
  payments p = {s, emit};
  bh_str escaped;
  bh_status rc = s->api.http->escape(h->ctx, ref, &escaped);
  if (rc != BH_OK)
    return rc;
  bhk_clear(&s->path);
  bhk_putz(&s->path, "/invoices/");
  bhk_put(&s->path, escaped);
  bhk_put(&s->path, (bh_str){"", 1});
  if (s->path.broken)
    return h->fail(h->ctx, BH_E_NOMEM, "no memory");
  const bh_json_query invoices = {.struct_size = sizeof invoices, .each = "$.invoice", .fields = invoice_fields, .field_count = INVOICE_FIELDS, .record = on_invoice, .user = &x};
  const bh_json_query *const more[] = {&invoices};
  /* The list goes first: an answer without one is another page, and no invoice without payments. */
  const bhk_list list = {.path = s->path.ptr, .each = "$.invoice.payments[*]", .fields = payment_fields, .field_count = 5, .row = on_payment};
  if ((rc = bhk_read(&s->api, &list, &p, more, 1)) != BH_OK)
    return rc;
  if (!x.found)
    return h->fail(h->ctx, BH_E_PERMANENT, "the invoice %.*s does not carry our reference", (int)ref.len, ref.ptr);
  return emit->sent(emit->ctx, &x.sent);
}

static bh_status on_customer(void *user, const bh_json_record *r)
{
  const bh_sink_emit *emit = user;
  const bh_client x = {.struct_size = sizeof x, .id = bhk_value(r, 0), .name = bhk_value(r, 1), .domain = bhk_value(r, 2)};
  return emit->client(emit->ctx, &x);
}

static bh_status clients(void *self, const bh_sink_emit *emit)
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = 100, .total = "$.total"};
  static const char *const fields[] = {"id", "name", "domain"};
  sink *s = self;
  const bhk_list list = {.path = "/customers?per_page=100", .each = "$.customers[*]", .fields = fields, .field_count = 3, .row = on_customer, .pages = &pages};
  return bhk_read(&s->api, &list, (void *)(uintptr_t)emit, NULL, 0);
}

static bh_status ignore(void *user, const bh_json_record *r)
{
  (void)user;
  (void)r;
  return BH_OK;
}

static bh_status probe(void *self)
{
  sink *s = self;
  const bhk_list one = {.path = "/customers?per_page=1&page=1", .each = "$.customers[*]", .row = ignore};
  return bhk_read(&s->api, &one, s, NULL, 0);
}

/* ---- an instance ---- */

static void destroy(void *self)
{
  sink *s = self;
  bhk_api_dispose(&s->api);
  bhk_dispose(&s->bearer);
  bhk_dispose(&s->path);
  bhk_dispose(&s->body);
  free(s);
}

static bh_status set_up(sink *s, const bh_host *host)
{
  bh_str token;
  bh_status rc;
  if ((rc = bhk_open(&s->api, host, "url")) != BH_OK || (rc = bhk_needed(host, "token", &token)) != BH_OK)
    return rc;
  bhk_putz(&s->bearer, "Bearer ");
  bhk_put(&s->bearer, token);
  if (s->bearer.broken)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  bhk_header(&s->api, "Authorization", bhk_text(&s->bearer));
  bhk_header(&s->api, "Content-Type", BHK("application/json"));
  return BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  sink *s = calloc(1, sizeof *s);
  if (!s)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  bh_status rc = set_up(s, host);
  if (rc != BH_OK) {
    destroy(s); /* after a failed create() the host does not call it */
    return rc;
  }
  *self = s;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_sink interface = {.struct_size = sizeof interface, .probe = probe, .deliver = deliver, .lookup = lookup, .status = status, .clients = clients};
  return strcmp(id, BH_IFACE_SINK) == 0 ? &interface : NULL;
}

/* The same as in PLUGIN_NAME.json: `billhook plugin check` compares them. */
static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of the ledger: https://ledger.example/v1."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "An API token that may read customers, and read and write invoices."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "PLUGIN_NAME", .version = "0.1", .vendor = "You", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};

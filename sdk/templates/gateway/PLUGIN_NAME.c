/* PLUGIN_NAME: money in through a payment gateway with a REST API.
 *
 *   POST URL/charges  Idempotency-Key: KEY   {"charge": {"id": 9001, "status": "succeeded", "amount": 1250, "currency": "USD", "reference": "KEY", "failure": null}}
 *                                            402 where the client's bank refuses: {"charge": {…, "status": "failed", "failure": "card_declined"}}
 *   GET  URL/charges?reference=KEY           {"charges": […]}
 *   POST URL/refunds  Idempotency-Key: KEY   {"refund": {"id": 9003, "charge": 9001, "status": "succeeded", "amount": 500, "currency": "USD", "reference": "KEY"}}
 *   GET  URL/refunds?reference=KEY           {"refunds": […]}
 *   webhooks: {"type": "charge.succeeded", "charge": {…}}, signed: Webhook-Signature: t=UNIX,v1=HMAC-SHA256(secret, t + "." + body) in hexadecimal
 *
 * Amounts are integers in the smallest unit of the currency. Replace the addresses, the fields and the words by those of your gateway. What should stay:
 * the key goes where the gateway makes repeats harmless, nothing is called failed that may have happened, and no webhook is read before its signature
 * has been found to be right.
 */
#include <billhook/kit.h>

enum { SIGNATURE_AGE_MAX_S = 300 };

typedef struct gateway {
  bhk_api api;
  bhk_buf bearer, path, body;
  bh_str webhook_secret;
} gateway;

/* ---- a charge or a refund of theirs ---- */

enum { TEXT_MAX = 256 };
typedef struct payment {
  gateway *g;
  bh_str key;           /* only what carries it is ours; empty: whatever comes */
  int refund;
  size_t found;
  bh_outcome outcome;
  char ref[TEXT_MAX], reference[TEXT_MAX], of[TEXT_MAX], reason[TEXT_MAX], currency[4];
} payment;

static const char *const fields[] = {"id", "status", "amount", "currency", "reference", "failure", "charge"};
enum { ID, STATUS, AMOUNT, CURRENCY, REFERENCE, FAILURE, CHARGE, FIELDS };

/* A record's texts die with the callback. */
static bh_str keep(char *out, size_t size, bh_str text)
{
  size_t n = text.len < size ? text.len : 0;
  memcpy(out, text.ptr, n);
  return (bh_str){out, n};
}

static int decimals_of(bh_str currency)
{
  static const char none[] = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF", three[] = "BHD IQD JOD KWD LYD OMR TND";
  char code[4] = {0};
  memcpy(code, currency.ptr, currency.len < 3 ? currency.len : 3);
  return strstr(none, code) ? 0 : strstr(three, code) ? 3 : 2;
}

static int state_of(const payment *x, bh_str word)
{
  return bhk_is(word, "succeeded") ? (x->refund ? BH_DEBIT_REFUNDED : BH_DEBIT_PAID)
         : bhk_is(word, "pending") ? BH_DEBIT_PENDING
         : bhk_is(word, "failed")  ? BH_DEBIT_FAILED
         : bhk_is(word, "disputed") ? BH_DEBIT_DISPUTED
                                    : 0;
}

/* Whether another attempt may help, and whether the client has to do something first. */
static uint32_t flags_of(bh_str failure)
{
  return bhk_is(failure, "insufficient_funds") || bhk_is(failure, "try_again_later") ? BH_DEBIT_RETRY : BH_DEBIT_ASK;
}

static bh_status on_payment(void *user, const bh_json_record *r)
{
  payment *x = user;
  const bh_host *h = x->g->api.h;
  bh_outcome *o = &x->outcome;
  bh_str reference = bhk_value(r, REFERENCE);
  if (x->key.len && !bhk_eq(reference, x->key))
    return BH_OK; /* the gateway does not filter, or not exactly */
  if (x->found++)
    return h->fail(h->ctx, BH_E_PERMANENT, "two payments carry the reference %.*s", (int)reference.len, reference.ptr);
  *o = (bh_outcome){.struct_size = sizeof *o, .state = state_of(x, bhk_value(r, STATUS)), .key = keep(x->reference, TEXT_MAX, reference),
    .ref = keep(x->ref, TEXT_MAX, bhk_value(r, ID)), .payment = keep(x->of, TEXT_MAX, bhk_value(r, CHARGE)), .reason = keep(x->reason, TEXT_MAX, bhk_value(r, FAILURE)),
    .currency = keep(x->currency, sizeof x->currency, bhk_value(r, CURRENCY))};
  if (!o->state || o->ref.len == 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "a payment without an id, or with a status that is not known, came");
  if (o->state == BH_DEBIT_FAILED)
    o->flags = flags_of(o->reason);
  if (o->currency.len == 0)
    return BH_OK;
  bh_status rc = bhk_dec(h, r, AMOUNT, &o->amount);
  if (rc == BH_OK && o->amount.scale != 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "an amount that is no whole number came");
  o->amount.scale = decimals_of(o->currency);
  return rc;
}

static bh_status say(const payment *x, const bh_gateway_emit *emit)
{
  return emit->outcome(emit->ctx, &x->outcome);
}

/* ---- out ---- */

static void put_member(bhk_buf *b, const char *name, bh_str value)
{
  bhk_putz(b, name);
  bhk_put_json(b, value);
}

/* The amount has the currency's decimals: without the point it is in the smallest unit. */
static bh_status write_body(gateway *g, bh_str key, const bh_debit *x, int refund)
{
  bhk_buf *b = &g->body;
  bhk_clear(b);
  if (refund) {
    put_member(b, "{\"charge\":", x->ref);
  } else {
    put_member(b, "{\"customer\":", x->customer);
    put_member(b, ",\"method\":", x->method);
  }
  put_member(b, ",\"reference\":", key);
  put_member(b, ",\"description\":", x->description);
  put_member(b, ",\"currency\":", x->currency);
  bhk_putz(b, ",\"amount\":");
  bhk_put_u64(b, (uint64_t)x->amount.coef);
  bhk_putz(b, "}");
  return b->broken ? g->api.h->fail(g->api.h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
}

/* A refusal's body says why, where it can be read; that it was refused is certain. */
static bh_status say_refused(gateway *g, bh_str key, bh_str body, const bh_gateway_emit *emit)
{
  const bh_host *h = g->api.h;
  payment x = {.g = g, .key = key};
  const bh_json_query q = {.struct_size = sizeof q, .each = "$.charge", .fields = fields, .field_count = FIELDS, .record = on_payment, .user = &x};
  const bh_json_query *const queries[] = {&q};
  const bh_outcome refused = {.struct_size = sizeof refused, .state = BH_DEBIT_FAILED, .flags = BH_DEBIT_ASK, .key = key, .reason = BHK("refused")};
  if (g->api.json->text(h->ctx, body, queries, 1) != BH_OK || !x.found || x.outcome.state != BH_DEBIT_FAILED)
    return emit->outcome(emit->ctx, &refused);
  return say(&x, emit);
}

static bh_status send(gateway *g, bh_str key, int refund, const bh_gateway_emit *emit)
{
  const bh_host *h = g->api.h;
  payment made = {.g = g, .key = key, .refund = refund};
  bh_http_answer answer = {.struct_size = sizeof answer};
  const bhk_list post = {.path = refund ? "/refunds" : "/charges", .each = refund ? "$.refund" : "$.charge", .fields = fields, .field_count = FIELDS, .row = on_payment,
    .effect = "POST", .once = "Idempotency-Key", .key = key, .body = bhk_text(&g->body), .answer = &answer};
  bh_status rc = bhk_read(&g->api, &post, &made, NULL, 0);
  if (rc == BH_E_PERMANENT && answer.status == 402 && !refund)
    return say_refused(g, key, answer.body, emit);
  if (rc != BH_OK)
    return rc;
  if (!made.found)
    return h->fail(h->ctx, BH_E_UNKNOWN, "the gateway took it, and does not say as what");
  return say(&made, emit);
}

static bh_status charge(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit)
{
  gateway *g = self;
  bh_status rc = write_body(g, key, x, 0);
  return rc != BH_OK ? rc : send(g, key, 0, emit);
}

static bh_status refund(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit)
{
  gateway *g = self;
  bh_status rc = write_body(g, key, x, 1);
  return rc != BH_OK ? rc : send(g, key, 1, emit);
}

static bh_status lookup(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit)
{
  gateway *g = self;
  payment found = {.g = g, .key = key, .refund = x->ref.len != 0};
  bhk_clear(&g->path);
  bhk_putz(&g->path, found.refund ? "/refunds?reference=" : "/charges?reference=");
  bhk_put(&g->path, key); /* keys need no escaping */
  bhk_put(&g->path, (bh_str){"", 1});
  if (g->path.broken)
    return g->api.h->fail(g->api.h->ctx, BH_E_NOMEM, "no memory");
  const bhk_list list = {.path = g->path.ptr, .each = found.refund ? "$.refunds[*]" : "$.charges[*]", .fields = fields, .field_count = FIELDS, .row = on_payment};
  bh_status rc = bhk_read(&g->api, &list, &found, NULL, 0);
  return rc != BH_OK || !found.found ? rc : say(&found, emit);
}

/* ---- webhooks ---- */

/* "t=1796112000,v1=HEX": the two parts. */
static int split_signature(bh_str header, bh_str *time, bh_str *hex)
{
  for (size_t from = 0; from < header.len;) {
    size_t end = from;
    while (end < header.len && header.ptr[end] != ',')
      end++;
    bh_str part = {header.ptr + from, end - from};
    if (part.len > 2 && memcmp(part.ptr, "t=", 2) == 0)
      *time = (bh_str){part.ptr + 2, part.len - 2};
    else if (part.len > 3 && memcmp(part.ptr, "v1=", 3) == 0)
      *hex = (bh_str){part.ptr + 3, part.len - 3};
    from = end + 1;
  }
  return time->len && hex->len;
}

static int64_t seconds_of(bh_str digits)
{
  int64_t n = 0;
  for (size_t i = 0; i < digits.len; i++) {
    if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || n > INT64_MAX / 100)
      return -1;
    n = n * 10 + (digits.ptr[i] - '0');
  }
  return n;
}

static bh_status check_signature(gateway *g, bh_str body, bh_str header, int64_t now_s)
{
  const bh_host *h = g->api.h;
  bh_str time = {NULL, 0}, hex = {NULL, 0};
  int right = 0;
  if (!split_signature(header, &time, &hex))
    return h->fail(h->ctx, BH_E_AUTH, "the webhook has no signature (Webhook-Signature: t=…,v1=…)");
  bhk_clear(&g->body);
  bhk_put(&g->body, time);
  bhk_putz(&g->body, ".");
  bhk_put(&g->body, body);
  if (g->body.broken)
    return h->fail(h->ctx, BH_E_NOMEM, "no memory");
  bh_status rc = bhk_signed(&g->api, g->webhook_secret, bhk_text(&g->body), hex, &right);
  if (rc != BH_OK)
    return rc;
  if (!right)
    return h->fail(h->ctx, BH_E_AUTH, "the webhook's signature is not the gateway's");
  int64_t at = seconds_of(time);
  if (at < 0 || at < now_s - SIGNATURE_AGE_MAX_S || at > now_s + SIGNATURE_AGE_MAX_S)
    return h->fail(h->ctx, BH_E_AUTH, "the webhook was signed more than %d seconds ago, or the clock is wrong", SIGNATURE_AGE_MAX_S);
  return BH_OK;
}

static bh_status event(void *self, bh_str body, const bh_str *headers, size_t header_count, int64_t now_s, const bh_gateway_emit *emit)
{
  gateway *g = self;
  const bh_host *h = g->api.h;
  payment charged = {.g = g}, refunded = {.g = g, .refund = 1};
  bh_status rc = check_signature(g, body, bhk_header_of(headers, header_count, "Webhook-Signature"), now_s);
  if (rc != BH_OK)
    return rc;
  const bh_json_query charges = {.struct_size = sizeof charges, .each = "$.charge", .fields = fields, .field_count = FIELDS, .record = on_payment, .user = &charged};
  const bh_json_query refunds = {.struct_size = sizeof refunds, .each = "$.refund", .fields = fields, .field_count = FIELDS, .record = on_payment, .user = &refunded};
  const bh_json_query *const queries[] = {&charges, &refunds};
  if ((rc = g->api.json->text(h->ctx, body, queries, 2)) == BH_OK && charged.found)
    rc = say(&charged, emit);
  if (rc == BH_OK && refunded.found)
    rc = say(&refunded, emit);
  return rc;
}

/* ---- an instance ---- */

static bh_status ignore(void *user, const bh_json_record *r)
{
  (void)user;
  (void)r;
  return BH_OK;
}

static bh_status probe(void *self)
{
  gateway *g = self;
  const bhk_list account = {.path = "/account", .each = "$.account", .row = ignore};
  return bhk_read(&g->api, &account, g, NULL, 0);
}

static void destroy(void *self)
{
  gateway *g = self;
  bhk_api_dispose(&g->api);
  bhk_dispose(&g->bearer);
  bhk_dispose(&g->path);
  bhk_dispose(&g->body);
  free(g);
}

static bh_status set_up(gateway *g, const bh_host *host)
{
  bh_str key;
  bh_status rc;
  if ((rc = bhk_open(&g->api, host, "url")) != BH_OK || (rc = bhk_needed(host, "key", &key)) != BH_OK ||
      (rc = bhk_needed(host, "webhook_secret", &g->webhook_secret)) != BH_OK) /* options live as long as the instance */
    return rc;
  bhk_putz(&g->bearer, "Bearer ");
  bhk_put(&g->bearer, key);
  if (g->bearer.broken)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  bhk_header(&g->api, "Authorization", bhk_text(&g->bearer));
  bhk_header(&g->api, "Content-Type", BHK("application/json"));
  return BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  gateway *g = calloc(1, sizeof *g);
  if (!g)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  bh_status rc = set_up(g, host);
  if (rc != BH_OK) {
    destroy(g); /* after a failed create() the host does not call it */
    return rc;
  }
  *self = g;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_gateway interface = {.struct_size = sizeof interface, .probe = probe, .charge = charge, .refund = refund, .lookup = lookup, .event = event};
  return strcmp(id, BH_IFACE_GATEWAY) == 0 ? &interface : NULL;
}

/* The same as in PLUGIN_NAME.json: `billhook plugin check` compares them. */
static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .fallback = "https://pay.example/v1", .help = "Address of the API."},
  {.key = "key", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "The secret API key."},
  {.key = "webhook_secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "What the gateway signs its webhooks with."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "PLUGIN_NAME", .version = "0.1", .vendor = "You", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};

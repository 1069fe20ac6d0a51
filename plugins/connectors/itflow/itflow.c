/* ITFlow, over its API v1. README.md beside this file tells what comes and which rights are needed. Every value that it sends is a text or null. */
#include "../psa/psa.h"

enum { ROWS = 1000 };

typedef struct itflow {
  psa p;
  bh_str key;
  bhk_buf path;
  bhk_map billable; /* ticket id -> "1" or "0" */
} itflow;

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address of ITFlow: https://itflow.northwind.example."},
  {.key = "api_key", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "An API key."},
  PSA_OPTIONS_ASSETS,
  PSA_OPTIONS_TIME,
  {.key = NULL},
};

/* ---- lists ---- */

typedef struct reading {
  itflow *x;
  const char *module;
  bh_status (*row)(void *user, const bh_json_record *r);
  bhk_map seen;    /* pages of a list that moves repeat rows */
  uint64_t rows;   /* of the page at hand */
} reading;

/* A page past the end says success "False" with these words; anything else that is no success must not read as an empty list. */
static bh_status on_root(void *user, const bh_json_record *r)
{
  const reading *t = user;
  const bh_host *h = t->x->p.api.h;
  bool past_end = bhk_like(BHK("false"), r->texts[0]) && bhk_like(BHK("No resource*"), r->texts[1]);
  if (past_end ? t->rows == 0 : psa_true(r->texts[0]) && t->rows > 0)
    return BH_OK;
  return h->fail(h->ctx, BH_E_PERMANENT, "%s: ITFlow says no success: \"%.*s\"", t->module, (int)(r->texts[1].len < 200 ? r->texts[1].len : 200), r->texts[1].ptr);
}

static bh_status on_row(void *user, const bh_json_record *r)
{
  reading *t = user;
  t->rows++;
  if (r->texts[0].len == 0)
    return t->x->p.api.h->fail(t->x->p.api.h->ctx, BH_E_PERMANENT, "%s: a record without an id", t->module);
  int added = bhk_add(&t->seen, r->texts[0], BHK(""));
  return added < 0 ? psa_no_memory(&t->x->p) : added ? t->row(t->x, r) : BH_OK;
}

static bh_status read_page(reading *t, bh_str key, uint64_t offset, const char *const *fields, size_t field_count)
{
  static const char *const root_fields[] = {"success", "message"};
  itflow *x = t->x;
  const bh_json_query rows = {.struct_size = sizeof rows, .each = "$.data[*]", .fields = fields, .field_count = field_count, .record = on_row, .user = t};
  const bh_json_query *const more[] = {&rows};
  bhk_clear(&x->path);
  bhk_putz(&x->path, "/api/v1/");
  bhk_putz(&x->path, t->module);
  bhk_putz(&x->path, "/read.php?limit=");
  bhk_put_u64(&x->path, ROWS);
  bhk_putz(&x->path, "&offset=");
  bhk_put_u64(&x->path, offset);
  bhk_putz(&x->path, "&api_key=");
  bhk_put(&x->path, key);
  bhk_put(&x->path, (bh_str){"", 1}); /* the end of a C string */
  t->rows = 0;
  const bhk_list list = {.path = x->path.ptr, .each = "$", .fields = root_fields, .field_count = 2, .row = on_root};
  return x->path.broken ? psa_no_memory(&x->p) : bhk_read(&x->p.api, &list, t, more, 1);
}

/* How many rows a page really has is not told, so a list ends with a page that has none. */
static bh_status read_module(itflow *x, const char *module, const char *const *fields, size_t field_count, bh_status (*row)(void *user, const bh_json_record *r))
{
  reading t = {.x = x, .module = module, .row = row};
  bh_str key;
  uint64_t offset = 0;
  bh_status rc = x->p.api.http->escape(x->p.api.h->ctx, x->key, &key);
  if (rc)
    return rc;
  do {
    size_t before = t.seen.n;
    rc = read_page(&t, key, offset, fields, field_count);
    offset += t.rows;
    if (rc == BH_OK && t.rows && t.seen.n == before)
      rc = x->p.api.h->fail(x->p.api.h->ctx, BH_E_PERMANENT, "%s: the list turns in a circle", module);
  } while (rc == BH_OK && t.rows);
  bhk_map_dispose(&t.seen);
  return rc;
}

/* ---- clients, assets, contacts ---- */

static bh_status on_client(void *user, const bh_json_record *r)
{
  itflow *x = user;
  const bh_str *t = r->texts; /* client_id, client_name, client_website, client_archived_at, client_lead */
  return psa_true(t[4]) ? BH_OK : psa_client(&x->p, t[0], t[1], t[2], t[3].len > 0);
}

static bh_status read_clients(itflow *x)
{
  static const char *const fields[] = {"client_id", "client_name", "client_website", "client_archived_at", "client_lead"};
  bh_status rc = read_module(x, "clients", fields, 5, on_client);
  if (rc == BH_OK && x->p.clients.n == 0)
    rc = x->p.api.h->fail(x->p.api.h->ctx, BH_E_INVALID, "no client can be seen: the agent whose key this is may not read clients");
  return rc;
}

static const char *const asset_fields[] = {"asset_id", "asset_client_id", "asset_name", "asset_type", "asset_serial", "asset_os", "asset_make", "asset_model", "asset_status",
  "asset_archived_at"};
enum { A_ID, A_CLIENT, A_NAME, A_TYPE, A_SERIAL, A_OS, A_MAKE, A_MODEL, A_STATUS, A_ARCHIVED, A_FIELDS };

static bh_status on_asset(void *user, const bh_json_record *r)
{
  itflow *x = user;
  const bh_str *t = r->texts;
  bool gone = t[A_ARCHIVED].len || bhk_like(BHK("retired"), t[A_STATUS]) || bhk_like(BHK("lost*"), t[A_STATUS]);
  if (gone && !x->p.include_inactive)
    return BH_OK;
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "manufacturer", t[A_MAKE]);
  bhk_attr(&a, "model", t[A_MODEL]);
  bhk_attr(&a, "os", t[A_OS]);
  bhk_attr(&a, "serial", t[A_SERIAL]);
  bhk_attr(&a, "state", t[A_STATUS]);
  bhk_attr(&a, "status", gone ? BHK("inactive") : BHK("active"));
  bhk_attr(&a, "type", t[A_TYPE]);
  return psa_asset(&x->p, "device", psa_class(&x->p, t[A_TYPE]), t[A_CLIENT], t[A_ID], t[A_NAME], &a);
}

static bh_status read_assets(itflow *x)
{
  bh_status rc = psa_scope(&x->p, "device", 0);
  if (rc == BH_OK)
    rc = read_module(x, "assets", asset_fields, A_FIELDS, on_asset);
  return rc ? rc : psa_scope(&x->p, "device", BH_SCOPE_COMPLETE);
}

static bh_status on_contact(void *user, const bh_json_record *r)
{
  itflow *x = user;
  const bh_str *t = r->texts; /* contact_id, contact_client_id, contact_name, contact_email, contact_title, contact_archived_at */
  if (t[5].len && !x->p.include_inactive)
    return BH_OK;
  bhk_attrs a = {.n = 0};
  bhk_attr(&a, "mail", t[3]);
  bhk_attr(&a, "status", t[5].len ? BHK("inactive") : BHK("active"));
  bhk_attr(&a, "title", t[4]);
  return psa_asset(&x->p, "user", BHK("contact"), t[1], t[0], t[2], &a);
}

static bh_status read_contacts(itflow *x)
{
  static const char *const fields[] = {"contact_id", "contact_client_id", "contact_name", "contact_email", "contact_title", "contact_archived_at"};
  bh_status rc = psa_scope(&x->p, "user", 0);
  if (rc == BH_OK)
    rc = read_module(x, "contacts", fields, 6, on_contact);
  return rc ? rc : psa_scope(&x->p, "user", BH_SCOPE_COMPLETE);
}

/* ---- time ---- */

static bh_status on_ticket(void *user, const bh_json_record *r)
{
  itflow *x = user;
  return bhk_add(&x->billable, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&x->p) : BH_OK;
}

/* "01:35:00", also of more than 99 hours, as seconds; -1 where it is none. */
static int64_t seconds_of(bh_str s)
{
  int64_t part[3] = {0, 0, 0};
  size_t n = 0, digits = 0;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == ':' && n < 2 && digits) {
      n++;
      digits = 0;
    } else if (s.ptr[i] >= '0' && s.ptr[i] <= '9' && ++digits <= 6) {
      part[n] = part[n] * 10 + (s.ptr[i] - '0');
    } else {
      return -1;
    }
  }
  return n == 2 && digits && part[1] < 60 && part[2] < 60 ? part[0] * 3600 + part[1] * 60 + part[2] : -1;
}

static const char *const reply_fields[] = {"ticket_reply_id", "ticket_client_id", "ticket_reply_ticket_id", "ticket_reply_time_worked", "ticket_reply_created_at",
  "ticket_reply_updated_at", "ticket_reply_archived_at", "ticket_reply_type", "ticket_reply_by", "ticket_subject"};
enum { R_ID, R_CLIENT, R_TICKET, R_WORKED, R_CREATED, R_UPDATED, R_ARCHIVED, R_TYPE, R_BY, R_SUBJECT, R_FIELDS };

static bh_status on_reply(void *user, const bh_json_record *r)
{
  itflow *x = user;
  psa *p = &x->p;
  const bh_str *t = r->texts;
  const bhk_entry *ticket = bhk_get(&x->billable, t[R_TICKET]);
  char text[24];
  if (t[R_WORKED].len == 0)
    return BH_OK;
  int64_t seconds = seconds_of(t[R_WORKED]);
  if (seconds < 0)
    return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "reply %.*s of ticket %.*s: its time worked is \"%.*s\"", (int)t[R_ID].len, t[R_ID].ptr, (int)t[R_TICKET].len,
                          t[R_TICKET].ptr, (int)t[R_WORKED].len, t[R_WORKED].ptr);
  psa_time e = {.id = t[R_ID], .client = t[R_CLIENT], .description = t[R_SUBJECT], .billable = ticket && psa_true(ticket->value) && t[R_ARCHIVED].len == 0,
    .work_type = t[R_TYPE], .agent = t[R_BY], .ticket = t[R_TICKET]};
  /* The server's own time, without a zone: the day that its people see. */
  bh_status rc = psa_day(p, t[R_CREATED], &e.date);
  if (rc || e.date.year == 0 || psa_day_cmp(e.date, p->since) < 0)
    return rc;
  if (seconds == 0 && t[R_UPDATED].len == 0)
    return BH_OK; /* most replies; one that was changed may have had hours before */
  snprintf(text, sizeof text, "%lld", t[R_ARCHIVED].len ? 0 : (long long)seconds);
  rc = psa_hours(p, bhk_str(text), 3600, &e.hours);
  return rc ? rc : psa_time_emit(p, &e);
}

static bh_status read_time(itflow *x)
{
  static const char *const ticket_fields[] = {"ticket_id", "ticket_billable"};
  bh_status rc = psa_scope(&x->p, "time.hours", 0);
  if (rc == BH_OK)
    rc = read_module(x, "tickets", ticket_fields, 2, on_ticket);
  if (rc == BH_OK)
    rc = read_module(x, "ticket_replies", reply_fields, R_FIELDS, on_reply);
  return rc ? rc : psa_scope(&x->p, "time.hours", BH_SCOPE_PARTIAL);
}

/* ---- the plugin ---- */

static void destroy(void *self)
{
  itflow *x = self;
  psa_dispose(&x->p);
  bhk_map_dispose(&x->billable);
  bhk_dispose(&x->path);
  free(x);
}

static bh_status create(const bh_host *host, void **self)
{
  itflow *x = calloc(1, sizeof *x);
  if (!x)
    return BH_E_NOMEM;
  bh_status rc = psa_open(&x->p, host, PSA_ASSETS | PSA_TIME);
  if (rc == BH_OK)
    rc = bhk_needed(host, "api_key", &x->key);
  if (rc) {
    destroy(x);
    return rc;
  }
  *self = x;
  return BH_OK;
}

static void begin(itflow *x, const bh_emit *emit, const bh_pull *what)
{
  bhk_map_dispose(&x->billable);
  psa_begin(&x->p, emit, what);
  bhk_header(&x->p.api, "Accept", BHK("application/json"));
}

static bh_status ignore_client(void *user, const bh_json_record *r)
{
  return BH_OK;
}

static bh_status probe(void *self)
{
  static const char *const fields[] = {"client_id"};
  itflow *x = self;
  begin(x, NULL, NULL);
  return read_module(x, "clients", fields, 1, ignore_client);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  itflow *x = self;
  begin(x, emit, NULL);
  return read_clients(x);
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  itflow *x = self;
  begin(x, emit, what);
  bh_status rc = read_clients(x);
  if (rc == BH_OK)
    rc = read_assets(x);
  if (rc == BH_OK && x->p.with_users)
    rc = read_contacts(x);
  if (rc == BH_OK && x->p.with_time)
    rc = read_time(x);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "itflow", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};

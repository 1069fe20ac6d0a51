/* rest: any paged JSON API, described in billhook.lua. */
#include "rest.h"

const char *const rest_field_names[F_COUNT + 1] = {"id", "client", "name", "domain", "kind", "class", "from", "to", "date", "last_seen", "metric", "value",
  "quantity", "description", "product", "unit_price", "cost", "po", "contract", NULL};

static const char *const brings[] = {"clients", "assets", "gauges", "usage", "charges", NULL};
static const char *const pagings[] = {"none", "link", "next_url", "cursor", "number", "offset", "after", NULL};
static const char *const dates[] = {"iso", "seconds", "milliseconds", NULL};
static const char *const auths[] = {"none", "basic", "bearer", "header", "oauth2", "session", NULL};
static const char *const styles[] = {"form", "basic", "json", NULL};

static const bh_option list_records[] = {
  {.key = "brings", .type = BH_OPT_CHOICE, .choices = brings, .flags = BH_OPT_REQUIRED, .help = "What its rows are."},
  {.key = "path", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Behind url, with its query; {client} asks once for each client."},
  {.key = "body", .type = BH_OPT_TEXT, .help = "JSON to POST; without: a GET."},
  {.key = "records", .type = BH_OPT_TEXT, .fallback = "$[*]", .help = "The JSON path of the rows: $.items[*]."},
  {.key = "paging", .type = BH_OPT_CHOICE, .choices = pagings, .fallback = "none", .help = "How a list goes on."},
  {.key = "page_path", .type = BH_OPT_TEXT, .help = "next_url and cursor: where it stands ($.meta.next); after: the field of a row."},
  {.key = "page_param", .type = BH_OPT_TEXT, .help = "The parameter of cursor, number, offset, after."},
  {.key = "page_first", .type = BH_OPT_INTEGER, .fallback = "1", .help = "number: the first page's."},
  {.key = "page_size", .type = BH_OPT_INTEGER, .fallback = "0", .help = "Rows of a full page: fewer end a list; 0: an empty page does."},
  {.key = "page_ahead", .type = BH_OPT_INTEGER, .fallback = "0",
    .help = "number and offset: so many pages are asked for side by side, 1 to 8; 0: 4 where `total` tells how many rows there are, else 1."},
  {.key = "total", .type = BH_OPT_TEXT, .help = "Where the number of all rows stands: a list with fewer fails."},
  {.key = "complete", .type = BH_OPT_BOOL, .fallback = "true", .help = "assets: what does not come is gone."},
  {.key = "dates", .type = BH_OPT_CHOICE, .choices = dates, .fallback = "iso", .help = "How dates are written: 2026-12-01T10:00:00Z, or time since 1970."},
  {.key = "only", .type = BH_OPT_TEXT, .help = "Which rows count: status = active|trial, type != test*."},
  {.key = "attributes", .type = BH_OPT_TEXT, .help = "Attributes to keep: os serial=hardware.serial."},
  {.key = "call", .type = BH_OPT_TEXT, .help = "The function of the file `map` that each row goes through."},
  {.key = "id", .type = BH_OPT_TEXT, .help = "A field of the row, or =CONSTANT. So are all that follow."},
  {.key = "client", .type = BH_OPT_TEXT, .help = "The client's id."},
  {.key = "name", .type = BH_OPT_TEXT, .help = "clients, assets."},
  {.key = "domain", .type = BH_OPT_TEXT, .help = "clients: the internet domain."},
  {.key = "kind", .type = BH_OPT_TEXT, .fallback = "=device", .help = "assets: device, user …"},
  {.key = "class", .type = BH_OPT_TEXT, .help = "assets: server, workstation …, by way of `classes`."},
  {.key = "from", .type = BH_OPT_TEXT, .help = "assets: there since."},
  {.key = "to", .type = BH_OPT_TEXT, .help = "assets: the last day."},
  {.key = "date", .type = BH_OPT_TEXT, .help = "gauges (the pull's day without), usage, charges."},
  {.key = "last_seen", .type = BH_OPT_TEXT, .help = "assets, for seen_within."},
  {.key = "metric", .type = BH_OPT_TEXT, .help = "gauges, usage."},
  {.key = "value", .type = BH_OPT_TEXT, .help = "gauges."},
  {.key = "quantity", .type = BH_OPT_TEXT, .help = "usage, charges."},
  {.key = "description", .type = BH_OPT_TEXT, .help = "usage, charges."},
  {.key = "product", .type = BH_OPT_TEXT, .help = "charges."},
  {.key = "unit_price", .type = BH_OPT_TEXT, .help = "charges."},
  {.key = "cost", .type = BH_OPT_TEXT, .help = "charges."},
  {.key = "po", .type = BH_OPT_TEXT, .help = "charges."},
  {.key = "contract", .type = BH_OPT_TEXT, .help = "charges."},
  {.key = NULL},
};
static const bh_option header_records[] = {
  {.key = "name", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Its name."},
  {.key = "value", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "No secret: those have options of their own."},
  {.key = NULL},
};

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "What all paths stand behind: https://tool.example/api/v1."},
  {.key = "auth", .type = BH_OPT_CHOICE, .choices = auths, .fallback = "none", .help = "How the API knows us."},
  {.key = "user", .type = BH_OPT_TEXT, .help = "basic, session: the name."},
  {.key = "password", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "basic, session: the password."},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "bearer, header: the token or key."},
  {.key = "token_header", .type = BH_OPT_TEXT, .fallback = "X-Api-Key", .help = "header: the name of the header that the key goes into."},
  {.key = "token_url", .type = BH_OPT_TEXT, .help = "oauth2: where tokens are fetched; session: where to log in."},
  {.key = "client_id", .type = BH_OPT_TEXT, .help = "oauth2."},
  {.key = "client_secret", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET, .help = "oauth2."},
  {.key = "scope", .type = BH_OPT_TEXT, .help = "oauth2."},
  {.key = "audience", .type = BH_OPT_TEXT, .help = "oauth2."},
  {.key = "token_style", .type = BH_OPT_CHOICE, .choices = styles, .fallback = "form", .help = "oauth2: how id and secret are sent: in a form, as basic, in a JSON object."},
  {.key = "login_body", .type = BH_OPT_TEXT, .fallback = "{\"username\":{user},\"password\":{password}}",
    .help = "session: the JSON to log in with; {user} and {password} become JSON strings."},
  {.key = "login_token", .type = BH_OPT_TEXT, .fallback = "$.token", .help = "session: where the token stands in the answer."},
  {.key = "login_header", .type = BH_OPT_TEXT, .fallback = "Authorization", .help = "session: the header that the token goes into."},
  {.key = "login_prefix", .type = BH_OPT_TEXT, .fallback = "Bearer ", .help = "session: what stands before it there."},
  {.key = "login_seconds", .type = BH_OPT_INTEGER, .fallback = "300", .help = "session: how long a token is good."},
  {.key = "headers", .type = BH_OPT_RECORDS, .records = header_records, .help = "Further headers of every request."},
  BHK_PER_MINUTE("0"),
  {.key = "map", .type = BH_OPT_TEXT, .help = "A file of the workspace with functions in Lua, for `call`."},
  BHK_CLASSES,
  {.key = "lists", .type = BH_OPT_RECORDS, .records = list_records, .flags = BH_OPT_REQUIRED, .help = "What is read, in this order."},
  {.key = NULL},
};

bh_status rest_no_memory(const rest *r)
{
  return r->h->fail(r->h->ctx, BH_E_NOMEM, "no memory");
}

bh_status rest_bad(const rest *r, size_t list, const char *key, const char *what)
{
  return r->h->fail(r->h->ctx, BH_E_INVALID, "lists[%zu]: %s: %s", list + 1, key, what);
}

static void destroy(void *self)
{
  rest *r = self;
  rest_script_free(r);
  rest_lists_free(r);
  bhk_api_dispose(&r->api);
  bhk_dispose(&r->header);
  free(r);
}

static bh_status create(const bh_host *host, void **self)
{
  rest *r = calloc(1, sizeof *r);
  if (!r)
    return BH_E_NOMEM;
  r->h = host;
  bh_status rc = bhk_open(&r->api, host, "url");
  if (rc == BH_OK)
    rc = rest_lists_read(r);
  if (rc) {
    destroy(r);
    return rc;
  }
  *self = r;
  return BH_OK;
}

/* The functions and the token are needed by every call alike; a file may be opened in a call alone. */
static bh_status begin(rest *r)
{
  bh_status rc = r->script ? BH_OK : rest_script_open(r);
  for (size_t i = 0; i < r->list_count && rc == BH_OK; i++)
    if (r->lists[i].call && !rest_script_has(r, r->lists[i].call))
      rc = rest_bad(r, i, "call", "the file `map` has no function of this name");
  return rc == BH_OK ? rest_auth(r) : rc;
}

static bh_status run(rest *r, const bh_emit *emit, bh_date today, int clients_only)
{
  rest_run x = {.r = r, .emit = emit, .today = today, .clients_only = clients_only};
  bh_status rc = begin(r);
  if (rc == BH_OK)
    rc = rest_run_all(&x);
  rest_run_dispose(&x);
  return rc;
}

static bh_status pass_over(void *user, const bh_json_record *row)
{
  (void)user;
  (void)row;
  return BH_OK;
}

/* The first page of the first list that can be asked for without a client. */
static bh_status probe(void *self)
{
  rest *r = self;
  bh_status rc = begin(r);
  size_t i = 0;
  while (i < r->list_count && r->lists[i].by_client)
    i++;
  if (rc || i == r->list_count)
    return rc;
  const rest_list *l = &r->lists[i];
  const bhk_list list = {.path = l->path, .each = l->each, .row = pass_over, .body = l->body, .post = l->post};
  return bhk_read(&r->api, &list, NULL, NULL, 0);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  return run(self, emit, (bh_date){2000, 1, 1}, 1); /* the day of what is passed over */
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  return run(self, emit, what->today, 0);
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "rest", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = destroy, .get_interface = get_interface,
};

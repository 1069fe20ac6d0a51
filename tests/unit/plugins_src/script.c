/* A connector that plays a script: the file of its option `path`, a call a line, fields parted by tabs.
 *
 *   client ID NAME DOMAIN            product ID NAME PRICE COST         contract CLIENT ID JSON
 *   asset CLIENT KIND CLASS ID NAME [ATTRIBUTE VALUE …]                 cost CLIENT ID PRODUCT FROM UNTIL QUANTITY AMOUNT CURRENCY
 *   gauge CLIENT METRIC DATE VALUE   usage CLIENT METRIC ID DATE QUANTITY
 *   charge CLIENT ID PRODUCT DATE QUANTITY PRICE DESCRIPTION
 *   complete KIND CLIENT             partial KIND CLIENT                failed CLIENT WHY
 *   cursor TEXT                      fail WHY
 *   ask                              a client "asked" whose name is what the pull was asked for: since and cursor
 */
#include "script_file.h"
#include <billhook/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S(literal) {"" literal, sizeof(literal) - 1}
enum { FIELDS_MAX = 16, FILE_MAX = 1 << 20 };

typedef struct me { const bh_host *host; const bh_emit *emit; const bh_pull *what; bh_str f[FIELDS_MAX]; size_t n; } me;

static bh_str field(const me *m, size_t i)
{
  bh_str none = {"", 0};
  return i < m->n ? m->f[i] : none;
}

static int is(bh_str s, const char *z)
{
  return s.len == strlen(z) && memcmp(s.ptr, z, s.len) == 0;
}

static bh_status dec(me *m, size_t i, bh_dec *out)
{
  *out = (bh_dec){0, 0, 0};
  return field(m, i).len ? m->host->parse_number(m->host->ctx, field(m, i), out) : BH_OK;
}

static bh_status day(me *m, size_t i, bh_date *out)
{
  return m->host->parse_date(m->host->ctx, field(m, i), out);
}

static bh_status scope(me *m, int32_t how)
{
  bh_status rc = m->emit->scope_begin(m->emit->ctx, field(m, 1), field(m, 2));
  return rc ? rc : m->emit->scope_end(m->emit->ctx, field(m, 1), field(m, 2), how);
}

static bh_status product(me *m)
{
  bh_product x = {.struct_size = sizeof x, .id = field(m, 1), .name = field(m, 2)};
  bh_status rc = dec(m, 3, &x.unit_price);
  x.has = (field(m, 3).len ? BH_CHARGE_PRICE : 0u) | (field(m, 4).len ? BH_CHARGE_COST : 0u);
  if (rc == BH_OK)
    rc = dec(m, 4, &x.cost);
  return rc ? rc : m->emit->product(m->emit->ctx, &x);
}

static bh_status cost(me *m)
{
  bh_cost x = {.struct_size = sizeof x, .client = field(m, 1), .id = field(m, 2), .product = field(m, 3), .description = S("Licences"), .currency = field(m, 8)};
  bh_status rc = day(m, 4, &x.days.from);
  if (rc == BH_OK)
    rc = day(m, 5, &x.days.until);
  if (rc == BH_OK)
    rc = dec(m, 6, &x.quantity);
  if (rc == BH_OK)
    rc = dec(m, 7, &x.amount);
  return rc ? rc : m->emit->cost(m->emit->ctx, &x);
}

static bh_status charge(me *m)
{
  bh_charge x = {.struct_size = sizeof x, .client = field(m, 1), .id = field(m, 2), .product = field(m, 3), .description = field(m, 7),
    .has = field(m, 6).len ? BH_CHARGE_PRICE : 0u};
  bh_status rc = day(m, 4, &x.date);
  if (rc == BH_OK)
    rc = dec(m, 5, &x.quantity);
  if (rc == BH_OK)
    rc = dec(m, 6, &x.unit_price);
  return rc ? rc : m->emit->charge(m->emit->ctx, &x);
}

static bh_status gauge(me *m)
{
  bh_gauge x = {.struct_size = sizeof x, .client = field(m, 1), .metric = field(m, 2)};
  bh_status rc = day(m, 3, &x.date);
  if (rc == BH_OK)
    rc = dec(m, 4, &x.value);
  return rc ? rc : m->emit->gauge(m->emit->ctx, &x);
}

static bh_status usage(me *m)
{
  bh_usage x = {.struct_size = sizeof x, .client = field(m, 1), .metric = field(m, 2), .id = field(m, 3)};
  bh_status rc = day(m, 4, &x.date);
  if (rc == BH_OK)
    rc = dec(m, 5, &x.quantity);
  return rc ? rc : m->emit->usage(m->emit->ctx, &x);
}

static bh_status asked(me *m)
{
  char name[5000];
  const bh_pull *w = m->what;
  int n = snprintf(name, sizeof name, "%04d-%02d-%02d %.*s", w->since.year, w->since.month, w->since.day, (int)w->cursor.len, w->cursor.ptr);
  const bh_client x = {.struct_size = sizeof x, .id = S("asked"), .name = {name, (size_t)n}};
  return m->emit->client(m->emit->ctx, &x);
}

static bh_status play(me *m)
{
  const bh_emit *e = m->emit;
  const bh_client client = {.struct_size = sizeof client, .id = field(m, 1), .name = field(m, 2), .domain = field(m, 3)};
  const bh_asset asset = {.struct_size = sizeof asset, .client = field(m, 1), .kind = field(m, 2), .klass = field(m, 3), .id = field(m, 4), .name = field(m, 5),
    .attrs = m->f + 6, .attr_count = m->n > 6 ? m->n - 6 : 0};
  const bh_contract contract = {.struct_size = sizeof contract, .client = field(m, 1), .id = field(m, 2), .json = field(m, 3)};
  bh_str verb = field(m, 0);
  if (is(verb, ""))
    return BH_OK;
  if (is(verb, "ask"))
    return asked(m);
  if (is(verb, "client"))
    return e->client(e->ctx, &client);
  if (is(verb, "asset"))
    return e->asset(e->ctx, &asset);
  if (is(verb, "contract"))
    return e->contract(e->ctx, &contract);
  if (is(verb, "complete") || is(verb, "partial"))
    return scope(m, is(verb, "complete") ? BH_SCOPE_COMPLETE : BH_SCOPE_PARTIAL);
  if (is(verb, "failed"))
    return e->client_failed(e->ctx, field(m, 1), field(m, 2));
  if (is(verb, "cursor"))
    return e->cursor(e->ctx, field(m, 1));
  if (is(verb, "fail"))
    return m->host->fail(m->host->ctx, BH_E_PERMANENT, "%.*s", (int)field(m, 1).len, field(m, 1).ptr);
  return is(verb, "product") ? product(m) : is(verb, "cost") ? cost(m) : is(verb, "charge") ? charge(m) : is(verb, "gauge") ? gauge(m) : is(verb, "usage") ? usage(m)
    : m->host->fail(m->host->ctx, BH_E_INVALID, "the script says \"%.*s\"", (int)verb.len, verb.ptr);
}

static void split(me *m, const char *line, size_t len)
{
  m->n = 0;
  for (size_t at = 0; m->n < FIELDS_MAX;) {
    const char *tab = memchr(line + at, '\t', len - at);
    size_t n = tab ? (size_t)(tab - line) - at : len - at;
    m->f[m->n++] = (bh_str){line + at, n};
    if (!tab)
      return;
    at += n + 1;
  }
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  me *m = self;
  char *text = malloc(FILE_MAX);
  size_t len = 0;
  m->emit = emit;
  m->what = what;
  bh_status rc = text ? read_script(m->host, text, FILE_MAX, &len) : BH_E_NOMEM;
  for (size_t at = 0; rc == BH_OK && at < len;) {
    const char *nl = memchr(text + at, '\n', len - at);
    size_t n = nl ? (size_t)(nl - text) - at : len - at;
    split(m, text + at, n);
    rc = play(m);
    at += n + 1;
  }
  free(text);
  return rc;
}

static bh_status probe(void *self)
{
  (void)self;
  return BH_OK;
}

static bh_status clients(void *self, const bh_emit *emit)
{
  (void)self;
  (void)emit;
  return BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  me *m = calloc(1, sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->host = host;
  *self = m;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_connector c = {.struct_size = sizeof c, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &c : NULL;
}

static const bh_option options[] = {{.key = "path", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED}, {.key = "only", .type = BH_OPT_TEXT}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC, .id = "test_script", .version = "1.0",
  .vendor = "Billhook tests", .license = "MIT", .options = options, .create = create, .destroy = free, .get_interface = get_interface,
};

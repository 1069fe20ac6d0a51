/* A one-off charge as a line of clients/charges.jsonl: a fact that stands in the files like any other, and is drafted by the next run. */
#include "batch/engine.h"
#include "base/failpoint.h"

#define FILE_NAME "clients/charges.jsonl"
enum { ID_HEX = 12, FILE_BYTES_MAX = 1 << 30 };

typedef struct charging {
  billhook *b;
  const billhook_charge_options *o;
  bh_arena a;
  bh_str path;                 /* of the file, absolute */
  bh_str id, json;
  bh_error *err;
} charging;

static void member(bh_jw *w, const char *key, const char *value)
{
  if (value == NULL)
    return;
  bh_jw_key(w, key);
  bh_jw_z(w, value);
}

/* The charge as it stands in the file; without an id it is what the id is made of. */
static bh_str entry(charging *c, bh_str id)
{
  bh_buf b;
  bh_jw w;
  char date[12];
  bh_buf_init(&b, 1 << 20);
  bh_jw_init(&w, &b);
  bh_day_format(date, c->b->today);
  bh_jw_obj(&w);
  member(&w, "type", "charge");
  if (id.len > 0) {
    bh_jw_key(&w, "id");
    bh_jw_str(&w, id);
  }
  member(&w, "client", c->o->client);
  member(&w, "date", date);
  member(&w, "product", c->o->product);
  member(&w, "text", c->o->text);
  member(&w, "quantity", c->o->quantity);
  member(&w, "price", c->o->price);
  member(&w, "cost", c->o->cost);
  member(&w, "po", c->o->po);
  bh_jw_obj_end(&w);
  bh_str s = bh_arena_str(&c->a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return s;
}

static bool line_known(const bh_client_terms *client, bh_str id)
{
  for (size_t i = 0; i < client->contract_count; i++)
    for (size_t k = 0; k < client->contracts[i].line_count; k++)
      if (bh_str_eq(client->contracts[i].lines[k].key, id))
        return true;
  return false;
}

/* From the contents, and an ordinal: the same charge twice on one day is two charges. */
static bh_status make_id(charging *c, const bh_client_terms *client)
{
  bh_sha sum = bh_sha256_1(entry(c, (bh_str){ "", 0 }));
  char hex[65];
  bh_hex(hex, sum.b, sizeof sum.b);
  bh_buf file;
  bh_buf_init(&file, FILE_BYTES_MAX);
  bh_status st = bh_file_read(&file, c->path.ptr, c->err);
  if (st == BH_E_NOTFOUND)
    st = BH_OK;
  for (int n = 1; st == BH_OK; n++) {
    c->id = bh_arena_fmt(&c->a, "hand-%.*s-%d", ID_HEX, hex, n);
    bh_str quoted = bh_arena_fmt(&c->a, "\"%.*s\"", BH_STR_ARG(c->id));
    if (!line_known(client, c->id) && (file.len == 0 || memmem(file.ptr, file.len, quoted.ptr, quoted.len) == NULL))
      break;
  }
  bh_buf_dispose(&file);
  c->json = entry(c, c->id);
  return st;
}

/* The charge as the workspace would read it: its mistakes are this call's. */
static bh_status try_charge(charging *c, bh_client_iter *it)
{
  bh_mistakes own;
  bh_client_terms *terms = NULL;
  bh_mistakes_init(&own);
  bh_status st = bh_clients_resolve(it, &terms, &c->a, &own, c->err);
  bool was_good = st == BH_OK && terms != NULL && own.total == 0; /* else the files' own mistakes are told */
  if (was_good)
    st = make_id(c, terms);
  if (was_good && st == BH_OK)
    st = bh_clients_add_charge(it, c->id, c->json, c->err);
  if (was_good && st == BH_OK)
    st = bh_clients_resolve(it, &terms, &c->a, &own, c->err);
  for (size_t i = 0; was_good && st == BH_OK && i < own.count; i++)
    if (!own.items[i].advice)
      st = bh_fail(c->err, BH_E_USAGE, "the charge: %.*s: %.*s", BH_STR_ARG(own.items[i].path), BH_STR_ARG(own.items[i].message));
  for (size_t i = 0; was_good && st == BH_OK && terms != NULL && i < terms->contract_count; i++)
    for (size_t k = 0; k < terms->contracts[i].line_count && st == BH_OK; k++)
      if (bh_str_eq(terms->contracts[i].lines[k].key, c->id) && terms->contracts[i].lines[k].price_missing)
        st = bh_fail(c->err, BH_E_USAGE, "the charge has no price in %.*s: expected --price, or --cost for a product with a markup", BH_STR_ARG(terms->contracts[i].currency));
  bh_mistakes_dispose(&own);
  return st;
}

/* All that check reads, with the charge among it. */
static bh_status validate(charging *c)
{
  billhook *b = c->b;
  bh_client_iter *it = NULL;
  bh_arena a;
  bh_arena_init(&a);
  bool found = false;
  bh_status tried = BH_OK, st = bh_clients_open(&it, b->ws, &b->mistakes, c->err);
  while (st == BH_OK) {
    bh_client_raw raw;
    bh_client_terms *terms;
    bool more = true;
    st = bh_clients_next(it, &raw, &more, c->err);
    if (st != BH_OK || !more)
      break;
    bh_arena_reset(&a);
    bool mine = bh_str_eqz(raw.id, c->o->client);
    st = bh_clients_resolve(it, &terms, &a, &b->mistakes, c->err);
    if (st == BH_OK && mine && (tried = try_charge(c, it)) != BH_OK && tried != BH_E_USAGE)
      st = tried;
    found = found || mine;
  }
  bh_clients_close(it);
  bh_arena_dispose(&a);
  if (st == BH_OK && b->mistakes.total > 0) {
    bh_mistakes_sort(&b->mistakes);
    st = bh_engine_mistakes(b);
    *c->err = b->error;
    return st;
  }
  if (st == BH_OK && !found)
    return bh_fail(c->err, BH_E_USAGE, "charge %s: the workspace has no client of that id", c->o->client);
  return st == BH_OK ? tried : st;
}

static bh_status read_options(charging *c)
{
  const billhook_charge_options *o = c->o;
  if (o->client == NULL || *o->client == 0)
    return bh_fail(c->err, BH_E_USAGE, "charge whom? Expected the id of a client");
  if ((o->product != NULL) == (o->text != NULL))
    return bh_fail(c->err, BH_E_USAGE, "charge what? Expected --product P or --text T");
  if (o->quantity == NULL)
    return bh_fail(c->err, BH_E_USAGE, "--quantity is missing: expected a number such as 1 or 2.5");
  if (o->price == NULL && o->text != NULL)
    return bh_fail(c->err, BH_E_USAGE, "--price is missing: a charge with a text has no list price");
  return BH_OK;
}

static bh_status record(charging *c)
{
  int64_t now_s;
  bh_client_row client = { 0 };
  bh_status st = bh_clock_now(&now_s, c->err);
  if (st == BH_OK)
    st = bh_store_client_get(c->b->store, &client, bh_str_c(c->o->client), c->err);
  bh_event e = { .at_s = now_s, .who = bh_str_c(c->b->options.who), .what = BH_S("charge"), .reason = c->json, .client = client.num };
  return st == BH_OK ? bh_store_event_add(c->b->store, &e, c->err) : st;
}

static void print(bh_buf *json, charging *c)
{
  bh_jw w;
  bh_jw_init(&w, json);
  bh_jw_obj(&w);
  bh_jw_key(&w, "charge"); bh_jw_str(&w, c->id);
  bh_jw_key(&w, "client"); bh_jw_z(&w, c->o->client);
  bh_jw_key(&w, "date"); bh_jw_day(&w, c->b->today);
  member(&w, "product", c->o->product);
  member(&w, "text", c->o->text);
  member(&w, "quantity", c->o->quantity);
  member(&w, "price", c->o->price);
  bh_jw_key(&w, "file"); bh_jw_z(&w, FILE_NAME);
  bh_jw_obj_end(&w);
}

/* Under the writers' lock: two charges at one time are two lines. The record is committed when the file has its line. */
static bh_status append(charging *c)
{
  bh_status st = bh_store_begin(c->b->store, c->err);
  if (st == BH_OK)
    st = record(c);
  if (st == BH_OK)
    st = bh_file_append_line(c->path.ptr, c->json, c->err);
  BH_FAILPOINT("charge.before_commit");
  return st == BH_OK ? bh_store_commit(c->b->store, c->err) : st;
}

int billhook_charge(billhook *b, const billhook_charge_options *o, const billhook_out *out)
{
  bh_error err = { 0 };
  charging c = { .b = b, .o = o, .err = &err };
  bh_buf json;
  bh_arena_init(&c.a);
  bh_buf_init(&json, 1 << 20);
  bh_status st = read_options(&c);
  if (st == BH_OK && (st = bh_engine_store(b, BH_STORE_WRITE)) != BH_OK)
    err = b->error;
  if (st == BH_OK && (st = bh_engine_workspace(b)) != BH_OK)
    err = b->error;
  if (st == BH_OK) {
    c.path = bh_arena_fmt(&c.a, "%.*s/" FILE_NAME, BH_STR_ARG(b->dir));
    st = validate(&c);
  }
  if (st == BH_OK)
    st = append(&c);
  if (st == BH_OK) {
    print(&json, &c);
    bh_out_line(out, &json);
  }
  bh_buf_dispose(&json);
  bh_arena_dispose(&c.a);
  return bh_engine_end(b, st, &err);
}

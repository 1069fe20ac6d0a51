#include "batch/check_rules.h"
#include "batch/plan.h"

/* The store as it is, or NULL where nothing has been stored yet: to check makes none. */
static bh_status look_into_store(bh_store **out, billhook *b, bh_error *err)
{
  *out = NULL;
  if (b->ws == NULL)
    return BH_OK;
  bh_str url = b->ws->store_url;
  if (bh_str_starts(url, BH_S("sqlite:")))
    url = (bh_str){ url.ptr + 7, url.len - 7 };
  else if (bh_str_starts(url, BH_S("postgres")))
    return BH_OK;
  if (url.len == 0)
    url = BH_S("billhook.db");
  bh_str path = url.ptr[0] == '/' ? bh_arena_str(&b->arena, url) : bh_arena_fmt(&b->arena, "%.*s/%.*s", BH_STR_ARG(b->dir), BH_STR_ARG(url));
  bh_status st = bh_store_open(out, path.ptr, BH_STORE_READ, err);
  return st == BH_E_NOTFOUND ? BH_OK : st;
}

/* An edit that would cut a charged period. */
static bh_status check_cuts(billhook *b, bh_store *s, bh_arena *a, const bh_contract_terms *t, const bh_contract_row *row, bh_error *err)
{
  if (memcmp(&row->hash, &t->hash, sizeof row->hash) == 0)
    return BH_OK; /* what stands as it was settled cuts nothing */
  bh_charged_line *rows;
  size_t n;
  bh_contract_plan p = { .terms = t, .row = *row, .full = true };
  bh_plan_cut cut;
  bh_status st = bh_store_charged(s, &rows, &n, a, row->num, err);
  if (st != BH_OK)
    return st;
  p.keys = bh_charged_keys(a, rows, n, &p.key_count);
  if (bh_plan_cuts(&cut, a, &p))
    bh_mistake_add(&b->mistakes, t->file, t->line, bh_arena_fmt(a, "contract \"%.*s\" %.*s", BH_STR_ARG(t->id), BH_STR_ARG(cut.path)), "%.*s", BH_STR_ARG(cut.message));
  return BH_OK;
}

/* What a run would refuse of a contract that has been charged. */
static bh_status check_charged(billhook *b, bh_store *s, bh_arena *a, const bh_client_terms *client, bh_error *err)
{
  bh_client_row known;
  bh_status st = bh_store_client_get(s, &known, client->id, err);
  for (size_t i = 0; i < client->contract_count && st == BH_OK; i++) {
    const bh_contract_terms *t = &client->contracts[i];
    bh_contract_row row;
    st = bh_store_contract_find(s, &row, a, t->id, err);
    if (st != BH_OK || row.num == 0 || row.currency.len == 0)
      continue;
    if (!known.exists || row.client != known.num)
      bh_mistake_add(&b->mistakes, t->file, t->line, bh_arena_fmt(a, "contract \"%.*s\" client", BH_STR_ARG(t->id)),
                     "a contract that has been charged cannot move to another client: give it `ends`, and write a new contract for \"%.*s\"",
                     BH_STR_ARG(t->client));
    else if (!bh_str_eq(row.currency, t->currency))
      bh_mistake_add(&b->mistakes, t->file, t->line, bh_arena_fmt(a, "contract \"%.*s\"", BH_STR_ARG(t->id)),
                     "has been charged in %.*s and cannot change to %.*s: give it `ends`, and write a new contract", BH_STR_ARG(row.currency),
                     BH_STR_ARG(t->currency));
    else
      st = check_cuts(b, s, a, t, &row, err);
  }
  return st;
}

static bh_status read_all(billhook *b, bh_store *store, int64_t *clients, int64_t *contracts, bh_error *err)
{
  bh_rules_check *rules = NULL;
  bh_client_iter *it = NULL;
  bh_arena a;
  bh_arena_init(&a);
  bh_status st = bh_rules_check_new(&rules, b, err);
  if (st == BH_OK)
    st = bh_clients_open(&it, b->ws, &b->mistakes, err);
  while (st == BH_OK) {
    bool more = true;
    bh_client_raw raw;
    st = bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more)
      break;
    bh_client_terms *terms = NULL;
    bh_arena_reset(&a);
    st = bh_clients_resolve(it, &terms, &a, &b->mistakes, err);
    ++*clients;
    if (terms != NULL)
      *contracts += (int64_t)terms->contract_count;
    if (st == BH_OK && terms != NULL && store != NULL)
      st = check_charged(b, store, &a, terms, err);
    for (size_t i = 0; terms != NULL && i < terms->contract_count; i++)
      bh_rules_check_add(rules, &terms->contracts[i]);
    if ((*clients & 1023) == 0)
      bh_engine_progress(b, "clients", *clients, 0);
  }
  bh_clients_close(it);
  bh_arena_dispose(&a);
  if (st == BH_OK)
    st = bh_rules_check_run(rules, err);
  bh_rules_check_free(rules);
  return st;
}

static void list(bh_jw *w, const char *key, const bh_mistakes *m, bool advice)
{
  bh_jw_key(w, key);
  bh_jw_arr(w);
  for (size_t i = 0; i < m->count; i++) {
    const bh_mistake *x = &m->items[i];
    if (x->advice != advice)
      continue;
    bh_jw_obj(w);
    bh_jw_key(w, "file"); bh_jw_str(w, x->file);
    bh_jw_key(w, "line"); bh_jw_int(w, x->line);
    bh_jw_key(w, "path"); bh_jw_str(w, x->path);
    bh_jw_key(w, "message"); bh_jw_str(w, x->message);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

int billhook_check(billhook *b, const billhook_out *out)
{
  bh_error err = { 0 };
  int64_t clients = 0, contracts = 0;
  bh_status st = bh_engine_workspace_mistakes(b);
  if (st != BH_OK)
    return bh_engine_end(b, st, NULL);
  bh_store *store;
  st = look_into_store(&store, b, &err);
  if (st == BH_OK && store != NULL)
    st = bh_store_begin_read(store, &err);
  if (st == BH_OK)
    st = read_all(b, store, &clients, &contracts, &err);
  bh_store_close(store);
  if (st != BH_OK)
    return bh_engine_end(b, st, &err);
  bh_mistakes_sort(&b->mistakes);
  bh_buf json;
  bh_buf_init(&json, 256u << 20);
  bh_jw w;
  bh_jw_init(&w, &json);
  bh_jw_obj(&w);
  bh_jw_key(&w, "ok"); bh_jw_bool(&w, b->mistakes.total == 0);
  list(&w, "mistakes", &b->mistakes, false);
  list(&w, "advice", &b->mistakes, true);
  bh_jw_key(&w, "total"); bh_jw_int(&w, (int64_t)b->mistakes.total);
  bh_jw_key(&w, "clients"); bh_jw_int(&w, clients);
  bh_jw_key(&w, "contracts"); bh_jw_int(&w, contracts);
  bh_jw_obj_end(&w);
  bh_out_line(out, &json);
  bh_buf_dispose(&json);
  return bh_engine_end(b, bh_engine_mistakes(b), NULL);
}

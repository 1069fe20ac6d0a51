#include "batch/engine.h"

static bh_status read_all(billhook *b, int64_t *clients, int64_t *contracts, bh_error *err)
{
  bh_client_iter *it = NULL;
  bh_arena a;
  bh_arena_init(&a);
  bh_status st = bh_clients_open(&it, b->ws, &b->mistakes, err);
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
    if ((*clients & 1023) == 0)
      bh_engine_progress(b, "clients", *clients, 0);
  }
  bh_clients_close(it);
  bh_arena_dispose(&a);
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
  st = read_all(b, &clients, &contracts, &err);
  if (st != BH_OK)
    return bh_engine_end(b, st, &err);
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

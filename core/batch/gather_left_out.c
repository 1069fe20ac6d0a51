#include "batch/gather_left_out.h"

static void put_day(bh_arena *a, bh_node *n, bh_str key, bh_day day)
{
  char text[12];
  if (day <= BH_DAY_MIN || day >= BH_DAY_MAX)
    return;
  bh_day_format(text, day);
  bh_node_set(a, n, key, bh_node_str(a, bh_arena_str(a, bh_str_c(text))));
}

/* As the client's statement has it: [{"name":"LAPTOP-9","reason":"stolen"}]. */
static bh_str except_text(bh_arena *a, const bh_client_terms *client)
{
  if (client->except_count == 0)
    return BH_S("[]");
  bh_buf text;
  bh_buf_init(&text, 16u << 20);
  bh_node *list = bh_node_new(a, BH_NODE_TABLE);
  list->is_array = true;
  for (size_t i = 0; i < client->except_count; i++) {
    const bh_except *x = &client->except[i];
    bh_node *n = bh_node_new(a, BH_NODE_TABLE);
    for (size_t k = 0; k < x->match_count; k++)
      bh_node_set(a, n, x->match[k].key, bh_node_str(a, x->match[k].glob));
    bh_node_set(a, n, BH_S("reason"), bh_node_str(a, x->reason));
    put_day(a, n, BH_S("from"), x->from);
    put_day(a, n, BH_S("ends"), x->ends);
    bh_node_push(a, list, n);
  }
  bh_json_write(&text, list);
  bh_str out = bh_arena_str(a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return out;
}

static void put_texts(bh_jw *w, const char *key, const bh_str *texts, size_t n)
{
  bh_jw_key_any(w, key);
  bh_jw_arr(w);
  for (size_t i = 0; i < n; i++)
    bh_jw_str(w, texts[i]);
  bh_jw_arr_end(w);
}

static bh_str identity_text(bh_arena *a, const bh_identity *x)
{
  bh_buf text;
  bh_jw w;
  bh_buf_init(&text, 1 << 20);
  bh_jw_init(&w, &text);
  bh_jw_obj(&w);
  put_texts(&w, "by", x->by, x->by_count);
  bh_jw_key(&w, "kind"); bh_jw_str(&w, x->kind);
  put_texts(&w, "prefer", x->prefer, x->prefer_count);
  bh_jw_obj_end(&w);
  bh_str out = bh_arena_str(a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return out;
}

void bh_gather_left_out(bh_gather_ctx *g, bh_arena *a, bh_line_count *out, bh_str asset_kind)
{
  if (g->except.len == 0)
    g->except = except_text(a, g->client);
  out->except = g->except;
  for (size_t i = 0; i < g->ws->identity_count; i++)
    if (bh_str_eq(g->ws->identities[i].kind, asset_kind)) {
      out->identity = identity_text(a, &g->ws->identities[i]);
      return;
    }
}

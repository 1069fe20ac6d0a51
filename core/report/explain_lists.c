/* The names behind the numbers: asked again of the facts, as they were known then. */
#include "report/explain.h"

/* Today's files may leave out other things than those that the line was counted with. */
static bh_client_facts *facts_of_then(bh_explaining *x, const bh_asked *c) {
  if (!c->frozen) return x->facts;
  bh_client_terms *then = BH_NEW(x->a, bh_client_terms);
  *then = *x->client;
  then->except = c->except;
  then->except_count = c->except_count;
  return bh_facts_with(x->facts, x->a, then, c->identity, c->identity != NULL);
}

void bh_explain_ask(bh_explained *out, bh_explaining *x, const bh_node *line) {
  bh_error err = {0};
  bh_status st = BH_OK;
  *out = (bh_explained){0};
  if (!bh_asked_read(&out->count, x->a, line)) return;
  if (x->facts == NULL) return;
  const bh_asked *c = &out->count;
  bh_day until = c->until > c->as_of ? c->as_of + 1 : c->until; /* days to come carried the last known one: nothing was seen on them */
  switch (c->selector.kind) {
    case BH_SEL_ASSETS:
      st = bh_facts_list(&out->assets, &out->asset_count, facts_of_then(x, c), x->a, &c->selector, c->from, until, c->pull, &err);
      break;
    case BH_SEL_GAUGE:
      st = bh_facts_levels(&out->levels, &out->level_count, x->facts, x->a, &c->selector, c->from, until, c->pull, &err);
      break;
    case BH_SEL_USAGE:
      st = bh_facts_usage_list(&out->usage, &out->usage_count, x->facts, x->a, &c->selector, c->from, until, c->pull, &err);
      break;
    case BH_SEL_NONE: return;
  }
  out->asked = st == BH_OK;
  if (st != BH_OK) out->failed = bh_arena_str(x->a, bh_str_c(err.message));
}

static void put_text(bh_jw *w, const char *key, bh_str s) {
  bh_jw_key(w, key);
  bh_jw_str(w, s);
}

static void put_ratio(bh_jw *w, const char *key, bh_ratio r) {
  char text[48];
  bool exact;
  bh_ratio_format_dec(text, r, 6, &exact);
  if (!exact) bh_ratio_format(text, r);
  bh_jw_key(w, key);
  bh_jw_z(w, text);
}

static void put_asset(bh_jw *w, const bh_fact_asset *x) {
  bh_jw_obj(w);
  put_text(w, "id", x->id);
  put_text(w, "name", x->name);
  if (x->klass.len) put_text(w, "class", x->klass);
  bh_jw_key(w, "from"); bh_jw_day(w, x->from);
  bh_jw_key(w, "to"); bh_jw_day(w, x->to);
  put_text(w, "connector", x->connector);
  if (x->left_out.len) put_text(w, "reason", x->left_out);
  bh_jw_obj_end(w);
}

void bh_explain_write_lists(bh_jw *w, const bh_explained *e) {
  for (int left = 0; left < 2; left++) {
    bh_jw_key(w, left ? "left_out" : "assets");
    bh_jw_arr(w);
    for (size_t i = 0; i < e->asset_count; i++)
      if ((e->assets[i].left_out.len > 0) == (left == 1)) put_asset(w, &e->assets[i]);
    bh_jw_arr_end(w);
  }
  bh_jw_key(w, "usage");
  bh_jw_arr(w);
  for (size_t i = 0; i < e->usage_count; i++) {
    const bh_fact_usage *u = &e->usage[i];
    bh_jw_obj(w);
    put_text(w, "id", u->id);
    bh_jw_key(w, "date"); bh_jw_day(w, u->day);
    put_ratio(w, "quantity", u->quantity);
    put_text(w, "description", u->description);
    put_text(w, "connector", u->connector);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
  if (e->level_count == 0) return;
  bh_jw_key(w, "levels");
  bh_jw_arr(w);
  for (size_t i = 0; i < e->level_count; i++) {
    const bh_fact_level *l = &e->levels[i];
    bh_jw_obj(w);
    bh_jw_key(w, "from"); bh_jw_day(w, l->from);
    bh_jw_key(w, "to"); bh_jw_day(w, l->until == BH_DAY_MAX ? l->until : l->until - 1);
    put_ratio(w, "value", l->value);
    bh_jw_key(w, "observed"); bh_jw_day(w, l->observed);
    put_text(w, "connector", l->connector);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

/* What models ask of lines, by the marks on their options: no model is known by its name here. */
#include "workspace/line_keys.h"
#include <stdlib.h>

/* A share of what is itself a share would hang on the order of lines. */
static void no_shares(ws_ck *ck, const ws_path *at, const bh_node *n, const bh_of_test *t) {
  const struct bh_workspace_impl *x = ck->ws->impl;
  for (size_t i = 0; i < t->value_count; i++) {
    const ws_product *p = bh_map_get(&x->products, t->values[i]);
    if (p && p->model && p->model->phase == 2)
      ws_bad(ck, n->kind == BH_NODE_STR ? at : WS_AT(at, i), "\"%.*s\" is itself worked out from other lines; expected products that are not", BH_STR_ARG(t->values[i]));
  }
}

bool ws_products(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out) {
  size_t before = ck->bad;
  bh_of of;
  if (n->kind == BH_NODE_TABLE && n->field_count == 0 && n->item_count == 0) ws_bad(ck, at, "an empty list; expected \"all\", products, or { tax = \"CATEGORY\" }");
  else if (ws_of(ck, at, n, &of) && of.test_count == 0) *out = BH_S("all");
  else if (ck->bad == before) {
    bh_node *all = bh_node_new(ck->a, BH_NODE_TABLE);
    for (size_t i = 0; i < of.test_count; i++) {
      const bh_of_test *t = &of.tests[i];
      bh_node *list = bh_node_new(ck->a, BH_NODE_TABLE);
      list->is_array = true;
      for (size_t k = 0; k < t->value_count; k++) bh_node_push(ck->a, list, bh_node_str(ck->a, t->values[k]));
      bh_node_set(ck->a, all, bh_str_c(bh_of_keys[t->key]), list);
      if (t->key == BH_OF_PRODUCT) no_shares(ck, at, n, t);
    }
    *out = ws_json(ck->a, all);
  }
  return ck->bad == before;
}

static const bh_param *param(const bh_line_terms *t, bh_str key) {
  for (size_t i = 0; i < t->param_count; i++)
    if (bh_str_eq(t->params[i].key, key)) return &t->params[i];
  return NULL;
}

static bool nonzero(const bh_param *p) {
  if (p->type == BH_PARAM_TEXT || p->type == BH_PARAM_CHOICE || p->type == BH_PARAM_RECORDS) return true;
  for (size_t i = 0; i < p->number.count; i++)
    if (p->number.items[i].value.coef != 0) return true;
  return false;
}

/* "price or tiers" */
static bh_str alternatives(ws_ck *ck, const bh_plugin_spec *m) {
  bh_buf b;
  bh_buf_init(&b, 500);
  for (size_t i = 0; i < m->option_count; i++)
    if (m->options[i].either) bh_buf_fmt(&b, "%s%.*s", b.len ? " or " : "", BH_STR_ARG(m->options[i].key));
  bh_str s = bh_arena_str(ck->a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return s;
}

static void either(ws_ck *ck, const ws_path *at, const bh_plugin_spec *m, const bh_line_terms *t) {
  bool asked = false, given = false;
  const bh_param *priced = NULL;
  for (size_t i = 0; i < m->option_count; i++) {
    const bh_param *p = param(t, m->options[i].key);
    asked = asked || m->options[i].either;
    given = given || (m->options[i].either && p);
    if (!p || !ws_in_group(p->key)) continue;
    if (priced) ws_bad(ck, WS_KEYS(at, p->key), "both %.*s and %.*s; expected one of them", BH_STR_ARG(priced->key), BH_STR_ARG(p->key));
    priced = p;
  }
  if (asked && !given && !t->price_missing)
    ws_bad(ck, at, "product \"%.*s\" has no %.*s; expected one on the product, or on the line", BH_STR_ARG(t->product), BH_STR_ARG(alternatives(ck, m)));
}

/* `level = "gold"` beside `levels`: one of them. */
static void picked(ws_ck *ck, const ws_path *at, const bh_plugin_spec *m, const bh_line_terms *t) {
  for (size_t i = 0; i < m->option_count; i++) {
    const bh_option_spec *o = &m->options[i];
    const bh_param *list = bh_str_eqz(o->type, "records") ? param(t, o->key) : NULL;
    for (size_t k = 0; list && k < o->record_count; k++) {
      const bh_param *by = bh_str_eqz(o->records[k].type, "text") ? param(t, o->records[k].key) : NULL;
      const char **names = BH_NEWN(ck->a, const char *, list->record_count + 1);
      size_t n = 0;
      bool found = !by;
      for (size_t r = 0; by && r < list->record_count; r++)
        for (size_t p = 0; p < list->records[r].count; p++) {
          const bh_param *name = &list->records[r].params[p];
          if (!bh_str_eq(name->key, by->key)) continue;
          names[n++] = bh_arena_z(ck->a, name->text);
          found = found || bh_str_eq(name->text, by->text);
        }
      if (!found) ws_bad_name(ck, WS_KEYS(at, by->key), bh_arena_z(ck->a, by->key), by->text, names, n);
    }
  }
}

/* Usage by day goes to the model as it is: nothing that the host would do to a period's sum. */
static void by_day(ws_ck *ck, const ws_path *at, const bh_plugin_spec *m, const bh_line_terms *t) {
  const struct { const char *key; bool set; } sums[] = {
      {"minimum", t->minimum.set}, {"included", t->included.set}, {"round_up_to", t->round_up_to.set}, {"maximum", t->maximum.set}};
  if (t->once || !t->counted || t->count.kind != BH_SEL_USAGE)
    ws_bad(ck, at, "the model \"%.*s\" draws on usage day by day; expected count = usage { metric = … } on a line that is not a once line", BH_STR_ARG(m->id));
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
    if (sums[i].set) ws_bad(ck, WS_KEYS(at, bh_str_c(sums[i].key)), "the model \"%.*s\" draws on usage day by day; expected no %s", BH_STR_ARG(m->id), sums[i].key);
}

void ws_model_asks(ws_ck *ck, const ws_path *at, const bh_plugin_spec *m, bh_node *const *keys, bh_line_terms *t) {
  t->by_day = m->by_day;
  t->carries = false;
  for (size_t i = 0; i < m->option_count && !t->once; i++) {
    const bh_param *p = m->options[i].carry ? param(t, m->options[i].key) : NULL;
    t->carries = t->carries || (p && nonzero(p));
  }
  either(ck, at, m, t);
  picked(ck, at, m, t);
  if (m->by_day) by_day(ck, at, m, t);
  if (keys[LK_opening] && ws_option(m, BH_S("opening")) && !t->carries)
    ws_bad(ck, WS_KEY(at, "opening"), "nothing is carried on without rollover; expected it on a prepaid or rolled-over line");
}

/* ---- lines of one contract together ---- */

typedef struct span { const bh_line_terms *t; bh_str text; bh_day from, ends; } span;

static int span_order(const void *a, const void *b) {
  const span *x = a, *y = b;
  int c = bh_str_cmp(x->text, y->text);
  return c ? c : x->from != y->from ? (x->from < y->from ? -1 : 1) : x->t < y->t ? -1 : x->t > y->t;
}

static bh_str day_text(ws_ck *ck, bh_day d) {
  char text[12];
  bh_day_format(text, d);
  return bh_arena_str(ck->a, bh_str_c(text));
}

static void told(ws_ck *ck, bh_str path, const char *key, bool advice, bh_str words) {
  bh_str where = bh_arena_fmt(ck->a, "%s \"%.*s\" %.*s.%s", ck->word, BH_STR_ARG(ck->id), BH_STR_ARG(path), key);
  if (!advice) ck->bad++;
  if (!ck->m) return;
  if (advice) bh_advice_add(ck->m, ck->file, ck->line, where, "%.*s", BH_STR_ARG(words));
  else bh_mistake_add(ck->m, ck->file, ck->line, where, "%.*s", BH_STR_ARG(words));
}

static void exclusive(ws_ck *ck, const bh_contract_terms *c, bh_str key, span *spans, size_t n) {
  qsort(spans, n, sizeof *spans, span_order);
  const span *reached = NULL; /* of the same text, the one that ends last */
  for (size_t i = 0; i < n; i++) {
    const span *x = &spans[i];
    if (reached && !bh_str_eq(reached->text, x->text)) reached = NULL;
    if (reached && x->from <= reached->ends)
      told(ck, x->t->path, "from", false,
           bh_arena_fmt(ck->a, "in force beside %.*s of the same %.*s \"%.*s\" on %.*s; expected one of them on a day", BH_STR_ARG(reached->t->path), BH_STR_ARG(key),
                        BH_STR_ARG(x->text), BH_STR_ARG(day_text(ck, x->from))));
    else if (reached && x->from > reached->ends + 1)
      told(ck, x->t->path, "from", true,
           bh_arena_fmt(ck->a, "%.*s \"%.*s\" is not in force from %.*s to %.*s", BH_STR_ARG(key), BH_STR_ARG(x->text), BH_STR_ARG(day_text(ck, reached->ends + 1)),
                        BH_STR_ARG(day_text(ck, x->from - 1))));
    if (!reached || x->ends > reached->ends) reached = x;
  }
}

static bool names_any(ws_ck *ck, const bh_contract_terms *c, bh_str of) {
  bh_node *tests;
  if (bh_str_eqz(of, "all") || bh_json_parse(&tests, ck->a, of, NULL, NULL) != BH_OK) return true;
  const bh_node *list = bh_node_get(tests, "product");
  if (!list) return true;
  for (size_t i = 0; i < list->item_count; i++)
    for (size_t j = 0; j < c->line_count; j++)
      if (bh_str_eq(list->items[i]->text, c->lines[j].product)) return true;
  return false;
}

void ws_models_together(ws_ck *ck, const bh_contract_terms *c) {
  span *spans = NULL;
  size_t n = 0;
  bh_str key = {0};
  for (size_t i = 0; i < c->line_count; i++) {
    const bh_line_terms *t = &c->lines[i];
    const bh_plugin_spec *m = ws_spec(ck->ws, BH_KIND_MODEL, t->model);
    for (size_t k = 0; m && k < m->option_count; k++) {
      const bh_option_spec *o = &m->options[k];
      const bh_param *p = o->exclusive || bh_str_eqz(o->type, "products") ? param(t, o->key) : NULL;
      if (!p) continue;
      if (!o->exclusive) {
        if (!names_any(ck, c, p->text)) told(ck, t->path, "of", true, BH_S("the contract has no line of these products: nothing is taken a share of"));
        continue;
      }
      if (t->once) continue;
      if (!spans) spans = BH_NEWN(ck->a, span, c->line_count);
      key = o->key;
      bh_day from = t->from > c->starts ? t->from : c->starts, ends = t->ends < c->ends ? t->ends : c->ends;
      if (from <= ends) spans[n++] = (span){t, p->text, from, ends};
    }
  }
  if (n > 1) exclusive(ck, c, key, spans, n);
}

/* Products, price lists and templates, looked at where they stand. */
#include "workspace/line_keys.h"

static const char *const product_names[] = {
    "adjust", "at", "cost", "costs", "costs_from", "count", "decrease", "ids", "included", "includes", "markup", "maximum",
    "maximum_amount", "maximum_amounts", "minimum", "minimum_amount", "minimum_amounts", "model", "name", "note", "parts",
    "prorate", "quantity", "release", "round_up_to", "section", "show", "tags", "tax", "term", "timing", "true_up", "unit",
    "uplift", "window_days"};
enum { PRODUCT_NAMES = sizeof product_names / sizeof *product_names };
const ws_names ws_product_keys = {product_names, PRODUCT_NAMES};
static const char *const list_names[] = {"cost", "costs", "costs_from", "included", "maximum", "maximum_amount", "maximum_amounts",
                                         "minimum", "minimum_amount", "minimum_amounts", "round_up_to"};
enum { LIST_NAMES = sizeof list_names / sizeof *list_names };

typedef struct keys { ws_ck *ck; const ws_path *at; const bh_plugin_spec *spec; bool unknown_model; const char *const *names; size_t n; } keys;

static bool option_or_bad(void *ctx, bh_str key) {
  keys *k = ctx;
  if (k->unknown_model || ws_option_key(k->spec, key, NULL)) return true;
  const char **options;
  size_t n = ws_spec_keys(k->spec, k->ck->a, &options);
  const char **all = BH_NEWN(k->ck->a, const char *, n + k->n);
  for (size_t i = 0; i < k->n; i++) all[i] = k->names[i];
  for (size_t i = 0; i < n; i++) all[k->n + i] = options[i];
  ws_bad_key(k->ck, k->at, key, all, k->n + n);
  return false;
}

static void check_text(ws_ck *ck, const ws_path *at, const bh_node *t, const char *key) {
  bh_str s;
  bh_node *n = ws_get(t, key);
  if (n) ws_text(ck, WS_KEYS(at, bh_str_c(key)), n, &s);
}

static void check_choice(ws_ck *ck, const ws_path *at, const bh_node *t, const char *key, const char *const *choices, size_t n) {
  int c;
  bh_node *v = ws_get(t, key);
  if (v) ws_choice(ck, WS_KEYS(at, bh_str_c(key)), v, choices, n, &c);
}

/* Money, model parameters and tiers of one layer, in every currency; then everything else. */
static void layer_check(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_plugin_spec *spec, bool read_base) {
  static const char *const money[] = {"cost", "minimum_amount", "maximum_amount"};
  for (size_t i = 0; i < 3; i++) ws_money_check(ck, at, t, bh_str_c(money[i]), WS_MONEY, WS_BASE_UNKNOWN);
  size_t before = ck->bad;
  if (spec) ws_params_check(ck, at, t, spec, WS_BASE_UNKNOWN);
  bh_node *mode = ws_get(t, "mode");
  if (spec && ws_get(t, "tiers") && ck->bad == before) {
    bh_param *p;
    size_t n;
    bh_mistakes *m = ck->m;
    ck->m = NULL;
    ws_params(ck, at, t, spec, ck->ws->currency, ck->ws->currency, WS_BASE_UNKNOWN, false, &p, &n, NULL);
    ck->m = m;
    ck->bad = before;
    for (size_t i = 0; i < n; i++)
      if (bh_str_eqz(p[i].key, "tiers")) ws_tiers_check(ck, WS_KEY(at, "tiers"), &p[i], mode && mode->kind == BH_NODE_STR && bh_str_eqz(mode->text, "volume"));
  }
  check_text(ck, at, t, "name");
  check_text(ck, at, t, "unit");
  check_text(ck, at, t, "tax");
  check_text(ck, at, t, "note");
  check_choice(ck, at, t, "show", (const char *const[]){"shown", "hidden"}, 2);
  ws_base b;
  if (read_base) ws_base_read(ck, at, t, WS_BASE_UNKNOWN, &b);
}

static const bh_plugin_spec *model_of(ws_ck *ck, const ws_path *at, const bh_node *t, bool *hybrid) {
  const bh_node *n = ws_get(t, "model");
  const char **names;
  size_t count = ws_spec_names(ck->ws, BH_KIND_MODEL, ck->a, &names);
  bh_str id;
  if (!n) {
    char list[300] = "";
    for (size_t i = 0, len = 0; i < count; i++) {
      int k = snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", names[i]);
      if (k < 0 || len + (size_t)k >= sizeof list) break;
      len += (size_t)k;
    }
    ws_bad(ck, WS_KEY(at, "model"), "missing; known: %s", list);
    return NULL;
  }
  if (!ws_text(ck, WS_KEY(at, "model"), n, &id)) return NULL;
  *hybrid = bh_str_eqz(id, "hybrid");
  const bh_plugin_spec *spec = ws_spec(ck->ws, BH_KIND_MODEL, id);
  if (spec || *hybrid) return spec;
  ws_bad_name(ck, WS_KEY(at, "model"), "model", id, names, count);
  return NULL;
}

void ws_flat_check(ws_ck *ck, const ws_path *at, const bh_node *t) {
  const bh_node *changes = ws_get(t, "changes"), *q = changes ? NULL : ws_get(t, "quantity");
  bh_dec d;
  if (changes) ws_bad(ck, WS_KEY(at, "changes"), "a flat product has no quantity; expected model = \"per_unit\" on the product, or no changes here");
  else if (q && (q->kind == BH_NODE_INT ? q->integer != 1 : q->kind != BH_NODE_STR || !bh_dec_parse(&d, q->text, 6) || bh_dec_cmp(d, bh_dec_int(1)) != 0))
    ws_bad(ck, WS_KEY(at, "quantity"), "a flat product has no quantity; expected model = \"per_unit\" on the product, or no quantity here");
}

static void required(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_plugin_spec *spec) {
  for (size_t i = 0; spec && i < spec->option_count; i++) {
    const bh_option_spec *o = &spec->options[i];
    bool price = bh_str_eqz(o->type, "money") || ws_in_group(o->key); /* may come from the line */
    if (o->required && !price && !bh_node_gets(t, o->key))
      ws_bad(ck, WS_KEYS(at, o->key), "missing; the model \"%.*s\" needs it", BH_STR_ARG(spec->id));
  }
}

static void check_parts(ws_ck *ck, const bh_node *parts) {
  const ws_path *at = WS_KEY(NULL, "parts");
  if (!parts || !ws_is_list(parts) || parts->item_count == 0) {
    ws_bad(ck, at, "expected a list of parts, each with a model of its own");
    return;
  }
  for (size_t i = 0; i < parts->item_count; i++) {
    const ws_path *here = WS_AT(at, i);
    const bh_node *part = parts->items[i];
    bool hybrid = false;
    if (!ws_is_record(part)) {
      ws_bad_kind(ck, here, part, "a table");
      continue;
    }
    const bh_plugin_spec *spec = model_of(ck, here, part, &hybrid);
    if (hybrid) ws_bad(ck, WS_KEY(here, "model"), "a hybrid inside a hybrid");
    keys k = {ck, here, spec, spec == NULL, product_names, PRODUCT_NAMES};
    bh_node *v[PRODUCT_NAMES];
    ws_pick(ck, here, part, product_names, PRODUCT_NAMES, v, option_or_bad, &k);
    required(ck, here, part, spec);
    if (ws_get(part, "includes")) ws_bad(ck, WS_KEY(here, "includes"), "a part includes nothing; expected it on a product that is no hybrid");
    layer_check(ck, here, part, spec, true);
    if (spec && bh_str_eqz(spec->id, "flat")) ws_flat_check(ck, here, part);
  }
}

void ws_product_read(ws_ck *ck, ws_product *p) {
  const bh_node *t = p->st.node;
  if (!ws_is_record(t)) {
    ws_bad_kind(ck, NULL, t, "a table of keys");
    return;
  }
  p->model = model_of(ck, NULL, t, &p->hybrid);
  keys k = {ck, NULL, p->model, !p->model && !p->hybrid, product_names, PRODUCT_NAMES};
  bh_node *v[PRODUCT_NAMES];
  ws_pick(ck, NULL, t, product_names, PRODUCT_NAMES, v, option_or_bad, &k);
  required(ck, NULL, t, p->model);
  layer_check(ck, NULL, t, p->model, false);
  if (p->hybrid) check_parts(ck, ws_get(t, "parts"));
  else if (p->model && bh_str_eqz(p->model->id, "flat")) ws_flat_check(ck, NULL, t);
  if (!p->hybrid && ws_get(t, "parts")) ws_bad(ck, WS_KEY(NULL, "parts"), "only the model \"hybrid\" has parts");
  if (ws_get(t, "count") && ws_get(t, "quantity")) ws_bad(ck, WS_KEY(NULL, "count"), "both a count and a quantity; expected one of them");
  if (ws_get(t, "ids") && ws_ids_check(ck, WS_KEY(NULL, "ids"), ws_get(t, "ids"))) ws_product_refs(ck, t);
  static const char *const commits[] = {"decrease", "term", "window_days", "release", "includes"};
  for (size_t i = 0; p->hybrid && i < sizeof commits / sizeof *commits; i++)
    if (ws_get(t, commits[i])) ws_bad(ck, WS_KEYS(NULL, bh_str_c(commits[i])), "a hybrid's parts have their own; expected none on the product");
  ws_base b;
  bh_node copy = *t; /* parts were looked at */
  if (!p->hybrid) ws_base_read(ck, NULL, &copy, BH_DAY_MIN, &b);
}

void ws_pricelist_read(ws_ck *ck, bh_node *t, const ws_path *at, bh_str own) {
  struct bh_workspace_impl *x = ck->ws->impl;
  if (!ws_is_record(t)) {
    ws_bad_kind(ck, at, t, "a table of products and their prices");
    return;
  }
  for (size_t i = 0; i < t->field_count; i++) {
    bh_field *f = &t->fields[i];
    const ws_path *here = WS_KEYS(at, f->key);
    const ws_product *p = bh_map_get(&x->products, f->key);
    if (!p) {
      ws_bad_name(ck, here, "product", f->key, x->product_ids, x->product_count);
      continue;
    }
    bool price_only = f->value->kind != BH_NODE_TABLE || bh_node_has(f->value, "start");
    if (price_only) {
      bh_dated d;
      ws_dated(ck, here, f->value, WS_MONEY, WS_BASE_UNKNOWN, &d);
      continue;
    }
    keys k = {ck, here, p->model, !p->model, list_names, LIST_NAMES};
    bh_node *v[LIST_NAMES];
    ws_pick(ck, here, f->value, list_names, LIST_NAMES, v, option_or_bad, &k);
    layer_check(ck, here, f->value, p->model, true);
  }
}

static void template_line(ws_ck *ck, const ws_path *at, const bh_node *line) {
  struct bh_workspace_impl *x = ck->ws->impl;
  static const int never[] = {LK_discount, LK_from, LK_ends, LK_billed_through, LK_committed};
  bh_str id = ws_line_product(line);
  const ws_product *p = bh_map_get(&x->products, id);
  bh_node *v[LK_COUNT];
  keys k = {ck, at, p ? p->model : NULL, !p || !p->model, ws_line_names, LK_COUNT};
  if (!id.len) ws_bad(ck, at, "no product; expected { \"PRODUCT\", … }");
  else if (!p) ws_bad_name(ck, WS_KEY(at, "product"), "product", id, x->product_ids, x->product_count);
  if (line->kind != BH_NODE_TABLE) return;
  ws_pick(ck, at, line, ws_line_names, LK_COUNT, v, option_or_bad, &k);
  ws_line_others(ck, at, v, p ? p->model : NULL);
  for (size_t i = 0; i < sizeof never / sizeof *never; i++)
    if (v[never[i]]) ws_bad(ck, WS_KEYS(at, bh_str_c(ws_line_names[never[i]])), "never inherited; expected it on the contract's own line");
  if (p) layer_check(ck, at, line, p->model, true);
  if (p && p->model && bh_str_eqz(p->model->id, "flat") && !v[LK_once]) ws_flat_check(ck, at, line);
}

static const char *const template_names[] = {"adjust", "approval", "bill", "discount", "ends", "from", "guard", "lines", "name", "note", "po",
  "prorate", "reminders", "rule", "section", "starts", "terms", "timing", "true_up", "uplift"};
const ws_names ws_template_keys = {template_names, sizeof template_names / sizeof *template_names};

void ws_template_read(ws_ck *ck, const bh_node *t) {
  bh_node *v[20];
  ws_pick(ck, NULL, t, template_names, 20, v, NULL, NULL);
  if (t->kind != BH_NODE_TABLE) return;
  ws_level_nodes n = {v[2], v[17], v[11], v[18], v[0], v[19], v[14], v[10], v[13], v[16], v[1], v[6], v[12]};
  ws_level l;
  ws_level_read(ck, NULL, &n, WS_BASE_UNKNOWN, &l);
  static const int never[] = {3, 4, 5, 15};
  for (size_t i = 0; i < 4; i++)
    if (v[never[i]]) ws_bad(ck, WS_KEYS(NULL, bh_str_c(template_names[never[i]])), "never inherited; expected it on the contract");
  if (!v[7]) return;
  if (!ws_is_list(v[7])) {
    ws_bad_kind(ck, WS_KEY(NULL, "lines"), v[7], "a list of lines");
    return;
  }
  for (size_t i = 0; i < v[7]->item_count; i++) template_line(ck, WS_AT(WS_KEY(NULL, "lines"), i), v[7]->items[i]);
}

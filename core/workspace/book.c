/* The tree below a line: price lists, template line and product merged, prices picked for one currency. What a charged
 * period keeps is exactly this text. */
#include "workspace/internal.h"

typedef struct builder {
  ws_ck *ck; bh_node *book; const bh_plugin_spec *model; bh_str currency; bh_day base;
  bool group_taken, count_taken, part, wrong; /* wrong: a price that cannot be read, which was said where it stands */
} builder;

static const bh_option_spec amounts[] = {
    {.key = {"cost", 4}, .type = {"money", 5}}, {.key = {"minimum_amount", 14}, .type = {"money", 5}}, {.key = {"maximum_amount", 14}, .type = {"money", 5}}};
static const bh_plugin_spec common_amounts = {.options = (bh_option_spec *)amounts, .option_count = 3};

/* What stays where it was written: identities, and what is never inherited. */
static bool stays(bh_str k) {
  static const char *const names[] = {"1", "product", "id", "ids", "tags", "note", "omit", "discount", "from", "ends", "starts", "price_origin"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (bh_str_eqz(k, names[i])) return true;
  return false;
}

/* What a part of a hybrid takes from the product around it. */
static bool reaches_parts(bh_str k) {
  static const char *const names[] = {"name", "unit", "tax", "section", "true_up", "prorate", "adjust", "uplift", "show"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (bh_str_eqz(k, names[i])) return true;
  return false;
}

static void note_missing(builder *b, bh_str what) {
  if (!bh_node_has(b->book, "missing")) bh_node_set(b->ck->a, b->book, BH_S("missing"), bh_node_str(b->ck->a, what));
}

static void put_money(builder *b, bh_node *into, const bh_node *from, const bh_option_spec *o, bh_str own, bh_str missing) {
  bh_dated d;
  if (bh_node_gets(into, o->key)) return;
  switch (ws_money(b->ck, NULL, from, o->key, WS_MONEY_SIGNED, own, b->currency, b->base, &d)) {
  case WS_FOUND: bh_node_set(b->ck->a, into, o->key, ws_dated_node(b->ck->a, &d)); break;
  case WS_MISSING:
    if (!bh_str_eqz(o->key, "cost")) note_missing(b, missing);
    break;
  case WS_WRONG: b->wrong = true; break;
  default: break;
  }
}

static void put_records(builder *b, const bh_node *list, const bh_option_spec *o, bh_str own) {
  bh_node *out = bh_node_new(b->ck->a, BH_NODE_TABLE);
  bh_plugin_spec sub = {.options = o->records, .option_count = o->record_count};
  out->is_array = true;
  bh_node *one = (bh_node *)(uintptr_t)list;
  size_t items;
  bh_node *const *each = ws_records(&one, &items);
  for (size_t i = 0; i < items; i++) {
    const bh_node *rec = each[i];
    bh_node *copy = bh_node_new(b->ck->a, BH_NODE_TABLE);
    for (size_t j = 0; rec->kind == BH_NODE_TABLE && j < rec->field_count; j++) {
      const bh_option_spec *so = NULL;
      if (ws_option_key(&sub, rec->fields[j].key, &so) && bh_str_eqz(so->type, "money"))
        put_money(b, copy, rec, so, own, bh_arena_fmt(b->ck->a, "%.*s[%zu].%.*s", BH_STR_ARG(o->key), i + 1, BH_STR_ARG(so->key)));
      else if (ws_set(rec->fields[j].value)) bh_node_set(b->ck->a, copy, rec->fields[j].key, rec->fields[j].value);
    }
    bh_node_push(b->ck->a, out, copy);
  }
  bh_node_set(b->ck->a, b->book, o->key, out);
}

static bool in_count(bh_str k) { return bh_str_eqz(k, "count") || bh_str_eqz(k, "quantity") || bh_str_eqz(k, "changes"); }

static void add_layer(builder *b, const ws_layer *l, bool below_part) {
  bool sets_group = false, sets_count = false;
  for (size_t i = 0; i < l->node->field_count; i++)
    sets_group = sets_group || (ws_in_group(l->node->fields[i].key) && ws_set(l->node->fields[i].value));
  bool take_group = sets_group && !b->group_taken && !below_part;
  for (size_t i = 0; i < l->node->field_count; i++) {
    const bh_field *f = &l->node->fields[i];
    const bh_option_spec *o = NULL;
    if (!ws_set(f->value) || stays(f->key) || bh_str_eqz(f->key, "parts")) continue;
    if (below_part && !reaches_parts(f->key)) continue;
    if (ws_in_group(f->key) && !take_group) continue;
    if (in_count(f->key) && b->count_taken) continue;
    sets_count = sets_count || in_count(f->key);
    bool option = ws_option_key(b->model, f->key, &o) || ws_option_key(&common_amounts, f->key, &o);
    if (option && bh_str_eqz(o->type, "money")) put_money(b, b->book, l->node, o, l->own, o->key);
    else if (bh_node_gets(b->book, f->key)) continue;
    else if (option && bh_str_eqz(o->type, "records")) put_records(b, f->value, o, l->own);
    else bh_node_set(b->ck->a, b->book, f->key, f->value);
  }
  b->count_taken = b->count_taken || sets_count;
  if (take_group) {
    b->group_taken = true;
    bh_node_set(b->ck->a, b->book, BH_S("origin"), bh_node_str(b->ck->a, bh_str_c(l->origin)));
  }
}

static void required_prices(builder *b) {
  for (size_t i = 0; b->model && i < b->model->option_count; i++) {
    const bh_option_spec *o = &b->model->options[i];
    bool price = bh_str_eqz(o->type, "money") || ws_in_group(o->key);
    if (o->required && price && !b->wrong && !bh_node_gets(b->book, o->key)) note_missing(b, o->key);
  }
}

static bh_node *template_part(bh_arena *a, const bh_node *t) {
  static const char *const names[] = {"adjust", "prorate", "section", "timing", "true_up", "uplift"};
  bh_node *out = bh_node_new(a, BH_NODE_TABLE);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    bh_node *v = ws_get(t, names[i]);
    if (!v && i == 3) v = ws_get(ws_get(t, "bill"), "timing");
    if (v) bh_node_set(a, out, bh_str_c(names[i]), v);
  }
  return out;
}

static bh_node *build(ws_ck *ck, const ws_product *p, const ws_layer *layers, size_t n, bh_str currency, const bh_node *tmpl,
                      bh_day base, const ws_layer *part) {
  builder b = {.ck = ck, .book = bh_node_new(ck->a, BH_NODE_TABLE), .currency = currency, .base = base, .part = part != NULL};
  bh_node_set(ck->a, b.book, BH_S("product"), bh_node_str(ck->a, p->st.id));
  bh_node_set(ck->a, b.book, BH_S("currency"), bh_node_str(ck->a, currency));
  const bh_node *model = part ? ws_get(part->node, "model") : ws_get(p->st.node, "model");
  if (model && model->kind == BH_NODE_STR) b.model = ws_spec(ck->ws, BH_KIND_MODEL, model->text);
  if (part) add_layer(&b, part, false);
  for (size_t i = 0; i < n; i++) add_layer(&b, &layers[i], part != NULL);
  required_prices(&b);
  if (tmpl) bh_node_set(ck->a, b.book, BH_S("template"), template_part(ck->a, tmpl));
  return b.book;
}

bh_node *ws_book_build(ws_ck *ck, const ws_product *p, const ws_layer *layers, size_t n, bh_str currency,
                       const bh_node *tmpl, bh_day base) {
  bh_mistakes *m = ck->m;
  size_t bad = ck->bad;
  ck->m = NULL; /* each layer was checked where it stands */
  bh_node *book = build(ck, p, layers, n, currency, tmpl, base, NULL);
  const bh_node *parts = p->hybrid ? ws_get(p->st.node, "parts") : NULL;
  if (parts) {
    bh_node *list = bh_node_new(ck->a, BH_NODE_TABLE);
    list->is_array = true;
    for (size_t i = 0; i < parts->item_count; i++) {
      ws_layer part = {parts->items[i], ck->ws->currency, "product"};
      bh_node_push(ck->a, list, build(ck, p, layers, n, currency, tmpl, base, &part));
    }
    bh_node_set(ck->a, book, BH_S("parts"), list);
  }
  ck->m = m;
  ck->bad = bad;
  return book;
}

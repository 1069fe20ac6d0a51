/* Lines merged by id, else product and ordinal: a contract over its template, a hand-written contract over a generated one. */
#include "workspace/internal.h"

static bh_str id_of(const bh_node *line) {
  const bh_node *n = line->kind == BH_NODE_TABLE ? bh_node_get(line, "id") : NULL;
  return n && n->kind == BH_NODE_STR ? n->text : (bh_str){0};
}

static bool omitted(const bh_node *line) {
  const bh_node *n = line->kind == BH_NODE_TABLE ? bh_node_get(line, "omit") : NULL;
  return n && n->kind == BH_NODE_BOOL && n->boolean;
}

/* Which of the lines of its product a line is, among the lines without once. */
static size_t ordinal(const bh_node *lines, size_t i) {
  bh_str product = ws_line_product(lines->items[i]);
  size_t n = 0;
  for (size_t j = 0; j < i; j++)
    if (bh_str_eq(ws_line_product(lines->items[j]), product) && !ws_get(lines->items[j], "once")) n++;
  return n;
}

static bool same_line(const bh_node *own, size_t i, const bh_node *tmpl, size_t j) {
  const bh_node *a = own->items[i], *b = tmpl->items[j];
  bh_str ia = id_of(a), ib = id_of(b);
  if (ia.len && ib.len) return bh_str_eq(ia, ib);
  if (ib.len || (ia.len && !ib.len)) { /* one has an id: only a sole line of the product is meant */
    return false;
  }
  return !ws_get(a, "once") == !ws_get(b, "once") && bh_str_eq(ws_line_product(a), ws_line_product(b)) &&
         ordinal(own, i) == ordinal(tmpl, j);
}

size_t ws_lines_merge(bh_arena *a, const bh_node *own, const bh_node *tmpl, ws_merged_line **out) {
  size_t no = own && own->kind == BH_NODE_TABLE ? own->item_count : 0;
  size_t nt = tmpl && tmpl->kind == BH_NODE_TABLE ? tmpl->item_count : 0, n = 0;
  *out = BH_NEWN(a, ws_merged_line, no + nt + 1);
  bool *used = BH_NEWN(a, bool, no + 1);
  for (size_t j = 0; j < nt; j++) {
    ws_merged_line x = {NULL, tmpl->items[j], -1, (int32_t)j, false};
    for (size_t i = 0; i < no && x.own_index < 0; i++)
      if (!used[i] && same_line(own, i, tmpl, j)) {
        used[i] = true;
        x.own = own->items[i];
        x.own_index = (int32_t)i;
      }
    if (!omitted(x.tmpl) && !(x.own && omitted(x.own))) (*out)[n++] = x;
  }
  for (size_t i = 0; i < no; i++)
    if (!used[i]) (*out)[n++] = (ws_merged_line){own->items[i], NULL, (int32_t)i, -1, omitted(own->items[i])};
  return n;
}

/* A line over a line: its keys replace; one of price, prices, prices_from, tiers replaces all of those. */
static bh_node *overlay_line(bh_arena *a, const bh_node *below, const bh_node *over) {
  if (!below || below->kind != BH_NODE_TABLE) return (bh_node *)(uintptr_t)over;
  if (!over || over->kind != BH_NODE_TABLE) return (bh_node *)(uintptr_t)below;
  bool group = false;
  for (size_t i = 0; i < over->field_count; i++) group = group || ws_in_group(over->fields[i].key);
  bh_node *out = bh_node_new(a, BH_NODE_TABLE);
  bh_node_set(a, out, BH_S("product"), bh_node_str(a, ws_line_product(below)));
  for (size_t i = 0; i < below->field_count; i++)
    if (!(group && ws_in_group(below->fields[i].key)) && !bh_str_eqz(below->fields[i].key, "1"))
      bh_node_set(a, out, below->fields[i].key, below->fields[i].value);
  for (size_t i = 0; i < over->field_count; i++)
    if (!bh_str_eqz(over->fields[i].key, "1")) bh_node_set(a, out, over->fields[i].key, over->fields[i].value);
  return out;
}

void ws_contract_overlay(bh_arena *a, bh_node *below, const bh_node *over) {
  const bh_node *lines = bh_node_get(over, "lines");
  if (lines && lines->kind == BH_NODE_TABLE) {
    ws_merged_line *m;
    size_t n = ws_lines_merge(a, lines, bh_node_get(below, "lines"), &m);
    bh_node *list = bh_node_new(a, BH_NODE_TABLE);
    list->is_array = true;
    for (size_t i = 0; i < n; i++) bh_node_push(a, list, overlay_line(a, m[i].tmpl, m[i].own));
    bh_node_set(a, below, BH_S("lines"), list);
  }
  for (size_t i = 0; i < over->field_count; i++)
    if (!bh_str_eqz(over->fields[i].key, "lines")) bh_node_set(a, below, over->fields[i].key, over->fields[i].value);
}

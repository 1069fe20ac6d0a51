/* A family as JSON: in the book of a line, so that a charged period keeps it, and in the evidence. */
#include "workspace/family.h"

static bool read_match(bh_child *out, bh_arena *a, const bh_node *n) {
  if (!n || n->kind != BH_NODE_TABLE) return false;
  out->match = BH_NEWN(a, bh_match, n->field_count + 1);
  for (size_t i = 0; i < n->field_count; i++) {
    if (n->fields[i].value->kind != BH_NODE_STR) return false;
    out->match[out->match_count++] = (bh_match){n->fields[i].key, n->fields[i].value->text};
  }
  return out->match_count > 0;
}

static bool read_day(bh_day *out, const bh_node *n, bh_day open) {
  *out = open;
  return !n || (n->kind == BH_NODE_STR && bh_day_parse(out, n->text));
}

bool ws_family_read(bh_family *out, bh_arena *a, const bh_node *n) {
  *out = (bh_family){0};
  const bh_node *list = n->kind == BH_NODE_TABLE ? bh_node_get(n, "children") : NULL, *of_parent = n->kind == BH_NODE_TABLE ? bh_node_get(n, "of_parent") : NULL;
  if (!list || list->kind != BH_NODE_TABLE || !of_parent || of_parent->kind != BH_NODE_BOOL) return false;
  out->of_parent = of_parent->boolean;
  out->children = BH_NEWN(a, bh_child, list->item_count + 1);
  for (size_t i = 0; i < list->item_count; i++) {
    const bh_node *x = list->items[i], *client = x->kind == BH_NODE_TABLE ? bh_node_get(x, "client") : NULL;
    bh_child *c = &out->children[out->child_count++];
    if (!client || client->kind != BH_NODE_STR || !read_match(c, a, bh_node_get(x, "match"))) return false;
    if (!read_day(&c->from, bh_node_get(x, "from"), BH_DAY_MIN) || !read_day(&c->until, bh_node_get(x, "until"), BH_DAY_MAX)) return false;
    c->client = client->text;
  }
  out->text = ws_json(a, n);
  return true;
}

bool bh_family_parse(bh_family *out, bh_arena *a, const bh_node *n) { return ws_family_read(out, a, n); }

void ws_line_family(bh_arena *a, bh_line_terms *l, const bh_family *family) {
  l->family = family;
  if (l->counted) l->count.family = family;
  if (l->book.len < 2 || l->book.ptr[0] != '{') return;
  /* "$" sorts before every key of a book. */
  bh_str rest = {l->book.ptr + 1, l->book.len - 1};
  l->book = bh_arena_fmt(a, "{\"$family\":%.*s%s%.*s", BH_STR_ARG(family->text), rest.len > 1 ? "," : "", BH_STR_ARG(rest));
  l->book_hash = bh_sha256_1(l->book);
}

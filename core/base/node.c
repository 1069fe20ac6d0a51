/* The value tree: finding, building, comparing. */
#include "base/json.h"

enum { ROOM_FIRST_LOG2 = 2, COMPARE_DEPTH_MAX = 200 };

bh_node *bh_node_gets(const bh_node *table, bh_str key)
{
  if (table)
    for (size_t i = 0; i < table->field_count; i++)
      if (bh_str_eq(table->fields[i].key, key))
        return table->fields[i].value;
  return NULL;
}

bh_node *bh_node_get(const bh_node *table, const char *key)
{
  return bh_node_gets(table, bh_str_c(key));
}

bool bh_node_has(const bh_node *table, const char *key)
{
  return bh_node_get(table, key) != NULL;
}

bh_node *bh_node_new(bh_arena *a, bh_node_kind kind)
{
  bh_node *n = BH_NEW(a, bh_node);
  n->kind = kind;
  return n;
}

bh_node *bh_node_str(bh_arena *a, bh_str s)
{
  bh_node *n = bh_node_new(a, BH_NODE_STR);
  n->text = bh_arena_str(a, s);
  return n;
}

/* An array with room for one element more. room_log2 0 says that it is exactly full, as the reader makes them. */
static void *with_room(bh_arena *a, void *array, size_t count, size_t size, uint8_t *room_log2)
{
  if (*room_log2 && count < (size_t)1 << *room_log2)
    return array;
  uint8_t log2 = ROOM_FIRST_LOG2;
  while ((size_t)1 << log2 <= count)
    log2++;
  void *larger = bh_arena_array(a, (size_t)1 << log2, size);
  if (count)
    memcpy(larger, array, count * size);
  *room_log2 = log2;
  return larger;
}

void bh_node_add(bh_arena *a, bh_node *table, bh_str key, bh_node *value)
{
  table->fields = with_room(a, table->fields, table->field_count, sizeof *table->fields, &table->field_room_log2);
  table->fields[table->field_count++] = (bh_field){bh_arena_str(a, key), value};
}

void bh_node_set(bh_arena *a, bh_node *table, bh_str key, bh_node *value)
{
  for (size_t i = 0; i < table->field_count; i++)
    if (bh_str_eq(table->fields[i].key, key)) {
      table->fields[i].value = value;
      return;
    }
  bh_node_add(a, table, key, value);
}

void bh_node_push(bh_arena *a, bh_node *table, bh_node *value)
{
  table->items = with_room(a, table->items, table->item_count, sizeof(bh_node *), &table->item_room_log2);
  table->items[table->item_count++] = value;
}

static bool equal(const bh_node *a, const bh_node *b, int depth);

static bool tables_equal(const bh_node *a, const bh_node *b, int depth)
{
  if (a->item_count != b->item_count || a->field_count != b->field_count || depth >= COMPARE_DEPTH_MAX)
    return false;
  if (a->item_count == 0 && a->field_count == 0 && a->is_array != b->is_array)
    return false;
  for (size_t i = 0; i < a->item_count; i++)
    if (!equal(a->items[i], b->items[i], depth + 1))
      return false;
  for (size_t i = 0; i < a->field_count; i++) {
    bh_str key = a->fields[i].key;
    bool same_place = bh_str_eq(key, b->fields[i].key); /* the usual case: no search */
    if (!equal(a->fields[i].value, same_place ? b->fields[i].value : bh_node_gets(b, key), depth + 1))
      return false;
  }
  return true;
}

static bool equal(const bh_node *a, const bh_node *b, int depth)
{
  if (a == b)
    return true;
  if (!a || !b || a->kind != b->kind)
    return false;
  switch (a->kind) {
  case BH_NODE_NULL:
    return true;
  case BH_NODE_BOOL:
    return a->boolean == b->boolean;
  case BH_NODE_INT:
    return a->integer == b->integer;
  case BH_NODE_FLOAT:
  case BH_NODE_STR:
    return bh_str_eq(a->text, b->text);
  case BH_NODE_TABLE:
    return tables_equal(a, b, depth);
  case BH_NODE_OPAQUE: /* nothing of it is known: equal to itself alone */
    break;
  }
  return false;
}

bool bh_node_equal(const bh_node *a, const bh_node *b)
{
  return equal(a, b, 0);
}

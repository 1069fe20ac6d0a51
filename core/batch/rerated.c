#include "batch/rerated.h"

enum { CHANGES_MAX = 4, CHANGE_BYTES_MAX = 160 }; /* named one by one; what is longer is cut */

typedef struct changes { bh_buf text; int count; } changes;

/* The i-th item of a table: a list, or (beside named fields) the field named i + 1. */
static const bh_node *item_of(const bh_node *table, size_t i)
{
  char name[24];
  if (table == NULL || table->kind != BH_NODE_TABLE)
    return NULL;
  if (i < table->item_count)
    return table->items[i];
  snprintf(name, sizeof name, "%zu", i + 1);
  return bh_node_get(table, name);
}

static bool numbered(bh_str key) { return key.len > 0 && key.ptr[0] >= '1' && key.ptr[0] <= '9' && key.len < 6; }

static void put_value(bh_buf *out, const bh_node *n)
{
  bh_buf value;
  bh_buf_init(&value, 1 << 20);
  if (n == NULL)
    bh_buf_putz(&value, "(nothing)");
  else if (n->kind == BH_NODE_STR)
    bh_buf_puts(&value, n->text);
  else
    bh_json_write(&value, n);
  bh_str s = bh_buf_str(&value);
  bool cut = s.len > CHANGE_BYTES_MAX;
  if (cut) {
    s.len = CHANGE_BYTES_MAX;
    s.len = bh_utf8_span(s);
  }
  bh_buf_puts(out, s);
  if (cut)
    bh_buf_putz(out, "…");
  bh_buf_dispose(&value);
}

static bool next_change(changes *c)
{
  if (++c->count > CHANGES_MAX)
    return false;
  if (c->count > 1)
    bh_buf_putz(&c->text, ", ");
  return true;
}

/* Every difference between two texts of a contract, by its path. */
static void compare(changes *c, const bh_node *was, const bh_node *now, const char *path)
{
  if (bh_node_equal(was, now))
    return;
  if (was == NULL || now == NULL || was->kind != BH_NODE_TABLE || now->kind != BH_NODE_TABLE) {
    if (!next_change(c))
      return;
    bh_buf_fmt(&c->text, "%s ", path);
    put_value(&c->text, was);
    bh_buf_putz(&c->text, " → ");
    put_value(&c->text, now);
    return;
  }
  char deeper[300];
  const char *dot = *path ? "." : "";
  for (size_t i = 0; i < now->field_count; i++) {
    if (numbered(now->fields[i].key))
      continue;
    snprintf(deeper, sizeof deeper, "%s%s%.*s", path, dot, BH_STR_ARG(now->fields[i].key));
    compare(c, bh_node_gets(was, now->fields[i].key), now->fields[i].value, deeper);
  }
  for (size_t i = 0; i < was->field_count; i++)
    if (!numbered(was->fields[i].key) && bh_node_gets(now, was->fields[i].key) == NULL && next_change(c))
      bh_buf_fmt(&c->text, "%s%s%.*s was taken away", path, dot, BH_STR_ARG(was->fields[i].key));
  for (size_t i = 0; item_of(was, i) != NULL || item_of(now, i) != NULL; i++) {
    snprintf(deeper, sizeof deeper, "%s[%zu]", path, i + 1);
    compare(c, item_of(was, i), item_of(now, i), deeper);
  }
}

void bh_rerated_hold(bh_holds *holds, bh_arena *a, const bh_contract_plan *p, const bh_rerated *r)
{
  changes c = { .count = 0 };
  bh_buf_init(&c.text, 8000);
  bh_node *was = NULL, *now = NULL;
  if (p->row.terms.len > 0 && bh_json_parse(&was, a, p->row.terms, NULL, NULL) == BH_OK && bh_json_parse(&now, a, p->terms->text, NULL, NULL) == BH_OK)
    compare(&c, was, now, "");
  if (c.count == 0)
    bh_buf_putz(&c.text, "an edit");
  if (c.count > CHANGES_MAX)
    bh_buf_fmt(&c.text, " and %d more", c.count - CHANGES_MAX);
  char sum[32];
  bh_money_format(sum, r->sum, p->terms->decimals);
  bh_str what = bh_buf_str(&c.text);
  bh_hold_add(holds, a, BH_S("re-rated"),
              bh_arena_fmt(a, "contract \"%.*s\": %.*s re-rates %zu period%s, %s%s: date it, or approve --force", BH_STR_ARG(p->terms->id), BH_STR_ARG(what),
                           r->count, r->count == 1 ? "" : "s", r->sum > 0 ? "+" : "", sum));
  bh_buf_dispose(&c.text);
}

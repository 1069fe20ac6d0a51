/* Charged keys: the rows of all documents that stand, netted; and the re-openings that people asked for, laid over them. */
#include "batch/plan.h"

bh_charged_key *bh_charged_keys(bh_arena *a, const bh_charged_line *rows, size_t n, size_t *out_n)
{
  bh_charged_key *keys = BH_NEWN(a, bh_charged_key, n ? n : 1);
  size_t count = 0;
  /* Rows of one contract over 13 months are some dozens: a hash table would cost more than it saves until far beyond. */
  bh_map seen;
  bh_map_init(&seen, a);
  for (size_t i = 0; i < n; i++) {
    const bh_doc_line *l = &rows[i].line;
    if (!l->counts)
      continue;
    char head[24];
    memcpy(head, &l->whole_from, 4);
    memcpy(head + 4, &l->whole_until, 4);
    bh_buf name;
    bh_buf_init(&name, 4096);
    bh_buf_put(&name, head, 8);
    bh_buf_puts(&name, l->key);
    void **slot = bh_map_ref(&seen, bh_buf_str(&name));
    bh_buf_dispose(&name);
    bh_charged_key *k = *slot;
    if (k == NULL) {
      k = *slot = &keys[count++];
      *k = (bh_charged_key){ .key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until, .from = l->from,
        .until = l->until, .issue = l->issue, .kind = l->kind, .line_id = l->line_id, .product = l->product,
        .quantity = l->quantity, .book = l->book, .rule = l->rule, .pull = l->pull, .as_of = l->as_of, .taxes = l->taxes, .adjusted = BH_DAY_MIN,
        .payer = rows[i].client };
    } else if (k->open && l->kind != BH_LINE_ADJUSTMENT && l->kind != BH_LINE_REOPEN) {
      /* charged anew after a re-opening: this is the line that later corrections correct */
      k->open = false;
      k->payer = rows[i].client;
      k->kind = l->kind; k->line_id = l->line_id; k->quantity = l->quantity; k->book = l->book; k->rule = l->rule;
      k->pull = l->pull; k->as_of = l->as_of; k->taxes = l->taxes; k->from = l->from; k->until = l->until;
    }
    if (l->wish > 0) { /* rated for a re-opening: what it was rated with is the key's from here on */
      k->wish = l->wish;
      k->book = l->book; k->rule = l->rule; k->pull = l->pull; k->as_of = l->as_of;
    }
    bh_require(bh_money_add(&k->amount, l->amount));
    if (l->kind == BH_LINE_REOPEN) /* where only a correction was taken back, the charge itself stands */
      k->open = k->amount == 0;
    if (l->kind == BH_LINE_ADJUSTMENT && l->as_of > k->adjusted)
      k->adjusted = l->as_of;
    k->last_pull = l->pull > k->last_pull ? l->pull : k->last_pull;
  }
  *out_n = count;
  return keys;
}

static bh_charged_key *key_at(bh_charged_key *keys, size_t n, const bh_reopened_row *row)
{
  for (size_t i = 0; i < n; i++)
    if (keys[i].whole_from == row->whole_from && keys[i].whole_until == row->whole_until && bh_str_eq(keys[i].key, row->key))
      return &keys[i];
  return NULL;
}

void bh_charged_keys_reopen(bh_charged_key *keys, size_t n, const bh_reopened_row *rows, size_t row_count)
{
  for (size_t i = 0; i < row_count; i++) {
    bh_charged_key *k = key_at(keys, n, &rows[i]);
    if (k == NULL || k->open || rows[i].wish <= k->wish)
      continue; /* it is owed anew anyway, or was re-rated by a document that stands */
    if (rows[i].settled) {
      k->wish = rows[i].wish;
      k->book = rows[i].book; k->rule = rows[i].rule; k->pull = rows[i].pull; k->as_of = rows[i].as_of;
      if (rows[i].pull > k->last_pull)
        k->last_pull = rows[i].pull;
    } else {
      k->pending = true;
      k->wish_next = rows[i].wish;
    }
  }
}

#include "batch/reopen_keys.h"

bh_status bh_standing_read(bh_standing *out, bh_store *s, bh_arena *a, int32_t contract, bh_error *err)
{
  *out = (bh_standing){ 0 };
  bh_status st = bh_store_charged(s, &out->rows, &out->row_count, a, contract, err);
  if (st == BH_OK)
    st = bh_store_reopened_of(s, &out->reopened, &out->reopened_count, a, contract, err);
  if (st != BH_OK)
    return st;
  out->keys = bh_charged_keys(a, out->rows, out->row_count, &out->key_count);
  bh_charged_keys_reopen(out->keys, out->key_count, out->reopened, out->reopened_count);
  return BH_OK;
}

bh_status bh_reopen_key(bool *fresh, bh_store *s, int32_t contract, const bh_standing *standing, bh_charged_key *key, bh_error *err)
{
  *fresh = !key->pending;
  if (key->pending)
    return BH_OK;
  int64_t last = key->wish;
  for (size_t i = 0; i < standing->reopened_count; i++) {
    const bh_reopened_row *r = &standing->reopened[i];
    if (r->whole_from == key->whole_from && r->whole_until == key->whole_until && bh_str_eq(r->key, key->key) && r->wish > last)
      last = r->wish;
  }
  bh_reopened_row row = { .contract = contract, .key = key->key, .whole_from = key->whole_from, .whole_until = key->whole_until, .wish = last + 1 };
  key->pending = true;
  key->wish_next = row.wish;
  return bh_store_reopened_put(s, &row, err);
}

bh_status bh_reopen_left_over(bh_store *s, bh_arena *a, const bh_doc_line *lines, size_t n, bh_error *err)
{
  bh_status st = BH_OK;
  int32_t contract = 0;
  bh_standing standing = { 0 };
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    const bh_doc_line *l = &lines[i];
    bool charge = l->kind == BH_LINE_CHARGE || l->kind == BH_LINE_ONCE || (l->kind == BH_LINE_REOPEN && l->takes_back != 1 + BH_LINE_ADJUSTMENT);
    if (l->contract == 0 || l->whole_from >= l->whole_until || !charge)
      continue;
    if (l->contract != contract)
      st = bh_standing_read(&standing, s, a, contract = l->contract, err);
    for (size_t j = 0; j < standing.key_count && st == BH_OK; j++) {
      bh_charged_key *k = &standing.keys[j];
      bool fresh;
      if (!k->open && k->whole_from == l->whole_from && k->whole_until == l->whole_until && bh_str_eq(k->key, l->key))
        st = bh_reopen_key(&fresh, s, contract, &standing, k, err);
    }
  }
  return st;
}

/* The list behind a count: one entry for each thing, counted or left out. */
#include "facts/facts_impl.h"

/* Versions that follow one another day by day are one stay. */
static void stay(bh_fact_asset *out, const bh_question *q, const bh_seen *s) {
  const bh_place_facts *f = &s->source->f;
  bool grew = true;
  size_t at = (size_t)(s->row - f->assets), low = at, high = at;
  while (low > 0 && f->assets[low - 1].kind == s->row->kind && bh_str_eq(f->assets[low - 1].id, s->row->id)) low--;
  while (high < f->asset_count && f->assets[high].kind == s->row->kind && bh_str_eq(f->assets[high].id, s->row->id)) high++;
  while (grew) {
    grew = false;
    for (size_t i = low; i < high; i++) {
      const bh_asset_row *r = &f->assets[i];
      if (!bh_known_at(r->since, r->until, q->pull)) continue;
      if (r->to < BH_DAY_MAX && r->to + 1 == out->from) out->from = r->from, grew = true;
      if (out->to < BH_DAY_MAX && out->to + 1 == r->from) out->to = r->to, grew = true;
    }
  }
}

static bh_status entry(bh_fact_asset *out, const bh_question *q, const bh_seen *s, size_t n) {
  int16_t code = BH_LEFT_OUT_NO;
  const bh_seen *shown = NULL, *why = NULL;
  bool counted = false;
  for (size_t i = 0; i < n; i++) {
    if (!s[i].match) continue;
    bool here = false;
    for (bh_day d = s[i].from; d < s[i].until; d++) {
      int16_t c = s[i].left_out ? s[i].left_out[d - s[i].from] : BH_LEFT_OUT_NO;
      here |= c == BH_LEFT_OUT_NO;
      if (c != BH_LEFT_OUT_NO) {
        code = c;
        why = &s[i];
      }
    }
    if (here || !counted) shown = &s[i];
    counted |= here;
  }
  if (!shown) return BH_OK;
  *out = (bh_fact_asset){.id = shown->row->id, .name = shown->row->name, .connector = shown->source->connector, .from = shown->row->from,
                         .to = shown->row->to, .attrs = shown->row->attrs, .left_out = {"", 0}};
  stay(out, q, shown);
  if (!counted && why) out->left_out = bh_left_out_words(q, why, code);
  return bh_store_word(q->f->store, &out->klass, shown->row->klass, q->err);
}

bh_status bh_facts_list(bh_fact_asset **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until,
                        int64_t pull, bh_error *err) {
  *out = NULL;
  *n = 0;
  bh_question q;
  bh_answer who;
  bh_seens all;
  bh_status status = bh_facts_read(f, true, err);
  if (status == BH_OK) status = bh_question_init(&q, f, a, sel, from, until, pull, BH_DAY_MAX - 1, err);
  if (status == BH_OK) status = bh_choose(&who, &q);
  if (status == BH_OK) status = bh_assets_see(&all, &q, &who);
  if (status != BH_OK || !all.count) return status;
  *out = BH_NEWN(a, bh_fact_asset, all.count);
  for (size_t i = 0; i < all.count && status == BH_OK;) {
    size_t j = i;
    while (j < all.count && all.items[j].source == all.items[i].source && bh_str_eq(all.items[j].row->id, all.items[i].row->id)) j++;
    bh_fact_asset *x = &(*out)[*n];
    status = entry(x, &q, &all.items[i], j - i);
    if (x->id.len) (*n)++;
    i = j;
  }
  return status;
}

/* Which documents an approval is about, and walking them. */
#include "batch/approval.h"
#include "batch/batch_hash.h"
#include <stdlib.h>

static bool contains(const bh_doc_spans *s, int64_t doc)
{
  for (size_t i = 0; i < s->count; i++)
    if (doc >= s->items[i].doc && doc - s->items[i].doc < s->items[i].count)
      return true;
  return false;
}

static void add(bh_doc_spans *s, int64_t doc)
{
  struct bh_doc_range *last = s->count ? &s->items[s->count - 1] : NULL;
  if (last != NULL && last->doc + last->count == doc) {
    last->count++;
    return;
  }
  if (s->count == s->cap) {
    size_t cap = s->cap ? s->cap * 2 : 16;
    struct bh_doc_range *more = realloc(s->items, cap * sizeof *more);
    bh_require(more != NULL);
    s->items = more;
    s->cap = cap;
  }
  s->items[s->count++] = (struct bh_doc_range){ doc, 1 };
}

void bh_approval_choose(bh_approval *ap, int64_t doc, bool named)
{
  bool known = named ? contains(&ap->chosen, doc) : contains(&ap->named, doc);
  if (named && !contains(&ap->named, doc))
    add(&ap->named, doc);
  if (!known)
    add(&ap->chosen, doc);
}

static bh_status on_batch_doc(void *ctx, int64_t doc, bh_error *err)
{
  bh_approval_choose(ctx, doc, false);
  return BH_OK;
}

bool bh_approval_excepted(const bh_approval *ap, bh_str client, bh_str id)
{
  for (size_t i = 0; i < ap->o->except_count; i++)
    if (bh_str_eqz(client, ap->o->except[i]) || bh_str_eqz(id, ap->o->except[i]))
      return true;
  return false;
}

bh_str bh_approval_stops(const bh_approval *ap, bh_arena *a, const bh_doc_row *row, bh_str client)
{
  bh_doc_row all = *row;
  bool force = ap->o->force_reason != NULL;
  if (force)
    all.hold = (bh_str){ "", 0 };
  if (!force || !contains(&ap->named, row->doc))
    bh_by_hand_lay(&ap->by_hand, a, &all, client);
  return all.hold;
}

/* What is to be left out must be there: a word that names nothing would freeze what it meant to spare. */
static bh_status check_except(bh_approval *ap)
{
  for (size_t i = 0; i < ap->o->except_count; i++) {
    bh_str word = bh_str_c(ap->o->except[i]);
    bh_client_row client;
    bh_doc_row row;
    bh_error none;
    bh_status st = bh_store_client_get(ap->b->store, &client, word, ap->err);
    if (st != BH_OK)
      return st;
    if (!client.exists && bh_doc_find(&row, NULL, &ap->a, ap->b->store, word, &none) != BH_OK)
      return bh_fail(ap->err, BH_E_USAGE, "--except %s: no invoice or client of that name: nothing is approved", ap->o->except[i]);
  }
  return BH_OK;
}

static bh_status choose_batch(bh_approval *ap, bh_day day, int32_t ordinal, const char *what)
{
  bh_batch_row row;
  bh_status st = bh_store_batch_find(ap->b->store, &row, &ap->a, day, ordinal, ap->err);
  if (st == BH_OK && row.num == 0)
    return bh_fail(ap->err, BH_E_USAGE, "no batch %s: `billhook review` shows the last one", what);
  if (st == BH_OK && ap->o->hash != NULL) {
    bh_sha now;
    char hex[65];
    st = bh_batch_hash(&now, ap->b->store, row.num, &ap->by_hand, ap->err);
    bh_hex(hex, now.b, sizeof now.b);
    size_t n = strlen(ap->o->hash);
    if (st == BH_OK && (n < 8 || n > 64 || strncmp(hex, ap->o->hash, n) != 0))
      return bh_fail(ap->err, BH_E_PERMANENT, "batch %s has changed since the review whose hash was given: nothing is approved; review it again", what);
  }
  bh_doc_filter f = { .batch = row.num, .state = BH_DOC_DRAFT, .from = BH_DAY_MIN, .to = BH_DAY_MAX, .by_client = true };
  return st == BH_OK ? bh_store_doc_nums_each(ap->b->store, &f, on_batch_doc, ap, ap->err) : st;
}

bh_status bh_approval_choose_all(bh_approval *ap)
{
  bh_store *s = ap->b->store;
  bh_status checked = check_except(ap);
  if (checked != BH_OK)
    return checked;
  for (size_t i = 0; i < ap->o->what_count; i++) {
    const char *what = ap->o->what[i];
    bh_day day;
    int32_t ordinal;
    bh_doc_row row;
    bh_status st;
    if (bh_batch_parse(&day, &ordinal, bh_str_c(what))) {
      st = choose_batch(ap, day, ordinal, what);
    } else if (ap->o->hash != NULL) {
      return bh_fail(ap->err, BH_E_USAGE, "--hash is a batch's, as `review` printed it: expected a batch such as 2026-12-01.1, not \"%s\"", what);
    } else {
      st = bh_doc_find(&row, NULL, &ap->a, s, bh_str_c(what), ap->err);
      if (st == BH_OK)
        bh_approval_choose(ap, row.doc, true);
    }
    if (st != BH_OK)
      return st;
  }
  return BH_OK;
}

bh_status bh_approval_each(bh_approval *ap, const bh_doc_spans *spans, bool with_text, bh_chosen_fn fn, bh_lot_fn done, void *ctx)
{
  bh_arena lot, one;
  bh_arena_init(&lot);
  bh_arena_init(&one);
  bh_status st = BH_OK;
  for (size_t i = 0; i < spans->count && st == BH_OK; i++) {
    int64_t at = spans->items[i].doc, end = at + spans->items[i].count;
    while (at < end && st == BH_OK) {
      bh_doc_whole *docs;
      size_t n;
      bh_arena_reset(&lot);
      st = bh_store_doc_span(ap->b->store, &docs, &n, &lot, at, end - 1, with_text, ap->err);
      if (st == BH_OK && n == 0)
        st = bh_fail(ap->err, BH_E_NOTFOUND, "there is no document %lld", (long long)at);
      for (size_t k = 0; k < n && st == BH_OK; k++, at++) {
        bh_arena_reset(&one);
        st = docs[k].row.doc == at ? fn(ap, &one, &docs[k], ctx) : bh_fail(ap->err, BH_E_NOTFOUND, "there is no document %lld", (long long)at);
      }
      if (st == BH_OK && done != NULL)
        st = done(ap, ctx);
    }
  }
  bh_arena_dispose(&one);
  bh_arena_dispose(&lot);
  return st;
}

/* Assets within days: which rows the selector asks for, and on which of their days they are left out. */
#include "facts/facts_impl.h"

enum { DAYS_MAX = 40000 };

static bh_seen *push(bh_seens *all, bh_arena *a) {
  if (all->count == all->cap) {
    all->cap = all->cap ? all->cap * 2 : 32;
    bh_seen *grown = BH_NEWN(a, bh_seen, all->cap);
    if (all->count) memcpy(grown, all->items, all->count * sizeof *grown);
    all->items = grown;
  }
  return &all->items[all->count++];
}

int16_t *bh_seen_mask(bh_seen *s, bh_arena *a) {
  if (!s->left_out) s->left_out = BH_NEWN(a, int16_t, (size_t)(s->until - s->from));
  return s->left_out;
}

static void leave_out(bh_seen *s, bh_arena *a, bh_day from, bh_day until, int16_t code) {
  if (from < s->from) from = s->from;
  if (until > s->until) until = s->until;
  if (from >= until) return;
  int16_t *mask = bh_seen_mask(s, a);
  for (bh_day d = from; d < until; d++)
    if (mask[d - s->from] == BH_LEFT_OUT_NO) mask[d - s->from] = code;
}

static void apply_excepts(bh_seen *s, const bh_question *q, const bh_subject *subject, const bh_except *e, size_t n, int16_t first) {
  for (size_t i = 0; i < n; i++) {
    bh_day until = e[i].ends >= BH_DAY_MAX ? BH_DAY_MAX : e[i].ends + 1;
    if (e[i].from >= s->until || until <= s->from || !bh_match_all(e[i].match, e[i].match_count, subject, q->a)) continue;
    leave_out(s, q->a, e[i].from, until, (int16_t)(first + (int16_t)i));
  }
}

/* What a child takes is not the parent's, on the child's days. */
static void apply_children(bh_seen *s, const bh_question *q, const bh_subject *subject) {
  size_t at = 0;
  for (const bh_child *c; (c = bh_family_taker(q, subject, &at, BH_DAY_MIN)) != NULL;)
    leave_out(s, q->a, c->from, c->until, (int16_t)(BH_LEFT_OUT_CHILD - (int16_t)(at - 1)));
}

/* Counted up to seen_within days after it was last seen. */
static void apply_quiet(bh_seen *s, const bh_question *q) {
  const bh_place_facts *f = &s->source->f;
  size_t low = 0, high = f->quiet_count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    const bh_quiet_row *r = &f->quiets[mid];
    int order = r->kind != s->row->kind ? (r->kind < s->row->kind ? -1 : 1) : bh_str_cmp(r->id, s->row->id);
    if (order < 0) low = mid + 1; else high = mid;
  }
  for (; low < f->quiet_count; low++) {
    const bh_quiet_row *r = &f->quiets[low];
    if (r->kind != s->row->kind || !bh_str_eq(r->id, s->row->id)) break;
    if (bh_known_at(r->since, r->until, q->pull)) leave_out(s, q->a, r->last + q->sel->seen_within + 1, r->back, BH_LEFT_OUT_QUIET);
  }
}

static bh_status see_row(bh_seens *out, const bh_question *q, const bh_answer *who, bh_source *source, const bh_asset_row *r) {
  const bh_selector *sel = q->sel;
  bh_subject subject;
  bh_status status = bh_asset_subject(&subject, q->f, r, q->err);
  if (status != BH_OK) return status;
  bh_day from = r->from > q->lo ? r->from : q->lo, until = r->to >= q->hi ? q->hi : r->to + 1;
  bool match = bh_match_all(sel->match, sel->match_count, &subject, q->a) && (!sel->family || bh_family_mine(q, source, &subject, from, until));
  if (!match && !who->identity) return BH_OK;
  bh_seen *s = push(out, q->a);
  *s = (bh_seen){.source = source, .row = r, .match = match, .from = from, .until = until};
  if (!match) return BH_OK;
  apply_excepts(s, q, &subject, sel->except, sel->except_count, 1);
  apply_excepts(s, q, &subject, q->f->client->except, q->f->client->except_count, (int16_t)(sel->except_count + 1));
  if (sel->family) apply_children(s, q, &subject);
  if (sel->seen_within > 0) apply_quiet(s, q);
  return BH_OK;
}

bh_status bh_assets_see(bh_seens *out, const bh_question *q, const bh_answer *who) {
  *out = (bh_seens){0};
  if (q->hi > q->lo && (int64_t)q->hi - q->lo > DAYS_MAX)
    return bh_fail(q->err, BH_E_INVALID, "assets are counted over at most %d days", DAYS_MAX);
  if (q->sel->except_count + q->f->client->except_count > INT16_MAX - 1)
    return bh_fail(q->err, BH_E_INVALID, "client \"%.*s\": too many exceptions", BH_STR_ARG(q->f->client->id));
  if (q->sel->family && q->sel->family->child_count > INT16_MAX - 4)
    return bh_fail(q->err, BH_E_INVALID, "client \"%.*s\": too many children", BH_STR_ARG(q->f->client->id));
  bh_status status = BH_OK;
  for (size_t k = 0; k < who->count && q->hi > q->lo; k++) {
    bh_source *source = who->sources[k];
    for (size_t i = 0; i < source->f.asset_count && status == BH_OK; i++) {
      const bh_asset_row *r = &source->f.assets[i];
      if (r->kind != q->word || r->from >= q->hi || r->to < q->lo || !bh_known_at(r->since, r->until, q->pull)) continue;
      status = see_row(out, q, who, source, r);
    }
  }
  return status == BH_OK && who->identity ? bh_identity_merge(out, q, who) : status;
}

bh_str bh_left_out_words(const bh_question *q, const bh_seen *s, int16_t code) {
  const bh_selector *sel = q->sel;
  if (code <= BH_LEFT_OUT_CHILD && sel->family) return bh_arena_fmt(q->a, "counted for client \"%.*s\"", BH_STR_ARG(sel->family->children[BH_LEFT_OUT_CHILD - code].client));
  if (code == BH_LEFT_OUT_QUIET) return bh_arena_fmt(q->a, "not seen for more than %d days", (int)sel->seen_within);
  if (code == BH_LEFT_OUT_SAME && s->same_as)
    return bh_arena_fmt(q->a, "the same as \"%.*s\" of %.*s", BH_STR_ARG(s->same_as->id), BH_STR_ARG(s->same_source->connector));
  size_t i = (size_t)(code > 0 ? code - 1 : 0);
  const bh_except *e = i < sel->except_count ? &sel->except[i] : &q->f->client->except[i - sel->except_count];
  return e->reason.len ? e->reason : BH_S("excepted");
}

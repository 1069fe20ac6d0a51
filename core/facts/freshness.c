/* When a connector last said all there is: from the spans of pulls that said so. */
#include "facts/facts_impl.h"

static const bh_scope_row *span(const bh_scope_row *rows, size_t n, int32_t kind, bh_scope_state state, int64_t pull) {
  for (size_t i = 0; i < n; i++)
    if (rows[i].kind == kind && rows[i].state == state && bh_known_at(rows[i].since, rows[i].until, pull)) return &rows[i];
  return NULL;
}

typedef enum said { SAID_NOTHING, SAID_COMPLETE, SAID_CHANGES } said;

/* What is said of the place itself goes before what is said of all, and of the kind before "every kind". */
static said said_at(const bh_source *s, int32_t word, int64_t pull) {
  const bh_place_facts *f = &s->f;
  if (span(f->scopes, f->scope_count, 0, BH_SPAN_FAILED, pull) || span(f->scopes, f->scope_count, 0, BH_SPAN_VANISHED, pull)) return SAID_NOTHING;
  for (int all = 0; all < 2; all++) {
    const bh_scope_row *rows = all ? s->c->scopes : f->scopes;
    size_t n = all ? s->c->scope_count : f->scope_count;
    for (int any = word ? 0 : 1; any < 2; any++) {
      if (span(rows, n, any ? 0 : word, BH_SPAN_COMPLETE, pull)) return SAID_COMPLETE;
      if (span(rows, n, any ? 0 : word, BH_SPAN_PARTIAL, pull)) return SAID_CHANGES;
    }
  }
  return SAID_NOTHING;
}

bool bh_fresh_last(bh_day *out, const bh_source *s, int32_t word, int64_t pull) {
  bool complete = false;
  *out = BH_DAY_MIN;
  for (size_t i = s->c->pull_count; i-- > 0;) {
    const bh_pull_row *p = &s->c->pulls[i];
    if (p->num > pull || !p->ok) continue;
    if (p->num < s->place.first_pull) break;
    said what = said_at(s, word, p->num);
    if (what == SAID_NOTHING) continue;
    if (p->day > *out) *out = p->day;
    /* Changes bring up to date only what was complete once. */
    complete |= what == SAID_COMPLETE;
    if (complete && s->c->in_order) break;
  }
  return complete;
}

bool bh_fresh_first(bh_day *out, const bh_source *s, int32_t word, int64_t pull) {
  *out = BH_DAY_MAX;
  for (size_t i = 0; i < s->c->pull_count; i++) {
    const bh_pull_row *p = &s->c->pulls[i];
    if (p->num > pull) break;
    if (!p->ok || p->num < s->place.first_pull || said_at(s, word, p->num) != SAID_COMPLETE) continue;
    if (p->day < *out) *out = p->day;
    if (s->c->in_order) break;
  }
  return *out < BH_DAY_MAX;
}

bool bh_fresh_exact(const bh_source *s, int32_t word, int64_t pull) {
  const bh_pull_row *p = bh_pull_latest(s, pull, true);
  return p && word && (span(s->f.scopes, s->f.scope_count, word, BH_SPAN_COMPLETE, p->num) ||
                       span(s->c->scopes, s->c->scope_count, word, BH_SPAN_COMPLETE, p->num));
}

const bh_pull_row *bh_pull_latest(const bh_source *s, int64_t pull, bool ok_only) {
  for (size_t i = s->c->pull_count; i-- > 0;)
    if (s->c->pulls[i].num <= pull && (s->c->pulls[i].ok || !ok_only)) return &s->c->pulls[i];
  return NULL;
}

const bh_scope_row *bh_scope_in_force(const bh_source *s, bh_scope_state state, int64_t pull) {
  const bh_pull_row *p = bh_pull_latest(s, pull, true);
  return p ? span(s->f.scopes, s->f.scope_count, 0, state, p->num) : NULL;
}

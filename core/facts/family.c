/* Whose an asset or a usage record is, where a parent and its children share what the parent's ids name. */
#include "facts/facts_impl.h"

bool bh_source_serves(const bh_question *q, const bh_source *s) {
  if (!s->of_parent) return true;
  const bh_family *f = q->sel->family;
  return f && !f->of_parent && f->child_count > 0 && q->sel->kind != BH_SEL_GAUGE; /* a gauge has nothing that could be matched */
}

static bool taken(const bh_question *q, const bh_child *c, const bh_subject *subject) { return bh_match_all(c->match, c->match_count, subject, q->a); }

bool bh_family_mine(const bh_question *q, const bh_source *s, const bh_subject *subject, bh_day from, bh_day until) {
  const bh_family *f = q->sel->family;
  if (!s->of_parent) return true;
  bool mine = false;
  for (size_t i = 0; f && i < f->child_count && !mine; i++) mine = taken(q, &f->children[i], subject);
  for (size_t i = 0; mine && f->sibling_count > 1 && q->clash && !q->clash->len && i < f->sibling_count; i++) {
    const bh_child *c = &f->siblings[i];
    if (bh_str_eq(c->client, q->f->client->id) || c->from >= until || c->until <= from || !taken(q, c, subject)) continue;
    *q->clash = bh_arena_fmt(q->a, "client \"%.*s\": %.*s: \"%.*s\" (%.*s) is matched by this client and by \"%.*s\". A `match` that leaves it to one of them lifts this",
                             BH_STR_ARG(q->f->client->id), BH_STR_ARG(bh_selector_words(q->a, q->sel)), BH_STR_ARG(subject->name), BH_STR_ARG(subject->id),
                             BH_STR_ARG(c->client));
  }
  return mine;
}

const bh_child *bh_family_taker(const bh_question *q, const bh_subject *subject, size_t *at, bh_day day) {
  const bh_family *f = q->sel->family;
  if (!f || !f->of_parent) return NULL;
  for (size_t i = *at; i < f->child_count; i++) {
    const bh_child *c = &f->children[i];
    if (day != BH_DAY_MIN && (day < c->from || day >= c->until)) continue;
    if (!taken(q, c, subject)) continue;
    *at = i + 1;
    return c;
  }
  return NULL;
}

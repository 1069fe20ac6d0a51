/* Gauge levels as known at a pull. */
#include "facts/facts_impl.h"

bh_levels bh_levels_of(const bh_question *q, const bh_source *s) {
  bh_levels l = {BH_NEWN(q->a, const bh_gauge_row *, s->f.gauge_count + 1), 0};
  for (size_t i = 0; i < s->f.gauge_count && q->word; i++) {
    const bh_gauge_row *r = &s->f.gauges[i];
    if (r->metric == q->word && r->from <= q->as_of && bh_known_at(r->since, r->until, q->pull)) l.items[l.count++] = r;
  }
  return l;
}

bh_status bh_facts_levels(bh_fact_level **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until,
                          int64_t pull, bh_error *err) {
  *out = NULL;
  *n = 0;
  bh_question q;
  bh_answer who;
  bh_status status = bh_question_init(&q, f, a, sel, from, until, pull, BH_DAY_MAX - 1, err);
  if (status == BH_OK) status = bh_choose(&who, &q);
  if (status != BH_OK || who.count == 0) return status;
  bh_levels l = bh_levels_of(&q, who.sources[0]);
  *out = BH_NEWN(a, bh_fact_level, l.count + 1);
  for (size_t i = 0; i < l.count; i++) {
    const bh_gauge_row *r = l.items[i];
    bh_day end = i + 1 < l.count ? l.items[i + 1]->from : until;
    bh_fact_level x = {.from = r->from > from ? r->from : from, .until = end < until ? end : until, .observed = r->seen, .connector = who.sources[0]->connector};
    if (x.from >= x.until) continue;
    if (!bh_ratio_of_dec(&x.value, r->value)) return bh_fail(err, BH_E_OVERFLOW, "gauge \"%.*s\" is out of range", BH_STR_ARG(sel->metric));
    (*out)[(*n)++] = x;
  }
  return BH_OK;
}

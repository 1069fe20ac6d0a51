/* Usage: sums of records, and the records. */
#include "facts/facts_impl.h"

/* Asked for by the selector, exceptions of the selector's own apart. */
static bool wanted(const bh_question *q, const bh_source *s, const bh_usage_row *r) {
  const bh_selector *sel = q->sel;
  if (r->metric != q->word || r->day < q->lo || r->day >= q->hi) return false;
  if (!sel->match_count && !sel->except_count && !sel->family) return true;
  bh_subject subject = {.klass = {"", 0}, .id = r->id, .name = r->description, .attrs = r->attrs};
  if (!bh_match_all(sel->match, sel->match_count, &subject, q->a)) return false;
  size_t at = 0;
  if (sel->family && (!bh_family_mine(q, s, &subject, r->day, r->day + 1) || bh_family_taker(q, &subject, &at, r->day))) return false;
  for (size_t i = 0; i < sel->except_count; i++) {
    const bh_except *e = &sel->except[i];
    if (r->day >= e->from && r->day <= e->ends && bh_match_all(e->match, e->match_count, &subject, q->a)) return false;
  }
  return true;
}

static bh_status add(bh_ratio *sum, const bh_question *q, const bh_usage_row *r) {
  bh_ratio x;
  if (bh_ratio_of_dec(&x, r->quantity) && bh_ratio_add(sum, *sum, x)) return BH_OK;
  return bh_fail(q->err, BH_E_OVERFLOW, "client \"%.*s\": the sum of usage \"%.*s\" is out of range", BH_STR_ARG(q->f->client->id), BH_STR_ARG(q->sel->metric));
}

bh_status bh_usage_sum(bh_ratio *out, const bh_question *q, const bh_answer *who) {
  *out = bh_ratio_int(0);
  bh_status status = BH_OK;
  for (size_t k = 0; k < who->count && q->word; k++)
    for (size_t i = 0; i < who->sources[k]->f.usage_count && status == BH_OK; i++) {
      const bh_usage_row *r = &who->sources[k]->f.usages[i];
      if (bh_known_at(r->since, r->until, q->pull) && wanted(q, who->sources[k], r)) status = add(out, q, r);
    }
  return status;
}

/* What was known then keeps its quantity; what came after joins in with its latest. */
static bool stands(const bh_usage_row *r, int64_t pull, bool restate) {
  bool latest = restate || r->first > pull;
  return latest ? r->until == BH_PULL_OPEN : bh_known_at(r->since, r->until, pull);
}

bh_status bh_facts_usage(bh_ratio *out, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until, int64_t pull,
                         bool restate, bh_day as_of, bh_error *err) {
  *out = bh_ratio_int(0);
  bh_question q;
  bh_answer who;
  bh_status status = bh_question_init(&q, f, a, sel, from, until, BH_PULL_NOW, as_of, err);
  if (status == BH_OK) status = bh_choose(&who, &q);
  for (size_t k = 0; status == BH_OK && k < who.count && q.word; k++)
    for (size_t i = 0; i < who.sources[k]->f.usage_count && status == BH_OK; i++) {
      const bh_usage_row *r = &who.sources[k]->f.usages[i];
      if (stands(r, pull, restate) && wanted(&q, who.sources[k], r)) status = add(out, &q, r);
    }
  return status;
}

bh_status bh_facts_usage_days(bh_count_run **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until,
                              int64_t pull, bool restate, bh_day as_of, bh_error *err) {
  *out = NULL;
  *n = 0;
  bh_question q;
  bh_answer who;
  bh_status status = bh_question_init(&q, f, a, sel, from, until, BH_PULL_NOW, as_of, err);
  if (status == BH_OK) status = bh_choose(&who, &q);
  if (status != BH_OK || until <= from) return status;
  bh_ratio *sums = BH_NEWN(a, bh_ratio, (size_t)(until - from));
  bool *any = BH_NEWN(a, bool, (size_t)(until - from));
  for (size_t k = 0; k < who.count && q.word; k++)
    for (size_t i = 0; i < who.sources[k]->f.usage_count && status == BH_OK; i++) {
      const bh_usage_row *r = &who.sources[k]->f.usages[i];
      if (!stands(r, pull, restate) || !wanted(&q, who.sources[k], r) || r->day < from || r->day >= until) continue;
      size_t at = (size_t)(r->day - from);
      if (!any[at]) sums[at] = bh_ratio_int(0);
      any[at] = true;
      status = add(&sums[at], &q, r);
    }
  *out = BH_NEWN(a, bh_count_run, (size_t)(until - from));
  for (bh_day d = from; d < until; d++)
    if (any[d - from]) (*out)[(*n)++] = (bh_count_run){d, d + 1, sums[d - from]};
  return status;
}

bh_status bh_facts_usage_list(bh_fact_usage **out, size_t *n, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until,
                              int64_t pull, bh_error *err) {
  *out = NULL;
  *n = 0;
  bh_question q;
  bh_answer who;
  bh_status status = bh_question_init(&q, f, a, sel, from, until, pull, BH_DAY_MAX - 1, err);
  if (status == BH_OK) status = bh_choose(&who, &q);
  size_t max = 0;
  for (size_t k = 0; status == BH_OK && k < who.count; k++) max += who.sources[k]->f.usage_count;
  if (status != BH_OK || !max || !q.word) return status;
  *out = BH_NEWN(a, bh_fact_usage, max);
  for (size_t k = 0; k < who.count; k++)
    for (size_t i = 0; i < who.sources[k]->f.usage_count; i++) {
      const bh_usage_row *r = &who.sources[k]->f.usages[i];
      if (!bh_known_at(r->since, r->until, pull) || !wanted(&q, who.sources[k], r)) continue;
      bh_fact_usage x = {.id = r->id, .connector = who.sources[k]->connector, .description = r->description, .day = r->day, .attrs = r->attrs};
      if (!bh_ratio_of_dec(&x.quantity, r->quantity)) return bh_fail(err, BH_E_OVERFLOW, "usage \"%.*s\" is out of range", BH_STR_ARG(r->id));
      (*out)[(*n)++] = x;
    }
  return BH_OK;
}

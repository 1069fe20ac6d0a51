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
      /* What was known then keeps its quantity; what came after joins in with its latest. */
      bool latest = restate || r->first > pull;
      if (latest ? r->until != BH_PULL_OPEN : !bh_known_at(r->since, r->until, pull)) continue;
      if (wanted(&q, who.sources[k], r)) status = add(out, &q, r);
    }
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

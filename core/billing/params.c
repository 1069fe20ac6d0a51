/* A model's parameters on one day: dated values picked, uplift applied (BILLING 1 and 6.1). */
#include "billing/rating.h"

enum { RECORD_DEPTH_MAX = 8 };

typedef struct binding {
  bh_arena *arena; bh_day day;
  const bh_uplift *uplift; /* NULL where no step is in force */
  int decimals; bh_rounding mode;
} binding;

/* Floors and commitments are money that uplift leaves alone; every other money parameter is a price. */
static bool is_price(bh_str key) { return !bh_str_eqz(key, "minimum") && !bh_str_eqz(key, "amount"); }

static bh_status bind_all(bh_bound **out, const binding *b, const bh_param *params, size_t n, int depth, bh_error *err);

static bh_status bind_records(bh_bound *out, const binding *b, const bh_param *p, int depth, bh_error *err) {
  if (depth >= RECORD_DEPTH_MAX) return bh_fail(err, BH_E_INVALID, "records stand more than %d deep", RECORD_DEPTH_MAX);
  out->set = p->record_count > 0;
  out->records = BH_NEWN(b->arena, bh_bound_record, p->record_count);
  out->record_count = p->record_count;
  for (size_t i = 0; i < p->record_count; i++) {
    const bh_param_record *r = &p->records[i];
    out->records[i].count = r->count;
    bh_status s = bind_all(&out->records[i].items, b, r->params, r->count, depth + 1, err);
    if (s != BH_OK) return bh_fail_prefix(err, "%.*s[%zu]", BH_STR_ARG(p->key), i + 1), s;
  }
  return BH_OK;
}

static bh_status bind_one(bh_bound *out, const binding *b, const bh_param *p, int depth, bh_error *err) {
  *out = (bh_bound){.key = p->key, .type = p->type};
  switch (p->type) {
    case BH_PARAM_TEXT:
    case BH_PARAM_CHOICE:
      out->text = p->text;
      out->set = p->text.ptr != NULL;
      return BH_OK;
    case BH_PARAM_RECORDS: return bind_records(out, b, p, depth, err);
    default: break;
  }
  const bh_dec *v = bh_dated_on(&p->number, b->day);
  if (v == NULL) return BH_OK;
  out->set = true;
  out->number = *v;
  if (p->type != BH_PARAM_MONEY || b->uplift == NULL || !is_price(p->key)) return BH_OK;
  bh_status s = bh_uplift_apply(&out->number, b->uplift, b->day, b->decimals, b->mode, err);
  return s == BH_OK ? BH_OK : (bh_fail_prefix(err, "%.*s", BH_STR_ARG(p->key)), s);
}

static bh_status bind_all(bh_bound **out, const binding *b, const bh_param *params, size_t n, int depth, bh_error *err) {
  *out = BH_NEWN(b->arena, bh_bound, n);
  for (size_t i = 0; i < n; i++) {
    bh_status s = bind_one(&(*out)[i], b, &params[i], depth, err);
    if (s != BH_OK) return s;
  }
  return BH_OK;
}

bh_status bh_params_bind(bh_bound **out, size_t *out_count, bh_arena *a, const bh_param *params, size_t n, bh_day day,
                         const bh_uplift *uplift, int currency_decimals, bh_rounding mode, bh_error *err) {
  bool steps = uplift != NULL && bh_uplift_steps(uplift, day) > 0;
  binding b = {.arena = a, .day = day, .uplift = steps ? uplift : NULL, .decimals = currency_decimals, .mode = mode};
  *out_count = n;
  return bind_all(out, &b, params, n, 0, err);
}

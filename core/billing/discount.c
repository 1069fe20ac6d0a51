/* Discounts (BILLING 6.5): line, then rule, then contract, then client; percent before fixed, each of what the last left. */
#include "billing/discount_left.h"
#include "billing/percent.h"

bh_status bh_billing_overflow(const bh_billing *b, bh_str line, const char *what, bh_error *err) {
  if (line.len == 0)
    return bh_fail(err, BH_E_OVERFLOW, "contract \"%.*s\": %s does not fit a number", BH_STR_ARG(b->contract), what);
  return bh_fail(err, BH_E_OVERFLOW, "contract \"%.*s\": line \"%.*s\": %s does not fit a number", BH_STR_ARG(b->contract),
                 BH_STR_ARG(line), what);
}

bh_status bh_left_base(bh_left *x, int64_t *out) {
  int64_t sum = 0;
  for (size_t i = 0; i < x->pool_count; i++)
    if (!bh_money_add(&sum, x->left[x->pool[i]])) return bh_billing_overflow(x->b, x->line, x->line.len > 0 ? "the sum of its parts" : "the sum of its lines", x->err);
  *out = sum > 0 ? sum : 0;
  return BH_OK;
}

/* Lines below zero make the base smaller and carry no share of a discount. */
void bh_left_take(bh_left *x, bh_owed_discount *d, int64_t wanted, int64_t base) {
  d->shares = BH_NEWN(x->arena, int64_t, x->r->line_count + 1);
  d->amount = 0;
  if (d->base == 0) d->base = base; /* a rule's own: of gross lines, before any discount */
  if (wanted > base) wanted = base;
  if (wanted <= 0) return;
  for (size_t i = 0; i < x->pool_count; i++) {
    int64_t left = x->left[x->pool[i]];
    x->weights[i] = left > 0 ? left : 0;
  }
  (void)bh_money_split(x->split, wanted, x->weights, x->pool_count); /* a base above zero has lines: it can be split */
  for (size_t i = 0; i < x->pool_count; i++) {
    d->shares[x->pool[i]] = -x->split[i];
    x->left[x->pool[i]] -= x->split[i];
  }
  d->amount = -wanted;
}

static bh_status percent_of(bh_left *x, int64_t *out, int64_t base, bh_dec percent) {
  if (bh_money_scale(out, base, percent.coef, bh_percent_den(percent), x->b->rounding)) return BH_OK;
  return bh_billing_overflow(x->b, x->line, "a discount", x->err);
}

static void pool_line(bh_left *x, const bh_discount *d, uint32_t line) {
  x->line = x->b->lines[line].key;
  x->pool_count = 0;
  for (uint32_t k = x->first[line]; k < x->first[line + 1]; k++)
    if (d == NULL || bh_of_takes(&d->of, &x->r->lines[x->parts[k]], x->b->contract)) x->pool[x->pool_count++] = x->parts[k];
}

static void pool_all(bh_left *x, const bh_discount *d, bh_str line_key) {
  x->line = line_key;
  x->pool_count = 0;
  for (uint32_t k = 0; k < x->r->line_count; k++) {
    const bh_owed_line *l = &x->r->lines[k];
    if (l->removed || (d != NULL && !bh_of_takes(&d->of, l, x->b->contract)) || (line_key.len > 0 && !bh_str_eq(line_key, l->key))) continue;
    x->pool[x->pool_count++] = k;
  }
}

static bh_str described(bh_arena *a, const bh_discount *d) {
  if (d->reason.len > 0) return d->reason;
  if (!d->is_percent) return BH_S("Discount");
  char text[32];
  bh_dec_format_trim(text, d->value);
  return bh_arena_fmt(a, "%s %% discount", text);
}

/* One discount on the pool. `proto` says where it stands; its key and amount are made here. */
static bh_status one(bh_left *x, const bh_discount *d, bh_owed_discount proto, const char *level, size_t n) {
  if (d->value.coef < 0)
    return bh_fail(x->err, BH_E_INVALID, "contract \"%.*s\": a discount below zero", BH_STR_ARG(x->b->contract));
  int64_t base = 0, wanted;
  bh_status s = bh_left_base(x, &base);
  if (s != BH_OK || base == 0) return s;
  if (d->is_percent) s = percent_of(x, &wanted, base, d->value);
  else if (!bh_money_of_dec(&wanted, d->value, x->b->decimals, x->b->rounding))
    s = bh_billing_overflow(x->b, x->line, "a discount", x->err);
  if (s != BH_OK || wanted == 0) return s;
  if (d->ordinal > 0) n = d->ordinal;
  proto.key = proto.on_line ? bh_arena_fmt(x->arena, "discount:line:%.*s:%zu", BH_STR_ARG(proto.line_key), n)
                            : bh_arena_fmt(x->arena, "discount:%s:%zu", level, n);
  proto.description = described(x->arena, d);
  proto.is_percent = d->is_percent;
  if (d->is_percent) proto.percent = d->value;
  bh_left_take(x, &proto, wanted, base);
  bh_rated_add_discount(x->r, x->arena, &proto);
  return BH_OK;
}

static bh_status line_level(bh_left *x, uint32_t i) {
  const bh_rate_line *l = &x->b->lines[i];
  bh_status s = BH_OK;
  if (l->has_max_amount) {
    pool_line(x, NULL, i);
    s = bh_bounds_excess(x, i);
  }
  bh_owed_discount proto = {.on_line = true, .line_key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until};
  for (int fixed = 0; fixed <= 1; fixed++) {
    for (size_t n = 0; s == BH_OK && n < l->discount_count; n++) {
      if (l->discounts[n].is_percent == (fixed == 1)) continue;
      pool_line(x, &l->discounts[n], i);
      s = one(x, &l->discounts[n], proto, "line", n + 1);
    }
  }
  return s;
}

static bh_status document_level(bh_left *x, const bh_discount *list, size_t count, bool of_client) {
  bh_owed_discount proto = {.of_client = of_client, .whole_from = x->b->period_from, .whole_until = x->b->period_until};
  bh_status s = BH_OK;
  for (int fixed = 0; fixed <= 1; fixed++) {
    for (size_t n = 0; s == BH_OK && n < count; n++) {
      if (list[n].is_percent == (fixed == 1)) continue;
      pool_all(x, &list[n], (bh_str){0});
      s = one(x, &list[n], proto, of_client ? "client" : "contract", n + 1);
    }
  }
  return s;
}

/* A discount that a rule gave: its amount stands, cut to what is left. One given as a percent without an amount is
 * worked out here, of what the line discounts left. */
static bh_status of_rule(bh_left *x, size_t n) {
  bh_owed_discount *d = &x->r->discounts[n];
  if (d->amount > 0 || d->amount == INT64_MIN || (d->is_percent && d->percent.coef < 0))
    return bh_fail(x->err, BH_E_INVALID, "contract \"%.*s\": \"%.*s\" would raise what is owed", BH_STR_ARG(x->b->contract),
                   BH_STR_ARG(d->key));
  int64_t base = 0, wanted = -d->amount;
  pool_all(x, NULL, d->on_line ? d->line_key : (bh_str){0});
  if (d->shares != NULL && d->amount != 0) { /* the rule aimed it: the lines that it named are the ones it lowers */
    size_t kept = 0;
    for (size_t i = 0; i < x->pool_count; i++)
      if (d->shares[x->pool[i]] != 0) x->pool[kept++] = x->pool[i];
    x->pool_count = kept;
  }
  bh_status s = bh_left_base(x, &base);
  if (s == BH_OK && d->is_percent && d->amount == 0) s = percent_of(x, &wanted, base, d->percent);
  if (s == BH_OK) bh_left_take(x, d, wanted, base);
  return s;
}

static bh_status left_init(bh_left *x) {
  size_t n = x->r->line_count, lines = x->b->line_count;
  if (n >= UINT32_MAX) return bh_billing_overflow(x->b, (bh_str){0}, "the number of its lines", x->err);
  int64_t *numbers = BH_NEWN(x->arena, int64_t, n * 3 + 1);
  uint32_t *indexes = BH_NEWN(x->arena, uint32_t, n * 2 + lines + 2);
  x->left = numbers, x->weights = numbers + n, x->split = numbers + 2 * n;
  x->pool = indexes, x->parts = indexes + n, x->first = indexes + 2 * n;
  for (size_t k = 0; k < n; k++) {
    const bh_owed_line *l = &x->r->lines[k];
    if (l->line_index >= lines && l->line_index != UINT32_MAX)
      return bh_fail(x->err, BH_E_INVALID, "contract \"%.*s\": line \"%.*s\": there is no line %u", BH_STR_ARG(x->b->contract),
                     BH_STR_ARG(l->key), (unsigned)l->line_index);
    if (l->removed) continue;
    x->left[k] = l->amount;
    if (l->line_index < lines) x->first[l->line_index + 1]++;
  }
  /* a counting sort: sums of what comes before, then each part into its place, which moves first[i] to first[i + 1] */
  for (size_t i = 1; i <= lines; i++) x->first[i] += x->first[i - 1];
  for (uint32_t k = 0; k < n; k++) {
    const bh_owed_line *l = &x->r->lines[k];
    if (!l->removed && l->line_index < lines) x->parts[x->first[l->line_index]++] = k;
  }
  for (size_t i = lines; i > 0; i--) x->first[i] = x->first[i - 1];
  x->first[0] = 0;
  return BH_OK;
}

static bool nothing_to_do(const bh_rated *r, const bh_billing *b) {
  if (r->discount_count > 0 || b->discount_count > 0 || b->client_discount_count > 0) return false;
  for (size_t i = 0; i < b->line_count; i++)
    if (b->lines[i].discount_count > 0 || b->lines[i].has_min_amount || b->lines[i].has_max_amount) return false;
  return true;
}

bh_status bh_discounts_apply(bh_rated *r, const bh_billing *b, bh_arena *a, bh_error *err) {
  if (nothing_to_do(r, b)) return BH_OK;
  size_t given = r->discount_count;
  bh_status s = bh_bounds_shortfalls(r, b, NULL, a, err);
  bh_left x = {.r = r, .b = b, .arena = a, .err = err};
  if (s == BH_OK) s = left_init(&x);
  for (uint32_t i = 0; s == BH_OK && i < b->line_count; i++)
    if (b->lines[i].has_max_amount || b->lines[i].discount_count > 0) s = line_level(&x, i);
  for (size_t n = 0; s == BH_OK && n < given; n++) s = of_rule(&x, n);
  if (s == BH_OK) s = document_level(&x, b->discounts, b->discount_count, false);
  if (s == BH_OK) s = document_level(&x, b->client_discounts, b->client_discount_count, true);
  return s;
}

/* Properties of core/billing that hold for every case, over random ones: parts come to the whole, order does not matter where it must not, credits
 * mirror charges. The seed is fixed; BILLHOOK_CASES asks for more of them. */
#include "billing_test.h"
#include <stdlib.h>

enum { CASES = 20000, ITEMS_MAX = 12 };
static uint64_t seed;
static bh_arena arena;

static int setup(void **state) {
  seed = 20261201;
  bh_arena_init(&arena);
  return 0;
}
static int teardown(void **state) { return bh_arena_dispose(&arena), 0; }

/* xorshift64*; Vigna, "An experimental exploration of Marsaglia's xorshift generators". */
static uint64_t draw(void) {
  seed ^= seed >> 12, seed ^= seed << 25, seed ^= seed >> 27;
  return seed * 2685821657736338717ull;
}
static int64_t within(int64_t low, int64_t high) { return low + (int64_t)(draw() % (uint64_t)(high - low + 1)); }
static bool once_in(int n) { return within(1, n) == 1; }
static int64_t cases(void) {
  const char *more = getenv("BILLHOOK_CASES");
  return more != NULL ? strtoll(more, NULL, 10) : CASES;
}
static bh_dec price(void) { return (bh_dec){within(-1000000, 1000000) * (once_in(3) ? 5 : 1), (int32_t)within(0, 6), 0}; }
static bh_ratio add(bh_ratio a, bh_ratio b) {
  bh_ratio sum = {0, 1};
  assert_true(bh_ratio_add(&sum, a, b));
  return sum;
}
static int64_t distance(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

/* ---- a period in two ---- */

static bh_schedule a_schedule(void) {
  bh_schedule s;
  static const int32_t every[] = {1, 1, 2, 3, 4, 6, 12};
  bh_bill b = {.every = every[within(0, 6)], .unit = (bh_unit)within(BH_UNIT_MONTH, BH_UNIT_YEAR), .on = (int32_t)within(1, 31)};
  if (b.unit != BH_UNIT_MONTH) b.every = 1;
  if (once_in(2)) b.align = BH_ALIGN_ANNIVERSARY;
  assert_int_equal(bh_schedule_init(&s, &b, (bh_day)within(18000, 23000), NULL), BH_OK);
  return s;
}

/* Any split of any days in force, by each way: exactly the same before rounding, and within a minor unit a piece after it. */
static void a_period_in_two(void **state) {
  for (int64_t n = cases(); n > 0; n--) {
    bh_schedule s = a_schedule();
    bh_sched_period p = bh_schedule_period(&s, within(-20, 60));
    bh_prorate how = (bh_prorate)within(BH_PRORATE_DAILY, BH_PRORATE_FULL);
    bh_day from = once_in(2) ? p.from : (bh_day)within(p.from, p.until - 1), until = once_in(2) ? p.until : (bh_day)within(from + 1, p.until);
    bh_day cut = (bh_day)within(from, until);
    bh_ratio whole, left = {0, 1}, right = {0, 1};
    assert_int_equal(bh_prorate_fraction(&whole, how, &s.bill, p.from, p.until, from, until, NULL), BH_OK);
    assert_int_equal(bh_prorate_part(&left, how, &s.bill, p.from, p.until, from, from, cut, NULL), BH_OK);
    assert_int_equal(bh_prorate_part(&right, how, &s.bill, p.from, p.until, from, cut, until, NULL), BH_OK);
    assert_int_equal(bh_ratio_cmp(add(left, right), whole), 0);
    assert_true(left.num >= 0 && right.num >= 0 && bh_ratio_cmp(whole, bh_ratio_int(1)) <= 0);
    if (how == BH_PRORATE_DAILY) { /* by days a piece alone is what it is beside the other */
      bh_ratio alone;
      assert_int_equal(bh_prorate_fraction(&alone, how, &s.bill, p.from, p.until, cut, until, NULL), BH_OK);
      assert_int_equal(bh_ratio_cmp(alone, right), 0);
    }
    bh_dec unit = price();
    bh_ratio q = ratio(within(0, 5000), within(1, 31));
    int64_t all = 0, a = 0, b = 0;
    int decimals = (int)within(0, 3);
    bh_rounding mode = (bh_rounding)within(0, 1);
    assert_true(bh_money_amount(&all, unit, q, whole, decimals, mode) && bh_money_amount(&a, unit, q, left, decimals, mode) &&
                bh_money_amount(&b, unit, q, right, decimals, mode));
    assert_true(distance(a + b, all) <= 1);
  }
}

/* Periods follow each other without a gap, and each day is in the one that says so. */
static void periods_tile_the_calendar(void **state) {
  for (int64_t n = cases(); n > 0; n--) {
    bh_schedule s = a_schedule();
    bh_day day = (bh_day)within(15000, 26000);
    bh_sched_period p = bh_schedule_period_at(&s, day), next = bh_schedule_period(&s, p.k + 1);
    assert_true(p.from <= day && day < p.until && p.until == next.from);
    assert_int_equal(bh_schedule_period_at(&s, p.until).k, p.k + 1);
    assert_int_equal(bh_schedule_period_at(&s, p.until - 1).k, p.k);
  }
}

/* ---- credits ---- */

static void credits_mirror_charges(void **state) {
  for (int64_t n = cases(); n > 0; n--) {
    bh_dec p = price(), m = {-p.coef, p.scale, 0};
    bh_ratio q = ratio(within(0, 5000), within(1, 31)), f = ratio(within(0, 31), 31);
    int64_t charge = 0, credit = 0, weights[ITEMS_MAX], up[ITEMS_MAX], down[ITEMS_MAX];
    int decimals = (int)within(0, 3);
    bh_rounding mode = (bh_rounding)within(0, 1);
    assert_true(bh_money_amount(&charge, p, q, f, decimals, mode) && bh_money_amount(&credit, m, q, f, decimals, mode));
    assert_int_equal(charge, -credit);
    size_t count = (size_t)within(1, ITEMS_MAX);
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) weights[i] = once_in(4) ? 0 : within(0, 100000);
    assert_true(bh_money_split(up, charge, weights, count) && bh_money_split(down, credit, weights, count));
    for (size_t i = 0; i < count; i++) {
      assert_int_equal(up[i], -down[i]);
      sum += up[i];
    }
    assert_int_equal(sum, charge);
  }
}

/* ---- discounts ---- */

typedef struct given { bh_rated r; bh_billing b; int64_t off, left[ITEMS_MAX]; } given;

static void give(given *g, const int64_t *amounts, const size_t *order, size_t n, bh_discount *discounts, size_t count, bh_rounding mode) {
  *g = (given){.b = {.contract = BH_S("k"), .decimals = 2, .rounding = mode, .discounts = discounts, .discount_count = count}};
  for (size_t i = 0; i < n; i++) {
    bh_owed_line l = {.line_index = UINT32_MAX, .kind = BH_OWED_RULE, .amount = amounts[order[i]], .quantity = {1, 1}, .fraction = {1, 1}};
    bh_rated_add_line(&g->r, &arena, &l);
    g->left[order[i]] = l.amount;
  }
  assert_int_equal(bh_discounts_apply(&g->r, &g->b, &arena, NULL), BH_OK);
  for (size_t d = 0; d < g->r.discount_count; d++) {
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
      assert_true(g->r.discounts[d].shares[i] <= 0);
      sum += g->r.discounts[d].shares[i];
      g->left[order[i]] += g->r.discounts[d].shares[i];
    }
    assert_int_equal(sum, g->r.discounts[d].amount); /* parts come to the whole */
    g->off += sum;
  }
  for (size_t i = 0; i < n; i++) assert_true(g->left[i] >= 0 || amounts[i] < 0); /* owed never below zero */
}

static void permute(size_t *order, size_t n) {
  for (size_t i = n; i > 1; i--) {
    size_t k = (size_t)within(0, (int64_t)i - 1), t = order[i - 1];
    order[i - 1] = order[k], order[k] = t;
  }
}

static void the_order_of_lines_and_discounts_does_not_matter(void **state) {
  for (int64_t n = cases() / 4; n > 0; n--) {
    bh_arena_reset(&arena);
    size_t lines = (size_t)within(1, ITEMS_MAX), count = (size_t)within(1, 3), order[ITEMS_MAX], swapped[3] = {0, 1, 2};
    int64_t amounts[ITEMS_MAX];
    bh_discount d[3], e[3];
    bool percent = once_in(2), exact = !percent;
    for (size_t i = 0; i < lines; i++) order[i] = i, amounts[i] = once_in(8) ? -within(0, 5000) : within(0, 100000);
    for (size_t i = 0; i < count; i++)
      d[i] = (bh_discount){.is_percent = percent, .ends = BH_DAY_MAX, .value = percent ? (bh_dec){within(0, 10000), 2, 0} : (bh_dec){within(0, 50000), 2, 0}};
    bh_rounding mode = (bh_rounding)within(0, 1);
    given as_written, lines_moved, discounts_moved;
    give(&as_written, amounts, order, lines, d, count, mode);
    permute(order, lines);
    give(&lines_moved, amounts, order, lines, d, count, mode);
    assert_int_equal(lines_moved.off, as_written.off); /* only who bears an odd cent may change */
    for (size_t i = 0; i < lines; i++) assert_true(distance(lines_moved.left[i], as_written.left[i]) <= (int64_t)(2 * count));
    permute(swapped, count);
    for (size_t i = 0; i < count; i++) e[i] = d[swapped[i]];
    give(&discounts_moved, amounts, order, lines, e, count, mode);
    if (exact) assert_int_equal(discounts_moved.off, as_written.off);
    else assert_true(distance(discounts_moved.off, as_written.off) <= (int64_t)count); /* a rounding each */
  }
}

/* ---- taxes ---- */

static void taxes_mirror_and_do_not_mind_the_order(void **state) {
  bh_tax_rate rates[3] = {{BH_DAY_MIN, {8875, 3, 0}}, {BH_DAY_MIN, {20, 0, 0}}, {BH_DAY_MIN, {9975, 3, 0}}};
  bh_str hardware = BH_S("hardware"), below = BH_S("a");
  bh_tax taxes[3] = {{.id = BH_S("a"), .rates = rates, .rate_count = 1, .applies = &hardware, .applies_count = 1},
                     {.id = BH_S("b"), .rates = rates + 1, .rate_count = 1, .inclusive = true},
                     {.id = BH_S("c"), .rates = rates + 2, .rate_count = 1, .on = &below, .on_count = 1}};
  const bh_tax *list[3] = {&taxes[0], &taxes[1], &taxes[2]};
  for (int64_t n = cases() / 4; n > 0; n--) {
    bh_arena_reset(&arena);
    bh_tax_item plain[ITEMS_MAX], moved[ITEMS_MAX], minus[ITEMS_MAX];
    size_t count = (size_t)within(1, ITEMS_MAX), order[ITEMS_MAX], rows, again, negative;
    for (size_t i = 0; i < count; i++) {
      order[i] = i;
      plain[i] = (bh_tax_item){.net = within(-20000, 100000), .category = once_in(2) ? hardware : BH_S("")};
      minus[i] = plain[i];
      minus[i].net = -plain[i].net;
    }
    permute(order, count);
    for (size_t i = 0; i < count; i++) moved[i] = plain[order[i]];
    bh_tax_row *a, *b, *c;
    bh_rounding mode = (bh_rounding)within(0, 1);
    assert_int_equal(bh_tax_compute(&a, &rows, &arena, list, 3, plain, count, 0, false, BH_S(""), false, mode, NULL), BH_OK);
    assert_int_equal(bh_tax_compute(&b, &again, &arena, list, 3, moved, count, 0, false, BH_S(""), false, mode, NULL), BH_OK);
    assert_int_equal(bh_tax_compute(&c, &negative, &arena, list, 3, minus, count, 0, false, BH_S(""), false, mode, NULL), BH_OK);
    assert_true(rows == again && rows == negative);
    for (size_t i = 0; i < rows; i++) {
      assert_true(a[i].base == b[i].base && a[i].amount == b[i].amount);
      assert_true(a[i].base == -c[i].base && a[i].amount == -c[i].amount);
    }
  }
}

/* ---- quantities ---- */

static void quantities_stay_within_their_bounds(void **state) {
  for (int64_t n = cases(); n > 0; n--) {
    bh_ratio raw = ratio(within(0, 100000), within(1, 31)), more = add(raw, ratio(within(0, 500), 7)), free = ratio(within(0, 500), within(1, 4));
    bh_dec low = {within(0, 50000), 2, 0}, step = {within(1, 5000), 2, 0}, high = {within(0, 500000), 2, 0};
    bh_ratio q, larger, top = {0, 1}, units = {0, 1}, each = {1, 1};
    assert_int_equal(bh_quantity_apply(&q, raw, &low, &free, &step, &high, NULL), BH_OK);
    assert_int_equal(bh_quantity_apply(&larger, more, &low, &free, &step, &high, NULL), BH_OK);
    assert_true(bh_ratio_of_dec(&top, high) && bh_ratio_of_dec(&each, step) && bh_ratio_div(&units, q, each));
    assert_true(q.num >= 0 && bh_ratio_cmp(q, top) <= 0 && bh_ratio_cmp(q, larger) <= 0); /* more is never less */
    assert_true(bh_ratio_is_int(units) || bh_ratio_cmp(q, top) == 0);
  }
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    T(a_period_in_two), T(periods_tile_the_calendar), T(credits_mirror_charges), T(the_order_of_lines_and_discounts_does_not_matter),
    T(taxes_mirror_and_do_not_mind_the_order), T(quantities_stay_within_their_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Discounts, bounds, minimum and quantities at the edges of what a number holds, and where the combinations are rare (BILLING 3, 4, 6). */
#include "billing_test.h"
#include <stdlib.h>

enum { LINES = 2, PARTS_MAX = 6 };
typedef struct bench {
  bh_arena arena; bh_error err;
  bh_rate_line lines[LINES];
  bh_discount discounts[2], client[2], on_line[LINES][2];
  bh_billing b; bh_rated r;
} bench;

static int setup(void **state) {
  bench *t = calloc(1, sizeof *t);
  bh_arena_init(&t->arena);
  for (uint32_t i = 0; i < LINES; i++)
    t->lines[i] = (bh_rate_line){.index = i, .key = i == 0 ? BH_S("seat") : BH_S("disk"), .description = BH_S("Line"), .recurring = true,
                                 .fraction = {1, 1}, .discounts = t->on_line[i]};
  t->b = (bh_billing){.contract = BH_S("k"), .decimals = 2, .lines = t->lines, .line_count = LINES, .discounts = t->discounts,
                      .client_discounts = t->client};
  *state = t;
  return 0;
}

static int teardown(void **state) {
  bench *t = *state;
  bh_arena_dispose(&t->arena);
  free(t);
  return 0;
}

static bh_owed_line *owe(bench *t, uint32_t line, int64_t amount) {
  bh_owed_line o = {.line_index = line, .kind = line < LINES ? BH_OWED_CHARGE : BH_OWED_RULE, .amount = amount, .quantity = {1, 1}, .fraction = {1, 1},
                    .key = line < LINES ? t->lines[line].key : BH_S("rule:x#1"), .unit = line == 0 ? BH_S("user") : BH_S("GB")};
  bh_rated_add_line(&t->r, &t->arena, &o);
  return &t->r.lines[t->r.line_count - 1];
}

static bh_discount percent(const char *p) { return (bh_discount){.is_percent = true, .value = dec(p), .ends = BH_DAY_MAX}; }
static bh_discount fixed(const char *m) { return (bh_discount){.value = dec(m), .ends = BH_DAY_MAX}; }
static bh_status discounted(bench *t) { return bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err); }

static void too_large(bench *t, const char *part) {
  assert_int_equal(discounted(t), BH_E_OVERFLOW);
  says(&t->err, part);
}

static bh_of limited(bench *t, bh_of_key key, const char *value, const char *other) {
  bh_of_test *test = BH_NEW(&t->arena, bh_of_test);
  bh_str *values = BH_NEWN(&t->arena, bh_str, 2);
  values[0] = bh_str_c(value);
  values[1] = bh_str_c(other);
  *test = (bh_of_test){key, values, other[0] == 0 ? 1 : 2};
  return (bh_of){test, 1};
}

/* ---- discounts ---- */

static void a_percent_too_large(void **state) {
  bench *t = *state;
  owe(t, 0, INT64_MAX);
  t->discounts[t->b.discount_count++] = percent("900000000000000000");
  too_large(t, "a discount does not fit");
}

static void a_fixed_one_too_large(void **state) {
  bench *t = *state;
  owe(t, 0, 100);
  t->on_line[0][t->lines[0].discount_count++] = fixed("900000000000000000");
  too_large(t, "line \"seat\": a discount does not fit");
}

static void one_of_nothing(void **state) {
  bench *t = *state;
  owe(t, 0, 100);
  t->discounts[t->b.discount_count++] = fixed("0.00");
  t->discounts[t->b.discount_count++] = percent("0.1");
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.discount_count, 0); /* 0.1 of a cent is no cent */
}

static void its_place_in_the_list_is_its_key(void **state) {
  bench *t = *state;
  owe(t, 0, 1000);
  t->client[t->b.client_discount_count] = percent("10");
  t->client[t->b.client_discount_count++].ordinal = 5;
  assert_int_equal(discounted(t), BH_OK);
  same_str(t->r.discounts[0].key, "discount:client:5");
}

static void of_units_and_ids(void **state) {
  bench *t = *state;
  owe(t, 0, 1000), owe(t, 1, 3000);
  t->discounts[0] = percent("10"), t->discounts[0].of = limited(t, BH_OF_UNIT, "GB", "");
  t->discounts[1] = percent("10"), t->discounts[1].of = limited(t, BH_OF_ID, "seat", "other");
  t->b.discount_count = 2;
  t->on_line[0][t->lines[0].discount_count++] = percent("50");
  t->on_line[0][0].of = limited(t, BH_OF_KIND, "minimum", ""); /* there is none: it reaches nothing */
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.discount_count, 2);
  assert_int_equal(t->r.discounts[0].amount, -300);
  assert_int_equal(t->r.discounts[1].amount, -100);
}

static bh_owed_discount of_rule(int64_t amount) {
  return (bh_owed_discount){.key = BH_S("discount:rule:x#1"), .description = BH_S("x"), .amount = amount};
}

static void rules_that_would_raise(void **state) {
  bench *t = *state;
  owe(t, 0, 1000);
  bh_owed_discount d[] = {of_rule(1), of_rule(INT64_MIN), of_rule(0)};
  d[2].is_percent = true, d[2].percent = dec("-5");
  for (size_t i = 0; i < 3; i++) {
    t->r.discount_count = 0;
    bh_rated_add_discount(&t->r, &t->arena, &d[i]);
    assert_int_equal(discounted(t), BH_E_INVALID);
    says(&t->err, "would raise");
  }
}

static void rules_percent_and_shares(void **state) {
  bench *t = *state;
  owe(t, 0, 1000), owe(t, 1, 500);
  int64_t shares[] = {0, -10};
  bh_owed_discount p = of_rule(0), known = of_rule(-100), aimed = of_rule(-100);
  p.is_percent = true, p.percent = dec("10"), p.shares = shares; /* a percent without an amount: worked out here, shares or no */
  known.is_percent = true, known.percent = dec("99");            /* its amount stands */
  aimed.shares = shares;
  bh_rated_add_discount(&t->r, &t->arena, &p);
  bh_rated_add_discount(&t->r, &t->arena, &known);
  bh_rated_add_discount(&t->r, &t->arena, &aimed);
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.discounts[0].amount, -150);
  assert_int_equal(t->r.discounts[1].amount, -100);
  assert_int_equal(t->r.discounts[2].shares[0], 0);
  assert_int_equal(t->r.discounts[2].shares[1], -100);
}

static void a_rule_s_base_too_large(void **state) {
  bench *t = *state;
  owe(t, 0, INT64_MAX), owe(t, 1, INT64_MAX);
  bh_owed_discount d = of_rule(-1);
  bh_rated_add_discount(&t->r, &t->arena, &d);
  too_large(t, "the sum of its lines");
  d.is_percent = true, d.amount = 0, d.percent = dec("5");
  t->r.discounts[0] = d;
  too_large(t, "the sum of its lines");
}

static void a_rule_s_percent_too_large(void **state) {
  bench *t = *state;
  owe(t, 0, INT64_MAX);
  bh_owed_discount d = of_rule(0);
  d.is_percent = true, d.percent = dec("900000000000000000");
  bh_rated_add_discount(&t->r, &t->arena, &d);
  too_large(t, "a discount");
}

static void only_what_is_agreed_makes_work(void **state) {
  bench *t = *state;
  owe(t, 0, 1000);
  t->client[t->b.client_discount_count++] = percent("10");
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.discount_count, 1);
  t->b.client_discount_count = 0, t->r.discount_count = 0;
  t->lines[0].has_max_amount = true, t->lines[0].max_amount = dec("4.00");
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.discounts[0].amount, -600);
}

static void more_lines_than_can_be_numbered(void **state) {
  bench *t = *state;
  t->discounts[t->b.discount_count++] = percent("10");
  t->r.line_count = UINT32_MAX; /* never looked at */
  too_large(t, "the number of its lines");
}

static void a_discount_of_no_line(void **state) {
  bench *t = *state;
  bh_owed_discount d = of_rule(-5);
  bh_rated_add_discount(&t->r, &t->arena, &d);
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.discounts[0].amount, 0);
  owe(t, 0, 100); /* its shares, none so far, grow with the lines */
  assert_int_equal(t->r.discounts[0].shares[0], 0);
}

/* ---- bounds of a line ---- */

static void a_minimum_amount_looks_at_its_own_lines(void **state) {
  bench *t = *state;
  t->lines[0].has_min_amount = true, t->lines[0].min_amount = dec("5.00");
  owe(t, UINT32_MAX, 10000);
  owe(t, 0, 100);
  owe(t, 0, 50)->removed = true;
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.lines[t->r.line_count - 1].amount, 400);
}

static void what_is_all_removed_has_no_minimum(void **state) {
  bench *t = *state;
  t->lines[0].has_min_amount = true, t->lines[0].min_amount = dec("5.00");
  owe(t, 0, 100)->removed = true;
  owe(t, 0, 100)->removed = true;
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.line_count, 2);
}

static void a_minimum_amount_may_wait(void **state) {
  bench *t = *state;
  for (size_t i = 0; i < LINES; i++) t->lines[i].has_min_amount = true, t->lines[i].min_amount = dec("5.00");
  const bool later[LINES] = {true, false};
  owe(t, 0, 100), owe(t, 1, 100);
  assert_int_equal(bh_bounds_shortfalls(&t->r, &t->b, later, &t->arena, &t->err), BH_OK);
  assert_int_equal(t->r.line_count, 3);
  same_str(t->r.lines[2].key, "disk");
}

static void bounds_too_large(void **state) {
  bench *t = *state;
  t->lines[0].has_min_amount = true, t->lines[0].min_amount = dec("9000000000000000000"); /* × 100 cents */
  owe(t, 0, 100);
  too_large(t, "its minimum or maximum amount");
  t->lines[0].min_amount = dec("1.00");
  owe(t, 0, INT64_MAX);
  too_large(t, "the sum of its parts");
  t->r.line_count = 0;
  owe(t, 0, INT64_MIN);
  too_large(t, "its minimum amount");
  t->lines[0].has_min_amount = false;
  t->lines[0].has_max_amount = true, t->lines[0].max_amount = dec("9000000000000000000");
  too_large(t, "its minimum or maximum amount");
  t->lines[0].max_amount = dec("1.00");
  owe(t, 0, INT64_MIN);
  too_large(t, "the sum of its parts");
}

static void a_maximum_below_zero_is_none(void **state) {
  bench *t = *state;
  t->lines[0].has_max_amount = true, t->lines[0].max_amount = dec("-5.00");
  owe(t, 0, 100);
  assert_int_equal(discounted(t), BH_OK);
  assert_int_equal(t->r.discounts[0].amount, -100);
}

/* ---- the contract's minimum ---- */

static bh_status minimum(bench *t) {
  t->b.has_minimum = true;
  return bh_minimum_apply(&t->r, &t->b, &t->arena, &t->err);
}

static void a_minimum_too_far_away(void **state) {
  bench *t = *state;
  t->b.minimum_minor = INT64_MAX;
  owe(t, 0, -1);
  assert_int_equal(minimum(t), BH_E_OVERFLOW); /* the shortfall */
  t->r.lines[0].amount = INT64_MIN;
  assert_int_equal(minimum(t), BH_E_OVERFLOW); /* which has no negative */
  owe(t, 0, -1);
  assert_int_equal(minimum(t), BH_E_OVERFLOW); /* the sum of lines */
  t->r.line_count = 1;
  int64_t share[] = {-1};
  bh_owed_discount d = of_rule(-1), bare = of_rule(-1);
  d.shares = share;
  bh_rated_add_discount(&t->r, &t->arena, &d);
  bh_rated_add_discount(&t->r, &t->arena, &bare); /* without shares: of no line */
  assert_int_equal(minimum(t), BH_E_OVERFLOW); /* the sum with its discounts */
  says(&t->err, "contract \"k\": minimum");
  t->r.lines[0].amount = 100;
  t->b.minimum_minor = 500;
  assert_int_equal(minimum(t), BH_OK);
  assert_int_equal(t->r.lines[1].amount, 401);
}

static void a_minimum_s_category(void **state) {
  bench *t = *state;
  t->b.minimum_minor = 500;
  t->b.minimum_of = limited(t, BH_OF_TAX, "service", "");
  assert_int_equal(minimum(t), BH_OK);
  same_str(t->r.lines[0].category, "service");
  t->b.minimum_of = limited(t, BH_OF_TAX, "service", "software"); /* of two: of none that could be told */
  assert_int_equal(minimum(t), BH_OK);
  assert_int_equal(t->r.lines[1].category.len, 0);
  t->b.minimum_of = limited(t, BH_OF_UNIT, "GB", "");
  assert_int_equal(minimum(t), BH_OK);
  assert_int_equal(t->r.lines[2].category.len, 0);
}

/* ---- quantities ---- */

static void quantities_too_large(void **state) {
  bh_ratio out;
  bh_error err = {0};
  bh_dec step = dec("0.000001");
  assert_int_equal(bh_quantity_apply(&out, ratio(INT64_MAX, 1), NULL, NULL, &step, NULL, &err), BH_E_OVERFLOW);
  bh_dec high = dec("9000000000000000000");
  assert_int_equal(bh_quantity_apply(&out, ratio(INT64_MAX, 7), NULL, NULL, &high, NULL, &err), BH_OK);
  same_ratio(out, 9000000000000000000, 1);
  /* each part fits and their sum does not; the sum fits and its mean does not */
  bh_count_run runs[] = {{0, 1, {INT64_MAX, 1}}, {1, 2, {1, 1}}};
  assert_int_equal(bh_quantity_at(&out, BH_AT_AVERAGE, runs, 2, 0, 2, 0, &err), BH_E_OVERFLOW);
  runs[0].count = ratio(1, INT64_MAX);
  runs[0].until = 1, runs[1] = (bh_count_run){1, 2, {0, 1}};
  assert_int_equal(bh_quantity_at(&out, BH_AT_AVERAGE, runs, 2, 0, 2, 0, &err), BH_E_OVERFLOW);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    T(a_percent_too_large), T(a_fixed_one_too_large), T(one_of_nothing), T(its_place_in_the_list_is_its_key), T(of_units_and_ids),
    T(rules_that_would_raise), T(rules_percent_and_shares), T(a_rule_s_base_too_large), T(a_rule_s_percent_too_large),
    T(only_what_is_agreed_makes_work), T(more_lines_than_can_be_numbered), T(a_discount_of_no_line),
    T(a_minimum_amount_looks_at_its_own_lines), T(what_is_all_removed_has_no_minimum), T(a_minimum_amount_may_wait), T(bounds_too_large), T(a_maximum_below_zero_is_none),
    T(a_minimum_too_far_away), T(a_minimum_s_category), T(quantities_too_large),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* BILLING 5 (bounds of a line), 6.5 (discounts) and 6.6 (the contract's minimum). */
#include "billing_test.h"
#include <stdlib.h>

enum { LINES = 4 };
typedef struct bench {
  bh_arena arena; bh_error err;
  bh_rate_line lines[LINES];
  bh_discount discounts[4], client[4], on_line[LINES][4];
  bh_billing b; bh_rated r;
} bench;

static int setup(void **state) {
  bench *t = calloc(1, sizeof *t);
  bh_arena_init(&t->arena);
  static const char *keys[LINES] = {"ws", "m365", "backup", "onsite"}, *categories[LINES] = {"service", "software", "service", ""};
  for (uint32_t i = 0; i < LINES; i++) {
    bh_str key = bh_str_c(keys[i]);
    t->lines[i] = (bh_rate_line){.index = i + 7, .key = key, .product = key, .description = key, .category = bh_str_c(categories[i]),
                                 .recurring = i != 3, .once = i == 3, .fraction = {1, 1}, .discounts = t->on_line[i],
                                 .whole_from = D("2026-12-01"), .whole_until = D("2027-01-01"), .from = D("2026-12-01"),
                                 .until = D("2027-01-01"), .section = BH_S("Managed"), .po = BH_S("PO-1")};
  }
  t->b = (bh_billing){.contract = BH_S("acme"), .currency = BH_S("USD"), .decimals = 2, .period_from = D("2026-12-01"),
                      .period_until = D("2027-01-01"), .lines = t->lines, .line_count = LINES, .discounts = t->discounts,
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

static void owe(bench *t, uint32_t line, int64_t amount) {
  const bh_rate_line *l = line < LINES ? &t->lines[line] : NULL;
  bh_owed_line o = {.line_index = line, .kind = l == NULL ? BH_OWED_RULE : l->once ? BH_OWED_ONCE : BH_OWED_CHARGE,
                    .key = l == NULL ? BH_S("rule:extra#1") : l->key, .amount = amount, .quantity = {1, 1}, .fraction = {1, 1}};
  if (l != NULL) o.product = l->product, o.category = l->category;
  bh_rated_add_line(&t->r, &t->arena, &o);
}

static bh_discount percent(const char *p) { return (bh_discount){.is_percent = true, .value = dec(p), .ends = BH_DAY_MAX}; }
static bh_discount fixed(const char *m) { return (bh_discount){.value = dec(m), .ends = BH_DAY_MAX}; }
static void contract(bench *t, bh_discount d) { t->discounts[t->b.discount_count++] = d; }
static void client(bench *t, bh_discount d) { t->client[t->b.client_discount_count++] = d; }
static void line(bench *t, uint32_t i, bh_discount d) { t->on_line[i][t->lines[i].discount_count++] = d; }

static void apply(bench *t) {
  if (bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err) != BH_OK) fail_msg("%s", t->err.message);
  for (size_t d = 0; d < t->r.discount_count; d++) {
    int64_t sum = 0;
    for (size_t i = 0; i < t->r.line_count; i++) sum += t->r.discounts[d].shares[i];
    assert_int_equal(sum, t->r.discounts[d].amount);
  }
}

static void is(const bench *t, size_t n, const char *key, int64_t amount) {
  assert_true(n < t->r.discount_count);
  same_str(t->r.discounts[n].key, key);
  assert_int_equal(t->r.discounts[n].amount, amount);
}

static void nothing_agreed_nothing_done(void **state) {
  bench *t = *state;
  owe(t, 0, 1000);
  apply(t);
  assert_int_equal(t->r.discount_count, 0);
  assert_int_equal(t->r.line_count, 1);
}

static void line_then_contract_then_client(void **state) {
  bench *t = *state;
  owe(t, 0, 10000), owe(t, 1, 5000);
  client(t, percent("10"));
  contract(t, percent("10"));
  line(t, 0, percent("10"));
  apply(t);
  assert_int_equal(t->r.discount_count, 3);
  is(t, 0, "discount:line:ws:1", -1000);
  is(t, 1, "discount:contract:1", -1400);
  is(t, 2, "discount:client:1", -1260);
  assert_true(t->r.discounts[0].on_line && !t->r.discounts[1].on_line);
  same_str(t->r.discounts[0].line_key, "ws");
  assert_true(t->r.discounts[2].of_client && !t->r.discounts[1].of_client);
  assert_int_equal(t->r.discounts[0].shares[1], 0);
  assert_int_equal(t->r.discounts[1].shares[0], -900);
  assert_int_equal(t->r.discounts[1].shares[1], -500);
  same_day(t->r.discounts[0].whole_from, "2026-12-01");
  same_day(t->r.discounts[1].whole_until, "2027-01-01");
  assert_int_equal(t->r.lines[0].amount, 10000); /* lines stay gross */
}

static void percent_before_fixed_each_of_what_is_left(void **state) {
  bench *t = *state;
  owe(t, 0, 10000);
  contract(t, fixed("10.00"));
  contract(t, percent("10"));
  contract(t, percent("10"));
  apply(t);
  is(t, 0, "discount:contract:2", -1000);
  is(t, 1, "discount:contract:3", -900);
  is(t, 2, "discount:contract:1", -1000);
}

static void never_below_zero(void **state) {
  bench *t = *state;
  owe(t, 0, 1000), owe(t, 1, 500);
  line(t, 0, fixed("20.00"));
  contract(t, percent("150"));
  client(t, fixed("5.00"));
  apply(t);
  assert_int_equal(t->r.discount_count, 2); /* nothing is left for the client's */
  is(t, 0, "discount:line:ws:1", -1000);
  is(t, 1, "discount:contract:1", -500);
  assert_int_equal(t->r.discounts[1].shares[0], 0);
}

static void limited_to_products_or_a_category(void **state) {
  bench *t = *state;
  bh_str products[] = {BH_S("m365"), BH_S("onsite")};
  owe(t, 0, 10000), owe(t, 1, 5000), owe(t, 2, 2000), owe(t, 3, 100);
  bh_str service[] = {BH_S("service")}, nothing[] = {BH_S("nothing")};
  bh_of_test tests[] = {{BH_OF_TAX, service, 1}, {BH_OF_PRODUCT, products, 2}, {BH_OF_TAX, nothing, 1}};
  bh_discount d = percent("10");
  d.of = (bh_of){&tests[0], 1};
  contract(t, d);
  d = fixed("60.00");
  d.of = (bh_of){&tests[1], 1};
  contract(t, d);
  d = percent("50");
  d.of = (bh_of){&tests[2], 1};
  contract(t, d);
  apply(t);
  assert_int_equal(t->r.discount_count, 2);
  is(t, 0, "discount:contract:1", -1200);
  assert_int_equal(t->r.discounts[0].shares[0], -1000);
  assert_int_equal(t->r.discounts[0].shares[2], -200);
  is(t, 1, "discount:contract:2", -5100); /* what is owed on the two */
  assert_int_equal(t->r.discounts[1].shares[3], -100);
}

static void shares_by_largest_remainder(void **state) {
  bench *t = *state;
  owe(t, 0, 100), owe(t, 1, 100), owe(t, 2, 100);
  contract(t, fixed("1.00"));
  apply(t);
  assert_int_equal(t->r.discounts[0].shares[0], -34); /* a tie goes to the earlier */
  assert_int_equal(t->r.discounts[0].shares[1], -33);
  assert_int_equal(t->r.discounts[0].shares[2], -33);
}

static void one_line_of_several_parts(void **state) {
  bench *t = *state;
  owe(t, 2, 300), owe(t, 0, 1000), owe(t, 2, 100); /* tiers need not stand side by side */
  line(t, 2, percent("25"));
  apply(t);
  is(t, 0, "discount:line:backup:1", -100);
  assert_int_equal(t->r.discounts[0].shares[0], -75);
  assert_int_equal(t->r.discounts[0].shares[1], 0);
  assert_int_equal(t->r.discounts[0].shares[2], -25);
}

static void removed_lines_owe_nothing(void **state) {
  bench *t = *state;
  owe(t, 0, 1000), owe(t, 1, 1000);
  t->r.lines[0].removed = true;
  line(t, 0, percent("10"));
  contract(t, percent("10"));
  apply(t);
  assert_int_equal(t->r.discount_count, 1);
  is(t, 0, "discount:contract:1", -100);
  assert_int_equal(t->r.discounts[0].shares[0], 0);
}

static void lines_below_zero_make_the_base_smaller(void **state) {
  bench *t = *state;
  owe(t, 0, 10000), owe(t, UINT32_MAX, -2000);
  contract(t, percent("10"));
  apply(t);
  is(t, 0, "discount:contract:1", -800);
  assert_int_equal(t->r.discounts[0].shares[0], -800);
  assert_int_equal(t->r.discounts[0].shares[1], 0);
}

static void descriptions(void **state) {
  bench *t = *state;
  owe(t, 0, 10000);
  bh_discount d = percent("5.0");
  contract(t, d);
  d.reason = BH_S("3-year term");
  contract(t, d);
  contract(t, fixed("1.00"));
  apply(t);
  same_str(t->r.discounts[0].description, "5 % discount");
  same_str(t->r.discounts[1].description, "3-year term");
  same_str(t->r.discounts[2].description, "Discount");
  assert_true(t->r.discounts[0].is_percent && !t->r.discounts[2].is_percent);
  same_dec(t->r.discounts[1].percent, "5.0");
}

static void rounding_and_decimals(void **state) {
  bench *t = *state;
  owe(t, 0, 5);
  contract(t, percent("50"));
  t->b.rounding = BH_HALF_EVEN;
  apply(t);
  is(t, 0, "discount:contract:1", -2);
  t->r = (bh_rated){0};
  owe(t, 0, 5);
  t->b.rounding = BH_HALF_UP;
  apply(t);
  is(t, 0, "discount:contract:1", -3);
  t->r = (bh_rated){0};
  t->b.decimals = 0;
  owe(t, 0, 5000);
  t->discounts[0] = fixed("300");
  apply(t);
  is(t, 0, "discount:contract:1", -300);
  t->r = (bh_rated){0};
  t->b.decimals = 3;
  owe(t, 0, 5000);
  t->discounts[0] = fixed("0.125");
  apply(t);
  is(t, 0, "discount:contract:1", -125);
}

static void a_rules_discounts_come_before_the_contracts(void **state) {
  bench *t = *state;
  owe(t, 0, 10000), owe(t, 1, 10000);
  bh_owed_discount rule = {.key = BH_S("discount:rule:loyal#1"), .amount = -2000};
  bh_rated_add_discount(&t->r, &t->arena, &rule);
  rule = (bh_owed_discount){.key = BH_S("discount:rule:seats#1"), .is_percent = true, .percent = dec("3"), .on_line = true, .line_key = BH_S("m365")};
  bh_rated_add_discount(&t->r, &t->arena, &rule);
  rule = (bh_owed_discount){.key = BH_S("discount:rule:none#1")};
  bh_rated_add_discount(&t->r, &t->arena, &rule);
  line(t, 0, percent("50"));
  contract(t, percent("10"));
  apply(t);
  is(t, 0, "discount:rule:loyal#1", -2000);
  assert_int_equal(t->r.discounts[0].shares[0], -667); /* of the 5,000 and 10,000 that the line discounts left */
  assert_int_equal(t->r.discounts[0].shares[1], -1333);
  is(t, 1, "discount:rule:seats#1", -260);
  is(t, 2, "discount:rule:none#1", 0);
  is(t, 3, "discount:line:ws:1", -5000);
  is(t, 4, "discount:contract:1", -1274);
}

static void a_rules_discount_is_cut_to_what_is_owed(void **state) {
  bench *t = *state;
  owe(t, 0, 1000);
  bh_owed_discount rule = {.key = BH_S("discount:rule:all#1"), .amount = -5000};
  bh_rated_add_discount(&t->r, &t->arena, &rule);
  apply(t);
  is(t, 0, "discount:rule:all#1", -1000);
  rule.amount = 1;
  bh_rated_add_discount(&t->r, &t->arena, &rule);
  assert_int_equal(bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_INVALID);
  says(&t->err, "acme");
}

static void a_line_short_of_its_minimum_amount(void **state) {
  bench *t = *state;
  owe(t, 2, 1000), owe(t, 2, 500), owe(t, 0, 100);
  t->lines[2].has_min_amount = true;
  t->lines[2].min_amount = dec("50.00");
  t->lines[2].fraction = ratio(17, 31); /* 27.419… */
  line(t, 2, percent("10"));
  apply(t);
  assert_int_equal(t->r.line_count, 4);
  const bh_owed_line *l = &t->r.lines[3];
  assert_int_equal(l->amount, 1242);
  assert_int_equal(l->kind, BH_OWED_MINIMUM);
  assert_int_equal(l->line_index, 2);
  same_str(l->key, "backup");
  same_str(l->category, "service");
  same_str(l->description, "backup: minimum amount");
  same_dec(l->unit_price, "12.42");
  is(t, 0, "discount:line:backup:1", -274); /* the line's discounts reach it */
}

static void minimum_amounts_at_the_edge(void **state) {
  bench *t = *state;
  for (size_t i = 0; i < LINES; i++) t->lines[i].has_min_amount = true, t->lines[i].min_amount = dec("10.00");
  owe(t, 0, 1000), owe(t, 1, 200);
  t->r.lines[1].removed = true;          /* by the rule: no minimum either */
  t->lines[3].fraction = ratio(0, 1);
  apply(t);
  assert_int_equal(t->r.line_count, 3);  /* 0: exactly met; 2: nothing owed at all, the whole minimum */
  assert_int_equal(t->r.lines[2].line_index, 2);
  assert_int_equal(t->r.lines[2].amount, 1000);
}

static void a_line_above_its_maximum_amount(void **state) {
  bench *t = *state;
  owe(t, 2, 3000), owe(t, 2, 1000), owe(t, 0, 100);
  t->lines[2].has_max_amount = true;
  t->lines[2].max_amount = dec("50.00");
  t->lines[2].fraction = ratio(1, 2);
  line(t, 2, percent("10"));
  apply(t);
  is(t, 0, "discount:line:backup:maximum", -1500);
  same_str(t->r.discounts[0].description, "Maximum amount 25.00");
  assert_int_equal(t->r.discounts[0].shares[0], -1125);
  is(t, 1, "discount:line:backup:1", -250); /* of what the cap left */
  assert_int_equal(t->r.discounts[0].shares[2], 0);
}

static void exactly_the_maximum(void **state) {
  bench *t = *state;
  owe(t, 2, 5000);
  t->lines[2].has_max_amount = true;
  t->lines[2].max_amount = dec("50.00");
  apply(t);
  assert_int_equal(t->r.discount_count, 0);
}

static void minimum(bench *t, int64_t minor) {
  t->b.has_minimum = true;
  t->b.minimum_minor = minor;
  if (bh_minimum_apply(&t->r, &t->b, &t->arena, &t->err) != BH_OK) fail_msg("%s", t->err.message);
}

static void the_contracts_minimum_is_net_of_discounts(void **state) {
  bench *t = *state;
  owe(t, 0, 10000), owe(t, 3, 95000); /* a once line does not count */
  contract(t, percent("10"));
  apply(t);
  minimum(t, 20000);
  assert_int_equal(t->r.line_count, 3);
  const bh_owed_line *l = &t->r.lines[2];
  assert_int_equal(l->amount, 11000);
  assert_int_equal(l->kind, BH_OWED_MINIMUM);
  assert_int_equal(l->line_index, UINT32_MAX);
  same_str(l->key, "minimum");
  same_str(l->description, "Contract minimum");
  same_dec(l->unit_price, "110.00");
  same_ratio(l->quantity, 1, 1);
  same_day(l->whole_from, "2026-12-01");
  assert_int_equal(t->r.discounts[0].shares[2], 0); /* its shares grew with the lines */
  assert_int_equal(t->r.discounts[0].shares[1], -9500);
}

static void a_minimum_that_is_met(void **state) {
  bench *t = *state;
  owe(t, 0, 15000), owe(t, UINT32_MAX, 5000); /* what a rule adds counts */
  minimum(t, 20000);
  assert_int_equal(t->r.line_count, 2);
  minimum(t, 20001);
  assert_int_equal(t->r.line_count, 3);
  assert_int_equal(t->r.lines[2].amount, 1);
  minimum(t, 0);
  assert_int_equal(t->r.line_count, 3);
}

static void a_minimum_of_some_lines(void **state) {
  bench *t = *state;
  bh_str service[] = {BH_S("service")};
  bh_of_test of[] = {{BH_OF_TAX, service, 1}};
  owe(t, 0, 10000), owe(t, 1, 90000); /* only the first is of the category */
  t->b.minimum_of = (bh_of){of, 1};
  contract(t, percent("10"));
  apply(t);
  minimum(t, 20000); /* 200.00 - (100.00 - 10.00) */
  assert_int_equal(t->r.line_count, 3);
  assert_int_equal(t->r.lines[2].amount, 11000);
  same_str(t->r.lines[2].category, "service");
}

static void of_tests_any_attribute(void **state) {
  bh_str ab[] = {BH_S("a"), BH_S("b")}, po[] = {BH_S("PO-1")}, rule[] = {BH_S("rule")}, k[] = {BH_S("k")};
  bh_owed_line l = {.kind = BH_OWED_RULE, .section = BH_S("b"), .po = BH_S("PO-1"), .unit = BH_S("GB"), .key = BH_S("x")};
  bh_of_test tests[] = {{BH_OF_SECTION, ab, 2}, {BH_OF_PO, po, 1}, {BH_OF_KIND, rule, 1}, {BH_OF_CONTRACT, k, 1}};
  bh_of of = {tests, 4};
  assert_true(bh_of_takes(&of, &l, BH_S("k")));
  assert_false(bh_of_takes(&of, &l, BH_S("other")));
  l.section = BH_S("c");
  assert_false(bh_of_takes(&of, &l, BH_S("k")));
  of.test_count = 0;
  assert_true(bh_of_takes(&of, &l, BH_S("k")));
}

static void a_minimum_of_nothing_owed(void **state) {
  bench *t = *state;
  owe(t, 0, 15000);
  t->r.lines[0].removed = true;
  minimum(t, 500);
  assert_int_equal(t->r.lines[1].amount, 500);
}

static void overflows_name_contract_and_line(void **state) {
  bench *t = *state;
  owe(t, 0, INT64_MAX), owe(t, 1, INT64_MAX);
  contract(t, percent("10"));
  assert_int_equal(bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_OVERFLOW);
  says(&t->err, "contract \"acme\"");
  t->b.has_minimum = true;
  t->b.minimum_minor = 1;
  assert_int_equal(bh_minimum_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_OVERFLOW);
  says(&t->err, "contract \"acme\"");
  t->r = (bh_rated){0};
  owe(t, 2, 1);
  t->lines[2].has_max_amount = true;
  t->lines[2].max_amount = (bh_dec){INT64_MAX, 0, 0};
  assert_int_equal(bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_OVERFLOW);
  says(&t->err, "line \"backup\"");
  t->r = (bh_rated){0};
  t->lines[2].has_max_amount = false;
  owe(t, 1, INT64_MAX), owe(t, 1, 1);
  line(t, 1, percent("10"));
  assert_int_equal(bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_OVERFLOW);
  says(&t->err, "contract \"acme\": line \"m365\"");
  t->r.line_count = 1;
  t->on_line[1][0].is_percent = false, t->on_line[1][0].value = (bh_dec){INT64_MAX, 0, 0};
  assert_int_equal(bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_OVERFLOW);
  says(&t->err, "line \"m365\": a discount");
}

static void what_does_not_fit_is_refused(void **state) {
  bench *t = *state;
  owe(t, 0, 100);
  contract(t, percent("-5"));
  assert_int_equal(bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_INVALID);
  says(&t->err, "below zero");
  t->r.lines[0].line_index = 9;
  assert_int_equal(bh_discounts_apply(&t->r, &t->b, &t->arena, &t->err), BH_E_INVALID);
  says(&t->err, "line 9");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
    T(nothing_agreed_nothing_done), T(line_then_contract_then_client), T(percent_before_fixed_each_of_what_is_left),
    T(never_below_zero), T(limited_to_products_or_a_category), T(shares_by_largest_remainder), T(one_line_of_several_parts),
    T(removed_lines_owe_nothing), T(lines_below_zero_make_the_base_smaller), T(descriptions), T(rounding_and_decimals),
    T(a_rules_discounts_come_before_the_contracts), T(a_rules_discount_is_cut_to_what_is_owed),
    T(a_line_short_of_its_minimum_amount), T(minimum_amounts_at_the_edge), T(a_line_above_its_maximum_amount),
    T(exactly_the_maximum), T(the_contracts_minimum_is_net_of_discounts), T(a_minimum_that_is_met), T(a_minimum_of_nothing_owed),
    T(a_minimum_of_some_lines), T(of_tests_any_attribute),
    T(overflows_name_contract_and_line), T(what_does_not_fit_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

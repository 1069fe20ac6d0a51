/* BILLING 3, decrease: terms, windows, what is committed on each day, and what is left of it at an end. */
#include "billing/commit.h"
#include "billing_test.h"

static bh_commitment renewal(int32_t months, int32_t window) {
  return (bh_commitment){.decrease = BH_DECREASE_RENEWAL, .term_months = months, .window_days = window, .coterm = BH_DAY_MIN};
}

static void same_term(const bh_commitment *c, const char *starts, const char *on, const char *from, const char *until, bool renewed) {
  bh_term t = bh_commit_term(c, D(starts), D(on));
  same_day(t.from, from);
  same_day(t.until, until);
  assert_int_equal(t.renewed, renewed);
}

static void terms_are_counted_from_the_start(void **state) {
  bh_commitment c = renewal(12, 7);
  same_term(&c, "2026-10-15", "2026-10-15", "2026-10-15", "2027-10-15", false);
  same_term(&c, "2026-10-15", "2027-10-14", "2026-10-15", "2027-10-15", false);
  same_term(&c, "2026-10-15", "2027-10-15", "2027-10-15", "2028-10-15", true);
  c = renewal(1, 7); /* never chained: 31 January, 28 February, 31 March */
  same_term(&c, "2026-01-31", "2026-02-27", "2026-01-31", "2026-02-28", false);
  same_term(&c, "2026-01-31", "2026-02-28", "2026-02-28", "2026-03-31", true);
  same_term(&c, "2026-01-31", "2026-03-31", "2026-03-31", "2026-04-30", true);
  c = renewal(12, 7); /* 29 February renews on the 28th, and on the 29th where there is one */
  same_term(&c, "2024-02-29", "2025-02-28", "2025-02-28", "2026-02-28", true);
  same_term(&c, "2024-02-29", "2028-02-28", "2027-02-28", "2028-02-29", true);
}

static void a_common_end_date_ends_the_first_term_early(void **state) {
  bh_commitment c = renewal(12, 7);
  c.coterm = D("2027-06-30");
  same_term(&c, "2026-11-10", "2026-11-10", "2026-11-10", "2027-07-01", false);
  same_term(&c, "2026-11-10", "2027-06-30", "2026-11-10", "2027-07-01", false);
  same_term(&c, "2026-11-10", "2027-07-01", "2027-07-01", "2028-07-01", true);
  same_term(&c, "2025-01-10", "2026-03-01", "2025-07-01", "2026-07-01", true); /* older lines renew on that day of every year */
  c.coterm = D("2027-02-28"); /* the end of a month stays one */
  same_term(&c, "2026-11-10", "2028-02-29", "2027-03-01", "2028-03-01", true);
}

static void what_was_taken_over_is_a_term(void **state) {
  bh_commitment c = renewal(12, 7);
  c.taken = true;
  c.taken_quantity = dec("10");
  c.taken_until = D("2027-04-16");
  same_term(&c, "2026-11-01", "2026-11-01", "2026-11-01", "2027-04-17", false);
  same_term(&c, "2026-11-01", "2027-04-17", "2027-04-17", "2028-04-17", true);
  same_term(&c, "2024-11-01", "2026-05-01", "2026-04-17", "2027-04-17", true);
  c.coterm = D("2027-06-30"); /* then it joins the others */
  same_term(&c, "2026-11-01", "2027-04-16", "2026-11-01", "2027-04-17", false);
  same_term(&c, "2026-11-01", "2027-04-17", "2027-04-17", "2027-07-01", true);
  same_term(&c, "2026-11-01", "2027-07-01", "2027-07-01", "2028-07-01", true);
}

/* -- what is committed -- */
typedef struct count { const char *from; int n; } count;

static size_t committed(bh_commit_run **out, bh_arena *a, const bh_commitment *c, const char *starts, const count *counts, size_t n, const char *from,
                        const char *until) {
  bh_count_run raw[8];
  bh_error err = {0};
  size_t got = 0;
  for (size_t i = 0; i < n; i++)
    raw[i] = (bh_count_run){D(counts[i].from), i + 1 < n ? D(counts[i + 1].from) : D(until), bh_ratio_int(counts[i].n)};
  assert_int_equal(bh_commit_runs(out, &got, a, c, D(starts), D(from), D(until), raw, n, D(from), D(until), &err), BH_OK);
  return got;
}

static void same_run(const bh_commit_run *r, const char *from, const char *until, int raw, int quantity, const char *held_until) {
  same_day(r->from, from);
  same_day(r->until, until);
  same_ratio(r->raw, raw, 1);
  same_ratio(r->quantity, quantity, 1);
  same_day(r->held_until, held_until);
}

static void up_at_once_and_down_only_at_the_renewal(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  bh_commitment c = renewal(12, 7);
  bh_commit_run *r;
  const count counts[] = {{"2026-10-01", 10}, {"2026-12-10", 12}, {"2027-02-01", 8}};
  size_t n = committed(&r, &a, &c, "2026-10-01", counts, 3, "2026-12-01", "2027-12-01");
  assert_int_equal(n, 4);
  same_run(&r[0], "2026-12-01", "2026-12-10", 10, 10, "2027-10-01");
  same_run(&r[1], "2026-12-10", "2027-02-01", 12, 12, "2027-10-01");
  same_run(&r[2], "2027-02-01", "2027-10-01", 8, 12, "2027-10-01");
  same_run(&r[3], "2027-10-01", "2027-12-01", 8, 8, "2028-10-01");
  /* The counts before the days asked for hold them up. */
  n = committed(&r, &a, &c, "2026-10-01", counts, 3, "2027-03-01", "2027-04-01");
  assert_int_equal(n, 1);
  same_run(&r[0], "2027-03-01", "2027-04-01", 8, 12, "2027-10-01");
  bh_arena_dispose(&a);
}

static void in_the_window_after_a_renewal_it_may_come_down(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  bh_commit_run *r;
  bh_commitment c = renewal(12, 7); /* 1 to 7 October */
  const count last[] = {{"2026-10-01", 12}, {"2027-10-07", 9}, {"2027-10-08", 5}};
  size_t n = committed(&r, &a, &c, "2026-10-01", last, 3, "2027-10-01", "2027-11-01");
  assert_int_equal(n, 3);
  same_run(&r[0], "2027-10-01", "2027-10-07", 12, 12, "2028-10-01");
  same_run(&r[1], "2027-10-07", "2027-10-08", 9, 9, "2028-10-01");
  same_run(&r[2], "2027-10-08", "2027-11-01", 5, 9, "2028-10-01"); /* a day too late */
  c.window_days = 0; /* only on the day itself */
  n = committed(&r, &a, &c, "2026-10-01", last, 3, "2027-10-01", "2027-11-01");
  for (size_t i = 0; i < n; i++) same_ratio(r[i].quantity, 12, 1);
  const count first[] = {{"2026-10-01", 12}, {"2026-10-03", 9}}; /* a line's beginning is no renewal */
  c = renewal(12, 7);
  n = committed(&r, &a, &c, "2026-10-01", first, 2, "2026-10-01", "2026-11-01");
  assert_int_equal(n, 2);
  same_run(&r[1], "2026-10-03", "2026-11-01", 9, 12, "2027-10-01");
  bh_arena_dispose(&a);
}

static void next_period_holds_to_the_end_of_the_period(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  bh_commit_run *r;
  bh_commitment c = {.decrease = BH_DECREASE_NEXT_PERIOD, .coterm = BH_DAY_MIN};
  const count counts[] = {{"2026-10-01", 20}, {"2026-11-01", 10}, {"2026-11-10", 12}, {"2026-11-20", 7}};
  size_t n = committed(&r, &a, &c, "2026-10-01", counts, 4, "2026-11-01", "2026-12-01");
  assert_int_equal(n, 3);
  same_run(&r[0], "2026-11-01", "2026-11-10", 10, 10, "2026-12-01"); /* not October's 20 */
  same_run(&r[1], "2026-11-10", "2026-11-20", 12, 12, "2026-12-01");
  same_run(&r[2], "2026-11-20", "2026-12-01", 7, 12, "2026-12-01");
  bh_arena_dispose(&a);
}

/* Equal neighbours are one run; a change of the count, of what is committed or of the term begins another. */
static void a_run_for_each_change(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  bh_commit_run *r;
  bh_commitment c = renewal(1, 7);
  const count counts[] = {{"2026-10-01", 5}, {"2026-10-10", 4}, {"2026-10-20", 5}, {"2026-10-25", 6}, {"2026-11-03", 6}, {"2026-12-03", 3}};
  size_t n = committed(&r, &a, &c, "2026-10-01", counts, 6, "2026-10-01", "2027-01-01");
  assert_int_equal(n, 7);
  same_run(&r[0], "2026-10-01", "2026-10-10", 5, 5, "2026-11-01");
  same_run(&r[1], "2026-10-10", "2026-10-20", 4, 5, "2026-11-01");
  same_run(&r[2], "2026-10-20", "2026-10-25", 5, 5, "2026-11-01");
  same_run(&r[3], "2026-10-25", "2026-11-01", 6, 6, "2026-11-01");
  same_run(&r[4], "2026-11-01", "2026-12-01", 6, 6, "2026-12-01");
  same_run(&r[5], "2026-12-01", "2026-12-03", 6, 6, "2027-01-01");
  same_run(&r[6], "2026-12-03", "2027-01-01", 3, 3, "2027-01-01");
  c = (bh_commitment){.decrease = BH_DECREASE_NEXT_PERIOD, .coterm = BH_DAY_MIN, .taken = true, .taken_quantity = dec("10"),
                      .taken_until = D("2026-11-10")};
  const count five[] = {{"2026-11-01", 5}};
  n = committed(&r, &a, &c, "2026-11-01", five, 1, "2026-11-01", "2026-12-01");
  assert_int_equal(n, 2);
  same_run(&r[0], "2026-11-01", "2026-11-11", 5, 10, "2026-12-01");
  same_run(&r[1], "2026-11-11", "2026-12-01", 5, 5, "2026-12-01");
  bh_arena_dispose(&a);
}

static void what_was_taken_over_is_the_least(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  bh_commit_run *r;
  bh_commitment c = renewal(12, 7);
  c.taken = true;
  c.taken_quantity = dec("10");
  c.taken_until = D("2027-04-16");
  const count counts[] = {{"2026-11-01", 8}, {"2027-01-01", 11}, {"2027-02-01", 9}};
  size_t n = committed(&r, &a, &c, "2026-11-01", counts, 3, "2026-12-01", "2027-05-01");
  assert_int_equal(n, 4);
  same_run(&r[0], "2026-12-01", "2027-01-01", 8, 10, "2027-04-17");
  same_run(&r[1], "2027-01-01", "2027-02-01", 11, 11, "2027-04-17");
  same_run(&r[2], "2027-02-01", "2027-04-17", 9, 11, "2027-04-17");
  same_run(&r[3], "2027-04-17", "2027-05-01", 9, 9, "2028-04-17");
  bh_arena_dispose(&a);
}

static void a_day_without_a_count_is_named(void **state) {
  bh_arena a;
  bh_arena_init(&a);
  bh_commit_run *r;
  size_t n;
  bh_error err = {0};
  bh_commitment c = renewal(12, 7);
  const bh_count_run raw[] = {{D("2026-10-01"), D("2026-10-05"), bh_ratio_int(1)}, {D("2026-10-06"), D("2026-11-01"), bh_ratio_int(1)}};
  assert_int_equal(bh_commit_runs(&r, &n, &a, &c, D("2026-10-01"), 0, 0, raw, 2, D("2026-10-02"), D("2026-11-01"), &err), BH_E_INVALID);
  assert_string_equal(err.message, "there is no count for 2026-10-05");
  assert_int_equal(bh_commit_runs(&r, &n, &a, &c, D("2026-10-01"), 0, 0, raw, 1, D("2026-10-02"), D("2026-11-01"), &err), BH_E_INVALID);
  assert_string_equal(err.message, "there is no count for 2026-10-05");
  assert_int_equal(bh_commit_runs(&r, &n, &a, &c, D("2026-10-01"), 0, 0, NULL, 0, D("2026-10-02"), D("2026-11-01"), &err), BH_E_INVALID);
  assert_string_equal(err.message, "there is no count for 2026-10-02");
  bh_arena_dispose(&a);
}

static void what_is_left_at_an_end(void **state) {
  bh_commitment c = renewal(12, 7);
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2027-04-15")), "2027-10-01");
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2027-09-30")), "2027-10-01"); /* with the term: nothing */
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2027-10-03")), "2027-10-04"); /* gone from 4 October on: in the window */
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2027-10-06")), "2027-10-07");
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2027-10-07")), "2028-10-01"); /* gone from the 8th on: too late */
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2026-10-03")), "2027-10-01"); /* no window at the beginning */
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2026-09-01")), "2026-09-02"); /* before it began */
  assert_int_equal(bh_commit_rest(&c, D("2026-10-01"), BH_DAY_MAX - 1), BH_DAY_MAX); /* it does not end */
  assert_int_equal(bh_commit_rest(&c, D("2026-10-01"), BH_DAY_MAX), BH_DAY_MAX);
  c.release = true;
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2027-04-15")), "2027-04-16");
  c = renewal(12, 7);
  c.taken = true;
  c.taken_until = D("2027-04-16");
  same_day(bh_commit_rest(&c, D("2026-11-01"), D("2026-12-31")), "2027-04-17");
  c = (bh_commitment){.decrease = BH_DECREASE_NEXT_PERIOD, .coterm = BH_DAY_MIN};
  same_day(bh_commit_rest(&c, D("2026-10-01"), D("2027-04-15")), "2027-04-16");
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(terms_are_counted_from_the_start), cmocka_unit_test(a_common_end_date_ends_the_first_term_early),
    cmocka_unit_test(what_was_taken_over_is_a_term), cmocka_unit_test(up_at_once_and_down_only_at_the_renewal),
    cmocka_unit_test(in_the_window_after_a_renewal_it_may_come_down), cmocka_unit_test(next_period_holds_to_the_end_of_the_period),
    cmocka_unit_test(a_run_for_each_change), cmocka_unit_test(what_was_taken_over_is_the_least), cmocka_unit_test(a_day_without_a_count_is_named), cmocka_unit_test(what_is_left_at_an_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

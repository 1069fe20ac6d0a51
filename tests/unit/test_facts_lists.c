/* Dated lists: days between two lists carry the earlier one forward; a client that a list leaves out is held. */
#include "facts_fixture.h"

/* Lists of the 1st and the 15th; b leaves, c comes. */
static void two_lists(bh_ingest *in) {
  pull_listed(in, dec_day(1), "acme", "a");
  pull_listed(in, dec_day(1), "acme", "b");
  pull_listed(in, dec_day(1), "globex", "x");
  pull_listed(in, dec_day(15), "acme", "a");
  pull_listed(in, dec_day(15), "acme", "c");
  pull_listed(in, dec_day(15), "acme", "d");
  pull_listed(in, dec_day(15), "globex", "x");
  pull_complete(in, "*", "*");
}

static bh_count of(fixture *f, int from, int until, int stale, int64_t pull) {
  return count(f, sheet, devices(), (ask){.from = dec_day(from), .until = dec_day(until), .read_from = dec_day(from), .stale_days = stale, .pull = pull});
}

static void carried_forward(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("sheet", dec_day(16));
  two_lists(in);
  int64_t p1 = pull_end(f, in);
  bh_count c = of(f, 1, 20, 30, 0);
  assert_str(c.hold_reason, "");
  assert_int_equal(c.run_count, 2);
  assert_int_equal(c.runs[0].count.num, 2);
  assert_int_equal(c.runs[0].until, dec_day(15));
  assert_int_equal(c.runs[1].count.num, 3);
  /* The same lists again write nothing. */
  int64_t at = bh_store_writes(f->store);
  in = pull_start("sheet", dec_day(17));
  two_lists(in);
  pull_end(f, in);
  assert_int_equal(bh_store_writes(f->store) - at, 1);
  /* Only the newest list in the file: earlier ones stay as they are known. */
  in = pull_start("sheet", dec_day(29));
  pull_listed(in, dec_day(28), "acme", "a");
  pull_listed(in, dec_day(28), "globex", "x");
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_int_equal(f->result.gone, 2);
  c = of(f, 1, 31, 30, 0);
  assert_int_equal(c.run_count, 3);
  assert_int_equal(c.runs[0].count.num, 2);
  assert_int_equal(c.runs[1].count.num, 3);
  assert_int_equal(c.runs[2].count.num, 1);
  assert_int_equal(c.runs[2].from, dec_day(28));
  assert_int_equal(of(f, 28, 31, 30, p1).runs[0].count.num, 3); /* as known then */
}

static void a_corrected_list(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("sheet", dec_day(16));
  two_lists(in);
  int64_t p1 = pull_end(f, in);
  in = pull_start("sheet", dec_day(17));
  two_lists(in);
  pull_listed(in, dec_day(1), "acme", "d"); /* was there on the 1st after all */
  pull_end(f, in);
  assert_int_equal(f->result.changed, 1);
  assert_int_equal(of(f, 1, 2, 30, 0).runs[0].count.num, 3);
  assert_int_equal(of(f, 1, 2, 30, p1).runs[0].count.num, 2);
  bh_day late;
  OK(bh_store_late_day(f->store, &late, &(bh_fact_ref){BH_S("sheet"), BH_S("acme")}, 1, p1, &f->err));
  assert_int_equal(late, dec_day(1));
}

static void left_out_of_a_list(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("sheet", dec_day(16));
  two_lists(in);
  pull_listed(in, dec_day(16), "globex", "x");
  pull_end(f, in);
  assert_str(of(f, 15, 16, 3, 0).hold_reason, "");
  bh_count c = of(f, 16, 17, 3, 0);
  assert_str(c.hold_reason, "stale-facts");
  assert_non_null(strstr(c.hold_message.ptr, "the list of 2026-12-16 names other clients and not this one, whose last is of 2026-12-15"));
  assert_int_equal(c.runs[0].count.num, 3); /* never zero */
  assert_str(of(f, 14, 17, 30, 0).hold_reason, "stale-facts");
  /* Taken out of a list that named it. */
  in = pull_start("sheet", dec_day(17));
  pull_listed(in, dec_day(15), "globex", "x");
  OK(bh_ingest_client(in, BH_S("acme"), BH_S(""), BH_S(""), &f->err));
  pull_complete(in, "*", "*");
  pull_end(f, in);
  c = of(f, 15, 16, 30, 0);
  assert_str(c.hold_reason, "stale-facts");
  assert_int_equal(c.runs[0].count.num, 2);
}

static void age_of_lists(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("sheet", dec_day(16));
  two_lists(in);
  pull_end(f, in);
  assert_str(of(f, 4, 5, 3, 0).hold_reason, "");
  bh_count c = of(f, 5, 6, 3, 0); /* each day that is read leans on its own list */
  assert_str(c.hold_reason, "stale-facts");
  assert_non_null(strstr(c.hold_message.ptr, "of 2026-12-01, 4 days before 2026-12-05 (stale_days is 3)"));
  assert_str(of(f, 3, 17, 3, 0).hold_reason, "stale-facts"); /* the 14th is 13 days old */
  assert_str(of(f, 15, 19, 3, 0).hold_reason, "");
  c = of(f, -5, 2, 30, 0);
  assert_str(c.hold_reason, "no-facts");
}

static void a_new_name_on_a_list(void **state) {
  fixture *f = *state;
  for (int i = 0; i < 2; i++) {
    bh_ingest *in = pull_start("sheet", dec_day(16));
    for (int day = 1; day <= 3; day++) {
      bh_in_asset x = {.client = BH_S("acme"), .kind = BH_S("device"), .klass = BH_S("pc"), .id = BH_S("a"), .name = day < 3 ? BH_S("old") : BH_S("new"),
                       .from = dec_day(day), .to = BH_DAY_MAX, .last_seen = BH_DAY_MIN, .attrs = BH_S("{}")};
      OK(bh_ingest_asset(in, BH_SCOPE_DATED, &x, &f->err));
    }
    pull_complete(in, "*", "*");
    pull_end(f, in);
    assert_int_equal(f->result.changed, !i);
  }
  bh_match old = {BH_S("name"), BH_S("old")};
  bh_selector sel = devices();
  sel.match = &old;
  sel.match_count = 1;
  bh_count c = count(f, sheet, sel, (ask){.from = dec_day(1), .until = dec_day(5)});
  assert_int_equal(c.run_count, 2);
  assert_int_equal(c.runs[0].until, dec_day(3));
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {T(carried_forward), T(a_corrected_list), T(left_out_of_a_list), T(age_of_lists), T(a_new_name_on_a_list)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

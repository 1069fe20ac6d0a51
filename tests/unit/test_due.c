/* BILLING 7: due dates. */
#include "billing_test.h"

static void due(const char *terms, const char *issue, const char *want) {
  bh_day got;
  bh_error err = {0};
  if (bh_due_date(&got, bh_str_c(terms), D(issue), &err) != BH_OK) fail_msg("%s", err.message);
  same_day(got, want);
}

static void phrases(void **state) {
  due("net 15", "2026-12-01", "2026-12-16");
  due("net 0", "2026-12-01", "2026-12-01");
  due("net 30", "2026-12-15", "2027-01-14");
  due("net 30", "2028-02-01", "2028-03-02");
  due("due on receipt", "2026-12-01", "2026-12-01");
  due("end of month", "2026-12-01", "2026-12-31");
  due("end of month", "2026-02-28", "2026-02-28");
  due("net 30 end of month", "2026-12-15", "2027-01-31");
  due("net 30 end of month", "2026-12-01", "2026-12-31");
  due("end of month + 10", "2026-12-15", "2027-01-10");
  due("end of month + 0", "2028-02-03", "2028-02-29");
  due("day 20", "2026-12-01", "2026-12-20");
  due("day 20", "2026-12-20", "2026-12-20");
  due("day 20", "2026-12-21", "2027-01-20"); /* the next one */
  due("day 31", "2026-02-01", "2026-02-28");
  due("day 31", "2026-01-31", "2026-01-31");
  due("day 20 of next month", "2026-12-01", "2027-01-20");
  due("day 31 of next month", "2026-01-31", "2026-02-28");
  due("day 1 of next month", "2026-11-30", "2026-12-01");
}

static void blanks_and_capitals(void **state) {
  due("  Net  15 ", "2026-12-01", "2026-12-16");
  due("Due on Receipt", "2026-12-01", "2026-12-01");
  due("end of month+10", "2026-12-15", "2027-01-10");
  due("END OF MONTH", "2026-12-15", "2026-12-31");
  due("net\t15", "2026-12-01", "2026-12-16");
  due("end\tof month", "2026-12-15", "2026-12-31");
}

static void anything_else(void **state) {
  const char *bad[] = {"", " ", "net", "net x", "net -1", "net 99999999999", "net 3651", "net 30 days", "net 30 end", "due", "on receipt",
                       "end of", "end of month +", "end of month 10", "day", "day 0", "day 32", "day 20 of month", "day 20 of next",
                       "day 20 of next month please", "due on receipt!", "30", "networks 5", "end of months", "end", "endxof month",
                       "end of month +x", "net 30 end of month x", "due on receipt{", "due on receiptz",
                       "a term that is far longer than any term that anybody has ever written on an invoice, or ever will write"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    bh_day got = 7;
    bh_error err = {0};
    if (bh_due_date(&got, bh_str_c(bad[i]), D("2026-12-01"), &err) != BH_E_INVALID) fail_msg("\"%s\" was taken", bad[i]);
    assert_int_equal(got, 7);
    says(&err, "\"day 20 of next month\"");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(phrases), cmocka_unit_test(blanks_and_capitals), cmocka_unit_test(anything_else),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

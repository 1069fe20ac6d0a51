/* One thing seen by several connectors counts once, by the preferred one's class; two that answer without a rule are a mistake. */
#include "facts_fixture.h"

static bh_str by[] = {{"serial", 6}, {"name", 4}}, prefer[] = {{"rmm", 3}, {"sheet", 5}}, prefer_sheet[] = {{"sheet", 5}};
static const bh_identity rule = {{"device", 6}, by, 2, prefer, 2}, rule_sheet = {{"device", 6}, by, 2, prefer_sheet, 1};

static void both_pull(fixture *f) {
  bh_ingest *in = pull_start("rmm", dec_day(1));
  pull_attrs(in, "acme", "1", "workstation", "pc-1", "{\"serial\":\"S1\"}");
  pull_attrs(in, "acme", "2", "server", "srv-2", "{\"serial\":\"S2\"}");
  pull_attrs(in, "acme", "3", "workstation", "pc-3", "{}");
  pull_attrs(in, "acme", "4", "workstation", "pc-4", "{\"serial\":\"S4\"}");
  pull_complete(in, "*", "*");
  pull_end(f, in);
  in = pull_start("sheet", dec_day(1));
  pull_attrs(in, "acme", "A", "workstation", "front desk", "{\"serial\":\"S1\"}");  /* is 1, by serial */
  pull_attrs(in, "acme", "B", "workstation", "srv-2", "{}");                        /* is 2, by name; rmm says server */
  pull_attrs(in, "acme", "C", "workstation", "pc-3", "{\"serial\":\"S9\"}");        /* is 3: only one of the two has a serial */
  pull_attrs(in, "acme", "D", "workstation", "pc-4", "{\"serial\":\"S8\"}");        /* is not 4: the serials differ */
  pull_attrs(in, "acme", "E", "workstation", "only here", "{}");
  pull_complete(in, "*", "*");
  pull_end(f, in);
}

static void ambiguous(void **state) {
  fixture *f = *state;
  both_pull(f);
  bh_count c;
  assert_int_equal(try_count(&c, f, rmm_sheet, devices(), (ask){.from = dec_day(1), .until = dec_day(2)}), BH_E_INVALID);
  assert_non_null(strstr(f->err.message, "connectors \"rmm\" and \"sheet\" both answer: `from` on the selector, or an identity rule, says which counts"));
  bh_selector sel = devices();
  sel.from = BH_S("sheet");
  c = count(f, rmm_sheet, sel, (ask){.from = dec_day(1), .until = dec_day(2)});
  assert_int_equal(c.runs[0].count.num, 5);
  assert_str(c.connector, "sheet");
  c = count(f, rmm, devices(), (ask){.from = dec_day(1), .until = dec_day(2)}); /* only mapped to one */
  assert_int_equal(c.runs[0].count.num, 4);
  for (int i = 0; i < 2; i++) {
    bh_ingest *in = pull_start(i ? "sheet" : "rmm", dec_day(2));
    pull_gauge(in, "acme", "m365.SPB", dec_day(2), 5);
    pull_usage(in, "acme", "u", dec_day(2), 5);
    pull_device(in, "acme", "1");
    pull_end(f, in);
  }
  assert_int_equal(try_count(&c, f, rmm_sheet, gauge_of("m365.SPB"), (ask){.from = dec_day(2), .until = dec_day(3)}), BH_E_INVALID);
  assert_null(strstr(f->err.message, "identity"));
  assert_int_equal(try_count(&c, f, rmm_sheet, usage_of("gb"), (ask){.from = dec_day(2), .until = dec_day(3)}), BH_E_INVALID);
}

static void merged(void **state) {
  fixture *f = *state;
  both_pull(f);
  bh_count c = count(f, rmm_sheet, devices(), (ask){.from = dec_day(1), .until = dec_day(2), .identity = &rule});
  assert_int_equal(c.runs[0].count.num, 6); /* 1 2 3 4, D, E */
  bh_match workstation = {BH_S("class"), BH_S("workstation")};
  bh_selector sel = devices();
  sel.match = &workstation;
  sel.match_count = 1;
  c = count(f, rmm_sheet, sel, (ask){.from = dec_day(1), .until = dec_day(2), .identity = &rule});
  assert_int_equal(c.runs[0].count.num, 5); /* 2 is a server: B does not count in its stead */
  c = count(f, rmm_sheet, sel, (ask){.from = dec_day(1), .until = dec_day(2), .identity = &rule_sheet});
  assert_int_equal(c.runs[0].count.num, 6); /* the sheet says that 2 is a workstation */
  bh_client_facts *facts;
  bh_fact_asset *list;
  size_t n, out = 0;
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm_sheet), &rule, 1, dec_day(1), dec_day(2), &f->err));
  OK(bh_facts_list(&list, &n, facts, &f->arena, &sel, dec_day(1), dec_day(2), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 8);
  for (size_t i = 0; i < n; i++) out += list[i].left_out.len > 0;
  assert_int_equal(out, 3);
  assert_str(list[3].id, "A");
  assert_str(list[3].left_out, "the same as \"1\" of rmm");
}

static void day_by_day(void **state) {
  fixture *f = *state;
  both_pull(f);
  bh_ingest *in = pull_start("rmm", dec_day(3)); /* the agent is gone from 1, the sheet still has it */
  pull_attrs(in, "acme", "2", "server", "srv-2", "{\"serial\":\"S2\"}");
  pull_complete(in, "*", "*");
  pull_end(f, in);
  bh_count c = count(f, rmm_sheet, devices(), (ask){.from = dec_day(1), .until = dec_day(5), .identity = &rule});
  assert_int_equal(c.run_count, 2);
  assert_int_equal(c.runs[0].count.num, 6);
  assert_int_equal(c.runs[0].until, dec_day(3));
  assert_int_equal(c.runs[1].count.num, 5); /* 2, A, C, D, E */
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {T(ambiguous), T(merged), T(day_by_day)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What a selector asks for: globs on class, id, name and attributes; exceptions; quiet spells. */
#include "facts_fixture.h"

static void pull_fleet(fixture *f) {
  bh_ingest *in = pull_start("rmm", dec_day(1));
  pull_attrs(in, "acme", "1", "workstation", "KIOSK-1", "{\"cores\":8,\"os\":\"Windows 11\",\"site\":\"Albany\"}");
  pull_attrs(in, "acme", "2", "workstation", "PC-2", "{\"os\":\"Windows 10\",\"site\":\"Troy\",\"vip\":true}");
  pull_attrs(in, "acme", "3", "server", "SRV-3", "{\"os\":\"Debian \\\"12\\\"\",\"site\":\"Albany\",\"tags\":{\"site\":\"no\"}}");
  pull_attrs(in, "acme", "4", "server", "SRV-4", "{}");
  pull_complete(in, "*", "*");
  pull_end(f, in);
}

static int64_t matching(fixture *f, const char *key, const char *glob) {
  bh_match m = {bh_str_c(key), bh_str_c(glob)};
  bh_selector sel = devices();
  sel.match = &m;
  sel.match_count = 1;
  return on_day(f, sel, dec_day(1));
}

static void globs(void **state) {
  fixture *f = *state;
  pull_fleet(f);
  assert_int_equal(on_day(f, devices(), dec_day(1)), 4);
  assert_int_equal(matching(f, "class", "server"), 2);
  assert_int_equal(matching(f, "class", "work*"), 2);
  assert_int_equal(matching(f, "name", "KIOSK*"), 1);
  assert_int_equal(matching(f, "id", "?"), 4);
  assert_int_equal(matching(f, "os", "Windows*"), 2);
  assert_int_equal(matching(f, "os", "Debian \"12\""), 1);
  assert_int_equal(matching(f, "site", "Albany"), 2);
  assert_int_equal(matching(f, "site", "no"), 0);
  assert_int_equal(matching(f, "site", "*"), 3); /* where there is none there is nothing to match */
  assert_int_equal(matching(f, "cores", "8"), 1);
  assert_int_equal(matching(f, "vip", "true"), 1);
  assert_int_equal(matching(f, "tags", "*"), 0);
  assert_int_equal(matching(f, "nothing", "*"), 0);
  bh_match both[] = {{BH_S("site"), BH_S("Albany")}, {BH_S("class"), BH_S("server")}};
  bh_selector sel = devices();
  sel.match = both;
  sel.match_count = 2;
  assert_int_equal(on_day(f, sel, dec_day(1)), 1);
}

static void exceptions(void **state) {
  fixture *f = *state;
  pull_fleet(f);
  bh_match kiosk = {BH_S("name"), BH_S("KIOSK*")}, srv = {BH_S("id"), BH_S("3")};
  bh_except of_selector = {&kiosk, 1, BH_DAY_MIN, BH_DAY_MAX, BH_S("lobby kiosks are free")};
  bh_except of_client = {&srv, 1, dec_day(2), dec_day(2), BH_S("stolen")};
  bh_selector sel = devices();
  sel.except = &of_selector;
  sel.except_count = 1;
  bh_count c = count(f, rmm, sel, (ask){.from = dec_day(1), .until = dec_day(4), .except = &of_client, .except_count = 1});
  assert_string_equal(c.hold_reason.ptr, "");
  assert_int_equal(c.run_count, 3); /* 3, 2, 3 */
  assert_int_equal(c.runs[0].count.num, 3);
  assert_int_equal(c.runs[1].count.num, 2);
  assert_int_equal(c.runs[2].count.num, 3);
  assert_int_equal(c.left_out, 1);
  c = count(f, rmm, sel, (ask){.from = dec_day(2), .until = dec_day(3), .except = &of_client, .except_count = 1});
  assert_int_equal(c.left_out, 2);
  bh_client_terms *terms = terms_of(f, rmm);
  terms->except = &of_client;
  terms->except_count = 1;
  bh_client_facts *facts;
  bh_fact_asset *list;
  size_t n;
  OK(bh_facts_load(&facts, f->store, &f->arena, terms, NULL, 0, dec_day(1), dec_day(4), &f->err));
  OK(bh_facts_list(&list, &n, facts, &f->arena, &sel, dec_day(2), dec_day(3), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 4);
  assert_str(list[0].left_out, "lobby kiosks are free");
  assert_str(list[1].left_out, "");
  assert_str(list[2].left_out, "stolen");
  assert_str(list[2].klass, "server");
}

static void seen_pull(fixture *f, int day, bh_day a, bh_day b) {
  bh_ingest *in = pull_start("rmm", dec_day(day));
  pull_seen(in, "acme", "a", a);
  pull_seen(in, "acme", "b", b);
  pull_complete(in, "*", "*");
  pull_end(f, in);
}

static int64_t seen_on(fixture *f, int within, int day, int64_t pull) {
  bh_selector sel = devices();
  sel.seen_within = within;
  bh_count c = count(f, rmm, sel, (ask){.from = dec_day(day), .until = dec_day(day + 1), .pull = pull, .stale_days = 100});
  return c.runs[0].count.num;
}

static void quiet_spells(void **state) {
  fixture *f = *state;
  seen_pull(f, 1, dec_day(1), dec_day(1));
  int64_t at = bh_store_writes(f->store);
  seen_pull(f, 2, dec_day(2), dec_day(1)); /* yesterday: it may be off at night */
  assert_int_equal(bh_store_writes(f->store) - at, 1);
  seen_pull(f, 3, dec_day(3), dec_day(1)); /* silent since the 1st */
  at = bh_store_writes(f->store);
  for (int day = 4; day <= 8; day++) seen_pull(f, day, dec_day(day), dec_day(1));
  assert_int_equal(bh_store_writes(f->store) - at, 5); /* the pulls; silence goes on unwritten */
  int64_t silent = f->result.pull;
  assert_int_equal(seen_on(f, 3, 4, 0), 2);
  assert_int_equal(seen_on(f, 3, 5, 0), 1); /* last seen 4 days ago */
  assert_int_equal(seen_on(f, 30, 8, 0), 2);
  seen_pull(f, 9, dec_day(9), dec_day(9)); /* back */
  assert_int_equal(seen_on(f, 3, 8, 0), 1);
  assert_int_equal(seen_on(f, 3, 9, 0), 2);
  assert_int_equal(seen_on(f, 3, 9, silent), 1); /* as known before */
  seen_pull(f, 20, dec_day(12), dec_day(20)); /* a moved, and is silent again */
  assert_int_equal(seen_on(f, 3, 15, 0), 2);
  assert_int_equal(seen_on(f, 3, 16, 0), 1);
  bh_selector sel = devices();
  sel.seen_within = 3;
  bh_client_facts *facts;
  bh_fact_asset *list;
  size_t n;
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm), NULL, 0, dec_day(1), dec_day(30), &f->err));
  OK(bh_facts_list(&list, &n, facts, &f->arena, &sel, dec_day(18), dec_day(19), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 2);
  assert_str(list[0].left_out, "not seen for more than 3 days");
  assert_str(list[1].left_out, "");
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {T(globs), T(exceptions), T(quiet_spells)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Facts in two times: any day's count, as known at any pull; and a pull that brings nothing new writes nothing. */
#include "facts_fixture.h"

static int64_t three_devices(fixture *f, bh_day day, bool b, bool c) {
  bh_ingest *in = pull_start("rmm", day);
  pull_device(in, "acme", "a");
  if (b) pull_device(in, "acme", "b");
  if (c) pull_device(in, "acme", "c");
  pull_complete(in, "*", "*");
  return pull_end(f, in);
}

static void present_lists(void **state) {
  fixture *f = *state;
  int64_t p1 = three_devices(f, dec_day(1), true, false);
  assert_int_equal(f->result.assets, 2);
  assert_int_equal(f->result.changed, 2);
  assert_int_equal(f->result.unmapped_count, 1); /* the platform's clients: who claims them is the caller's knowledge */
  int64_t p2 = three_devices(f, dec_day(5), false, true);
  assert_int_equal(f->result.changed, 1);
  assert_int_equal(f->result.gone, 1);
  assert_true(p2 > p1);
  assert_int_equal(on_day(f, devices(), dec_day(1)), 2);
  assert_int_equal(on_day(f, devices(), dec_day(4)), 2); /* b ended the day before the pull's */
  assert_int_equal(on_day(f, devices(), dec_day(5)), 2); /* a and c */
  assert_int_equal(on_day_at(f, devices(), dec_day(4), p1), 2);
  bh_count c = count(f, rmm, devices(), (ask){.from = dec_day(1), .until = dec_day(8), .pull = p1, .as_of = dec_day(4)});
  assert_int_equal(c.run_count, 1); /* days to come carry the last known one */
  bh_fact_asset *list;
  size_t n;
  bh_client_facts *facts;
  bh_selector sel = devices();
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm), NULL, 0, dec_day(1), dec_day(10), &f->err));
  OK(bh_facts_list(&list, &n, facts, &f->arena, &sel, dec_day(5), dec_day(6), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 2);
  assert_str(list[1].id, "c");
  assert_int_equal(list[1].from, dec_day(5));
  assert_true(list[1].to >= BH_DAY_MAX);
  OK(bh_facts_list(&list, &n, facts, &f->arena, &sel, dec_day(5), dec_day(6), p1, &f->err));
  assert_int_equal(n, 2);
  assert_str(list[1].id, "b");
}

static void unchanged_pull_writes_nothing(void **state) {
  fixture *f = *state;
  three_devices(f, dec_day(1), true, true);
  int64_t before = bh_store_writes(f->store);
  three_devices(f, dec_day(2), true, true);
  assert_int_equal(bh_store_writes(f->store) - before, 1); /* the pull itself */
  assert_int_equal(f->result.changed, 0);
  assert_int_equal(f->result.gone, 0);
  three_devices(f, dec_day(3), true, true);
  assert_int_equal(bh_store_writes(f->store) - before, 2);
  assert_int_equal(on_day(f, devices(), dec_day(6)), 3); /* fresh through the third */
  assert_int_equal(on_day(f, devices(), dec_day(7)), -1);
}

static void names_and_classes_are_versions(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("rmm", dec_day(1));
  pull_attrs(in, "acme", "a", "workstation", "old", "{\"site\":\"Albany\"}");
  pull_complete(in, "device", "*");
  int64_t p1 = pull_end(f, in);
  in = pull_start("rmm", dec_day(10));
  pull_attrs(in, "acme", "a", "server", "new", "{\"site\":\"Troy\"}");
  pull_complete(in, "device", "*");
  pull_end(f, in);
  assert_int_equal(f->result.changed, 1);
  bh_match server = {BH_S("class"), BH_S("server")};
  bh_selector sel = devices();
  sel.match = &server;
  sel.match_count = 1;
  assert_int_equal(on_day(f, sel, dec_day(9)), 0);
  assert_int_equal(on_day(f, sel, dec_day(10)), 1);
  assert_int_equal(on_day_at(f, sel, dec_day(4), p1), 0);
  bh_client_facts *facts;
  bh_fact_asset *list;
  size_t n;
  bh_selector all = devices();
  OK(bh_facts_load(&facts, f->store, &f->arena, terms_of(f, rmm), NULL, 0, dec_day(1), dec_day(20), &f->err));
  OK(bh_facts_list(&list, &n, facts, &f->arena, &all, dec_day(5), dec_day(6), BH_PULL_NOW, &f->err));
  assert_int_equal(n, 1);
  assert_str(list[0].name, "old"); /* the name of then */
  assert_int_equal(list[0].from, dec_day(1));
  assert_true(list[0].to >= BH_DAY_MAX); /* one stay */
}

static void restated_history(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("rmm", dec_day(10));
  pull_row(in, "acme", "a", "workstation", dec_day(1), BH_DAY_MAX);
  pull_row(in, "acme", "b", "workstation", dec_day(1), dec_day(20));
  pull_complete(in, "*", "*");
  int64_t p1 = pull_end(f, in);
  in = pull_start("rmm", dec_day(12));
  pull_row(in, "acme", "a", "workstation", dec_day(5), BH_DAY_MAX); /* from was wrong */
  pull_row(in, "acme", "b", "workstation", dec_day(1), dec_day(7)); /* to was wrong */
  pull_complete(in, "*", "*");
  int64_t p2 = pull_end(f, in);
  assert_int_equal(f->result.changed, 2);
  assert_int_equal(f->result.gone, 0);
  assert_int_equal(on_day_at(f, devices(), dec_day(2), p1), 2);
  assert_int_equal(on_day_at(f, devices(), dec_day(2), p2), 1);
  assert_int_equal(on_day_at(f, devices(), dec_day(8), p1), 2);
  assert_int_equal(on_day_at(f, devices(), dec_day(8), p2), 1);
  bh_day late;
  OK(bh_store_late_day(f->store, &late, &(bh_fact_ref){BH_S("rmm"), BH_S("acme")}, 1, p1, &f->err));
  assert_int_equal(late, dec_day(1));
  OK(bh_store_late_day(f->store, &late, &(bh_fact_ref){BH_S("rmm"), BH_S("acme")}, 1, p2, &f->err));
  assert_int_equal(late, BH_DAY_MAX);
  /* A row no longer there: gone from the day of that pull. */
  in = pull_start("rmm", dec_day(15));
  pull_row(in, "acme", "b", "workstation", dec_day(1), dec_day(7));
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_int_equal(f->result.gone, 1);
  assert_int_equal(f->result.changed, 0);
  assert_int_equal(on_day(f, devices(), dec_day(14)), 1);
  assert_int_equal(on_day(f, devices(), dec_day(15)), 0);
  OK(bh_store_late_day(f->store, &late, &(bh_fact_ref){BH_S("rmm"), BH_S("acme")}, 1, p2, &f->err));
  assert_int_equal(late, dec_day(15));
}

static void intervals_with_a_new_class(void **state) {
  fixture *f = *state;
  bh_match server = {BH_S("class"), BH_S("server")};
  bh_selector sel = devices();
  sel.match = &server;
  sel.match_count = 1;
  for (int i = 0; i < 3; i++) { /* the third time it is the same again */
    bh_ingest *in = pull_start("rmm", dec_day(10 + i));
    pull_row(in, "acme", "a", i ? "server" : "workstation", dec_day(1), BH_DAY_MAX);
    pull_complete(in, "*", "*");
    pull_end(f, in);
    assert_int_equal(f->result.changed, i < 2);
  }
  assert_int_equal(on_day(f, sel, dec_day(10)), 0);
  assert_int_equal(on_day(f, sel, dec_day(11)), 1);
  /* Over now: what it was on its days stays. */
  for (int i = 0; i < 2; i++) {
    bh_ingest *in = pull_start("rmm", dec_day(20 + i));
    pull_row(in, "acme", "a", "server", dec_day(1), dec_day(15));
    pull_complete(in, "*", "*");
    pull_end(f, in);
    assert_int_equal(f->result.changed, !i);
  }
  assert_int_equal(on_day(f, sel, dec_day(10)), 0);
  assert_int_equal(on_day(f, sel, dec_day(15)), 1);
  assert_int_equal(on_day(f, sel, dec_day(16)), 0);
  /* A thing that left and came back. */
  bh_ingest *in = pull_start("rmm", dec_day(25));
  pull_row(in, "acme", "a", "server", dec_day(1), dec_day(15));
  pull_row(in, "acme", "a", "server", dec_day(20), BH_DAY_MAX);
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_int_equal(on_day(f, devices(), dec_day(18)), 0);
  assert_int_equal(on_day(f, devices(), dec_day(20)), 1);
}

static void twice_a_day_and_backwards(void **state) {
  fixture *f = *state;
  three_devices(f, dec_day(5), true, false);
  three_devices(f, dec_day(5), false, true); /* the same day: b was never there */
  assert_int_equal(on_day(f, devices(), dec_day(5)), 2);
  three_devices(f, dec_day(2), false, false); /* an older list says nothing of what is there since */
  assert_int_equal(f->result.gone, 0);
  assert_int_equal(on_day(f, devices(), dec_day(6)), 2);
}

static void partial_is_never_gone(void **state) {
  fixture *f = *state;
  bh_ingest *in = pull_start("rmm", dec_day(1));
  pull_device(in, "acme", "a");
  pull_device(in, "globex", "x");
  pull_complete(in, "*", "*");
  pull_end(f, in);
  in = pull_start("rmm", dec_day(2)); /* acme could not be read */
  pull_device(in, "globex", "x");
  pull_complete(in, "*", "*");
  OK(bh_ingest_client_failed(in, BH_S("acme"), BH_S("403 Forbidden"), &f->err));
  pull_end(f, in);
  assert_int_equal(f->result.gone, 0);
  in = pull_start("rmm", dec_day(3)); /* no scope at all */
  pull_device(in, "globex", "y");
  pull_end(f, in);
  assert_int_equal(f->result.gone, 0);
  in = pull_start("rmm", dec_day(4)); /* the platform's list without the whole client */
  pull_device(in, "globex", "x");
  pull_device(in, "globex", "y");
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_int_equal(f->result.gone, 0);
  bh_count c = count(f, rmm, devices(), (ask){.from = dec_day(4), .until = dec_day(5)});
  assert_str(c.hold_reason, "unknown-client");
  assert_int_equal(c.runs[0].count.num, 1); /* as it was known last */
  in = pull_start("rmm", dec_day(5)); /* known, and nothing in it */
  pull_device(in, "globex", "x");
  OK(bh_ingest_client(in, BH_S("acme"), BH_S("Acme"), BH_S(""), &f->err));
  pull_complete(in, "*", "*");
  pull_end(f, in);
  assert_int_equal(f->result.gone, 2);
  assert_int_equal(on_day(f, devices(), dec_day(5)), 0); /* a real zero */
  assert_int_equal(on_day(f, devices(), dec_day(3)), 1);
}

static void many_places(void **state) {
  fixture *f = *state;
  for (int round = 0; round < 3; round++) {
    bh_ingest *in = pull_start("rmm", dec_day(1 + round));
    for (int i = 0; i < 1000; i++) {
      char client[20];
      snprintf(client, sizeof client, "c%04d", (i * 7919) % 1000);
      if (round == 1 && i % 10 == 0) continue;
      pull_row(in, client, "a", "workstation", dec_day(1), BH_DAY_MAX);
      pull_row(in, client, "b", "server", dec_day(1), BH_DAY_MAX);
    }
    if (round == 2) pull_row(in, "acme", "late", "server", dec_day(1), BH_DAY_MAX);
    pull_complete(in, "*", "*");
    pull_end(f, in);
    assert_int_equal(f->result.gone, round == 1 ? 200 : 0); /* a file's rows that are no longer there */
    assert_int_equal(f->result.changed, round == 0 ? 2000 : round == 1 ? 0 : 201);
  }
  assert_int_equal(on_day(f, devices(), dec_day(3)), 1);
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    T(present_lists), T(unchanged_pull_writes_nothing), T(names_and_classes_are_versions), T(restated_history), T(intervals_with_a_new_class),
    T(twice_a_day_and_backwards), T(partial_is_never_gone), T(many_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

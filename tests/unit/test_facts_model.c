/* Random pulls against a model that keeps everything: every day's count, as known at every pull. */
#include "facts_fixture.h"

enum { DAYS = 40, IDS = 6, PULLS = 12, ROUNDS = 20 };

typedef struct model { bool there[PULLS + 1][DAYS][IDS]; int level[PULLS + 1][DAYS]; int64_t pull[PULLS + 1]; int count; } model;

static const char *id_of(int i) {
  static const char *const ids[IDS] = {"a", "b", "c", "d", "e", "f"};
  return ids[i];
}

static bool chance(uint64_t *r, int percent) { return test_random_below(r, 100) < percent; }

/* As it was known before, to start from. */
static void next_state(model *m) {
  m->count++;
  memcpy(m->there[m->count], m->there[m->count - 1], sizeof m->there[0]);
  memcpy(m->level[m->count], m->level[m->count - 1], sizeof m->level[0]);
}

static void compare(fixture *f, const model *m, uint64_t seed, const char *what) {
  for (int p = 1; p <= m->count; p++) {
    bh_count c = count(f, rmm, devices(), (ask){.from = dec_day(0), .until = dec_day(DAYS), .pull = m->pull[p]});
    size_t run = 0;
    for (int d = 0; d < DAYS; d++) {
      int expected = 0;
      for (int i = 0; i < IDS; i++) expected += m->there[p][d][i];
      while (c.runs[run].until <= dec_day(d)) run++;
      if (c.runs[run].count.num != expected)
        fail_msg("%s, seed %llu: pull %d, day %d: %d, expected %d", what, (unsigned long long)seed, p, d, (int)c.runs[run].count.num, expected);
    }
  }
}

static void present_lists(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
    fixture *f = fixture_new();
    model *m = test_calloc(1, sizeof *m);
    uint64_t r = seed * 7919;
    int day = 0;
    while (m->count < PULLS && (day += (int)test_random_below(&r, 4)) < DAYS) {
      bh_ingest *in = pull_start("rmm", dec_day(day));
      next_state(m);
      OK(bh_ingest_client(in, BH_S("acme"), BH_S(""), BH_S(""), &f->err));
      for (int i = 0; i < IDS; i++) {
        bool there = chance(&r, 60);
        if (there) pull_device(in, "acme", id_of(i));
        for (int d = day; d < DAYS; d++) m->there[m->count][d][i] = there;
      }
      pull_complete(in, "*", "*");
      m->pull[m->count] = pull_end(f, in);
    }
    compare(f, m, seed, "present");
    test_free(m);
    fixture_free(f);
  }
}

static void intervals(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
    fixture *f = fixture_new();
    model *m = test_calloc(1, sizeof *m);
    uint64_t r = seed * 104729;
    int day = 0;
    while (m->count < PULLS && (day += (int)test_random_below(&r, 5)) < DAYS) {
      bh_ingest *in = pull_start("rmm", dec_day(day));
      next_state(m);
      OK(bh_ingest_client(in, BH_S("acme"), BH_S(""), BH_S(""), &f->err));
      for (int i = 0; i < IDS; i++) {
        if (chance(&r, 25)) { /* no longer in the file */
          for (int d = day; d < DAYS; d++) m->there[m->count][d][i] = false;
          continue;
        }
        for (int d = 0; d < DAYS; d++) m->there[m->count][d][i] = false;
        int from = (int)test_random_below(&r, DAYS), pieces = chance(&r, 20) ? 2 : 1;
        const char *klass = chance(&r, 30) ? "server" : "workstation";
        for (int k = 0; k < pieces && from < DAYS; k++) {
          int to = chance(&r, 40) && k + 1 == pieces ? DAYS : from + (int)test_random_below(&r, 10);
          pull_row(in, "acme", id_of(i), klass, dec_day(from), to >= DAYS ? BH_DAY_MAX : dec_day(to));
          for (int d = from; d < DAYS && d <= to; d++) m->there[m->count][d][i] = true;
          if (to >= DAYS) break;
          from = to + 2;
        }
      }
      pull_complete(in, "*", "*");
      m->pull[m->count] = pull_end(f, in);
    }
    compare(f, m, seed, "intervals");
    test_free(m);
    fixture_free(f);
  }
}

static void dated_lists(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
    fixture *f = fixture_new();
    model *m = test_calloc(1, sizeof *m);
    bool listed[DAYS] = {false}, on_list[DAYS][IDS] = {{false}};
    uint64_t r = seed * 15485863;
    for (int p = 0; p < PULLS; p++) {
      bh_ingest *in = pull_start("rmm", dec_day(DAYS));
      next_state(m);
      OK(bh_ingest_client(in, BH_S("acme"), BH_S(""), BH_S(""), &f->err));
      bool sent[DAYS] = {false};
      for (int k = (int)test_random_below(&r, 5); k >= 0; k--) {
        int d = (int)test_random_below(&r, 10) * 4, any = 0;
        if (sent[d]) continue;
        sent[d] = true;
        if (listed[d] && chance(&r, 30)) { /* only others are on it now */
          pull_listed(in, dec_day(d), "globex", "x");
            listed[d] = false;
          for (int i = 0; i < IDS; i++) on_list[d][i] = false;
          continue;
        }
        bool now[IDS];
        for (int i = 0; i < IDS; i++) any += now[i] = chance(&r, 50);
        if (!any) continue; /* not sent after all */
        for (int i = 0; i < IDS; i++) {
          on_list[d][i] = now[i];
          if (now[i]) pull_listed(in, dec_day(d), "acme", id_of(i));
        }
        listed[d] = true;
      }
      pull_complete(in, "*", "*");
      m->pull[m->count] = pull_end(f, in);
      for (int i = 0; i < IDS; i++) {
        bool now = false;
        for (int d = 0; d < DAYS; d++) {
          if (listed[d]) now = on_list[d][i];
          m->there[m->count][d][i] = now;
        }
      }
    }
    compare(f, m, seed, "dated");
    test_free(m);
    fixture_free(f);
  }
}

/* The whole file each time; some observations new, some corrected. */
static void gauges(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
    fixture *f = fixture_new();
    model *m = test_calloc(1, sizeof *m);
    int value[DAYS] = {0};
    uint64_t r = seed * 32452843;
    for (int p = 0; p < PULLS; p++) {
      bh_ingest *in = pull_start("rmm", dec_day(DAYS));
      next_state(m);
      for (int k = 0; k < 4; k++) value[test_random_below(&r, DAYS)] = 1 + (int)test_random_below(&r, 3);
      for (int d = 0; d < DAYS; d++) if (value[d]) pull_gauge(in, "acme", "m365.SPB", dec_day(d), value[d]);
      m->pull[m->count] = pull_end(f, in);
      for (int d = 0, now = 0; d < DAYS; d++) m->level[m->count][d] = now = value[d] ? value[d] : now;
    }
    for (int p = 1; p <= m->count; p++) {
      bh_count c = count(f, rmm, gauge_of("m365.SPB"), (ask){.from = dec_day(0), .until = dec_day(DAYS), .pull = m->pull[p]});
      size_t run = 0;
      for (int d = 0; d < DAYS; d++) {
        while (c.runs[run].until <= dec_day(d)) run++;
        if (c.runs[run].count.num != m->level[p][d])
          fail_msg("gauges, seed %llu: pull %d, day %d: %d, expected %d", (unsigned long long)seed, p, d, (int)c.runs[run].count.num, m->level[p][d]);
      }
    }
    test_free(m);
    fixture_free(f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(present_lists), cmocka_unit_test(intervals), cmocka_unit_test(dated_lists), cmocka_unit_test(gauges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

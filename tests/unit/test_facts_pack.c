/* Many assets of one client lie in packs, few as rows: what is known of them must be the same. The same pulls go to two connectors, one with all things
 * under one client, one with the same things spread over clients of which none has enough for a pack. */
#include "facts_fixture.h"
#include "store/engine.h"
#include <stdlib.h>

enum { THINGS = 140, A_CLIENT = 20, CLIENTS = THINGS / A_CLIENT, PULLS = 14, ROWS_MAX = 20000, LONG_BYTES = 5000 };

typedef struct thing { bool there; int name, klass, attrs, intervals; } thing;

static char long_text[LONG_BYTES + 1];

static const char *attrs_text(int n) {
  static char text[LONG_BYTES + 40];
  if (n % 13 == 12) snprintf(text, sizeof text, "{\"note\":\"%s%d\"}", long_text, n);
  else snprintf(text, sizeof text, "{\"serial\":\"SN-%04d\"}", n);
  return text;
}

/* Names that begin alike, past what a pack shares, and one that is the beginning of another. */
static const char *name_text(int n) {
  static char text[400];
  snprintf(text, sizeof text, "%.*s%d", n % 5 == 4 ? 300 : n % 5, long_text, n / 7);
  return text;
}

static const char *id_text(int i) {
  static char text[24];
  snprintf(text, sizeof text, "pc-%03d", i * 11 % THINGS); /* not in the order in which they are sent */
  return text;
}

static const char *client_of(bool many, int i) {
  static char text[24];
  if (many) return "all";
  snprintf(text, sizeof text, "part-%d", i / A_CLIENT);
  return text;
}

static void send(fixture *f, bool many, bh_day day, const thing *things, const char *kind_of_list) {
  static const char *const classes[] = {"workstation", "server", ""};
  bh_ingest *in = pull_start(many ? "many" : "few", day);
  for (int i = 0; i < THINGS; i++) {
    const thing *t = &things[i];
    if (!t->there) continue;
    if (kind_of_list[0] == 'p') {
      pull_attrs(in, client_of(many, i), id_text(i), classes[t->klass % 3], name_text(t->name), attrs_text(t->attrs));
      continue;
    }
    for (int k = 0; k < t->intervals; k++)
      pull_row(in, client_of(many, i), id_text(i), classes[(t->klass + k) % 2], dec_day(1 + 40 * k + t->attrs % 9), k + 1 < t->intervals || t->name % 3 == 0 ? dec_day(30 + 40 * k) : BH_DAY_MAX);
  }
  pull_complete(in, "device", "*");
  pull_end(f, in);
}

static int by_key(const void *x, const void *y) {
  const bh_asset_row *a = x, *b = y;
  int order = bh_str_cmp(a->id, b->id);
  if (order) return order;
  if (a->from != b->from) return a->from < b->from ? -1 : 1;
  return a->since < b->since ? -1 : a->since > b->since;
}

/* Every row of the connector, pulls counted as its own. */
static size_t rows_of(fixture *f, bool many, bool texts, bh_day from, bh_day until, bh_asset_row *out) {
  int32_t connector;
  size_t n = 0;
  OK(bh_store_connector_make(f->store, &connector, many ? BH_S("many") : BH_S("few"), &f->err));
  for (int c = 0; c < (many ? 1 : CLIENTS); c++) {
    bh_place_row place;
    bh_place_facts facts;
    OK(bh_store_place_get(f->store, &place, &f->arena, connector, bh_str_c(client_of(many, c * A_CLIENT)), &f->err));
    if (!place.num) continue;
    OK(bh_store_place_facts(f->store, &facts, &f->arena, &place, from, until, texts, &f->err));
    for (size_t i = 0; i < facts.asset_count; i++) {
      assert_true(n < ROWS_MAX);
      if (texts && i) assert_true(by_key(&facts.assets[i - 1], &facts.assets[i]) < 0);
      out[n] = facts.assets[i];
      out[n].since = (out[n].since + 1) / 2;
      out[n].until = out[n].until == BH_PULL_OPEN ? BH_PULL_OPEN : (out[n].until + 1) / 2;
      n++;
    }
  }
  qsort(out, n, sizeof *out, by_key);
  return n;
}

static void compare(fixture *f, bh_day from, bh_day until) {
  static bh_asset_row a[ROWS_MAX], b[ROWS_MAX];
  size_t n = rows_of(f, true, true, from, until, a);
  assert_int_equal(n, rows_of(f, false, true, from, until, b));
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(by_key(&a[i], &b[i]), 0);
    assert_true(a[i].to == b[i].to && a[i].until == b[i].until && a[i].klass == b[i].klass && a[i].kind == b[i].kind);
    assert_true(bh_str_eq(a[i].name, b[i].name) && bh_str_eq(a[i].attrs, b[i].attrs));
  }
  assert_int_equal(n, rows_of(f, true, false, from, until, a)); /* without texts: as many, of the same days */
  assert_int_equal(n, rows_of(f, false, false, from, until, b));
  int64_t sums[2] = {0, 0};
  for (size_t i = 0; i < n; i++) {
    sums[0] += a[i].from * 3 + a[i].klass + a[i].since;
    sums[1] += b[i].from * 3 + b[i].klass + b[i].since;
  }
  assert_int_equal(sums[0], sums[1]);
}

static int64_t count_of(fixture *f, const char *sql) {
  int64_t n = 0;
  OK(bh_sql_int(f->store, &n, sql, 0, &f->err));
  return n;
}

static void change(thing *t, uint64_t *seed) {
  switch (test_random_below(seed, 5)) {
  case 0: t->there = !t->there; break;
  case 1: t->name = (int)test_random_below(seed, 40); break;
  case 2: t->klass = (int)test_random_below(seed, 3); break;
  case 3: t->intervals = 1 + (int)test_random_below(seed, 3); break;
  default: t->attrs = (int)test_random_below(seed, 60); break;
  }
}

static void the_same_as_rows(fixture *f, const char *kind_of_list, uint64_t seed) {
  thing things[THINGS];
  for (int i = 0; i < THINGS; i++)
    things[i] = (thing){.there = test_random_below(&seed, 4) != 0, .name = (int)test_random_below(&seed, 40), .klass = (int)test_random_below(&seed, 3),
                        .attrs = (int)test_random_below(&seed, 60), .intervals = 1 + (int)test_random_below(&seed, 3)};
  for (int p = 0; p < PULLS; p++) {
    bh_day day = dec_day(1 + 3 * p);
    send(f, true, day, things, kind_of_list);
    send(f, false, day, things, kind_of_list);
    compare(f, BH_DAY_MIN + 1, BH_DAY_MAX - 1);
    compare(f, dec_day(5), dec_day(12));
    if (p == 0) assert_true(count_of(f, "SELECT count(*) FROM asset_pack") > 0); /* or this proves nothing */
    int changes = p % 4 == 3 ? THINGS : (int)test_random_below(&seed, 12); /* few, and now and then so many that packs are made again */
    while (changes-- > 0) change(&things[test_random_below(&seed, THINGS)], &seed);
  }
  assert_int_equal(count_of(f, "SELECT count(*) FROM asset_pack p JOIN place a ON a.num=p.place JOIN connector c ON c.num=a.connector WHERE c.name='few'"), 0);
}

static void test_lists(void **state) { the_same_as_rows(*state, "present", 7); }
static void test_intervals(void **state) { the_same_as_rows(*state, "intervals", 11); }

static void test_seeds(void **state) {
  (void)state;
  for (uint64_t seed = 100; seed < 106; seed++) {
    fixture *f = fixture_new();
    the_same_as_rows(f, seed % 2 ? "present" : "intervals", seed);
    fixture_free(f);
  }
}

/* What a damaged pack says is not taken for a list. */
static void test_damage(void **state) {
  fixture *f = *state;
  thing things[THINGS] = {0};
  for (int i = 0; i < THINGS; i++) things[i] = (thing){.there = true, .name = i, .attrs = 1, .intervals = 1};
  send(f, true, dec_day(1), things, "present");
  static const char *const damages[] = {"rows=substr(rows,1,length(rows)-1)", "rows=CAST(rows||x'00' AS BLOB)", "rows=CAST(x'ffffffff0f'||substr(rows,2) AS BLOB)", "rows=x''",
                                        "rows=CAST(x'0101'||substr(rows,3) AS BLOB)"};
  for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
    char sql[200];
    OK(bh_store_begin(f->store, &f->err));
    snprintf(sql, sizeof sql, "UPDATE asset_pack SET %s", damages[i]);
    OK(bh_sql_exec(f->store, sql, &f->err));
    int32_t connector;
    bh_place_row place;
    bh_asset_row *rows;
    size_t n;
    OK(bh_store_connector_make(f->store, &connector, BH_S("many"), &f->err));
    OK(bh_store_place_get(f->store, &place, &f->arena, connector, BH_S("all"), &f->err));
    assert_int_equal(bh_store_assets_now(f->store, &rows, &n, &f->arena, place.num, &f->err), BH_E_STORE);
    assert_non_null(strstr(f->err.message, "damaged"));
    bh_store_rollback(f->store);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_lists, fixture_setup, fixture_teardown), cmocka_unit_test_setup_teardown(test_intervals, fixture_setup, fixture_teardown),
    cmocka_unit_test(test_seeds), cmocka_unit_test_setup_teardown(test_damage, fixture_setup, fixture_teardown)};
  memset(long_text, 'x', LONG_BYTES);
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "facts_fixture.h"
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

const char *const rmm[] = {"rmm", NULL}, *const sheet[] = {"sheet", NULL}, *const rmm_sheet[] = {"rmm", "sheet", NULL};

void fixture_ok(bh_status status, const bh_error *err, const char *file, int line) {
  if (status != BH_OK) {
    print_error("%s:%d: status %d: %s\n", file, line, (int)status, err->message);
    fail();
  }
}

fixture *fixture_new(void) {
  fixture *f = calloc(1, sizeof *f);
  const char *tmp = getenv("TMPDIR");
  snprintf(f->dir, sizeof f->dir, "%s/bh-test-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
  assert_non_null(mkdtemp(f->dir));
  snprintf(f->path, sizeof f->path, "%s/billhook.db", f->dir);
  bh_arena_init(&f->arena);
  OK(bh_store_open(&f->store, f->path, BH_STORE_WRITE, &f->err));
  return f;
}

void fixture_free(fixture *f) {
  bh_store_close(f->store);
  bh_arena_dispose(&f->arena);
  DIR *d = opendir(f->dir);
  for (struct dirent *e; d && (e = readdir(d));) {
    char name[400];
    snprintf(name, sizeof name, "%s/%s", f->dir, e->d_name);
    if (e->d_name[0] != '.') unlink(name);
  }
  if (d) closedir(d);
  rmdir(f->dir);
  free(f);
}

int fixture_setup(void **state) {
  *state = fixture_new();
  return 0;
}

int fixture_teardown(void **state) {
  fixture_free(*state);
  return 0;
}

static void good(bh_status status, const bh_error *err) { fixture_ok(status, err, __FILE__, __LINE__); }

bh_ingest *pull_start(const char *connector, bh_day day) {
  bh_ingest *in;
  bh_error err = {0};
  good(bh_ingest_new(&in, bh_str_c(connector), day, NULL, &err), &err);
  return in;
}

static void asset(bh_ingest *in, bh_scope_mode mode, bh_in_asset x) {
  bh_error err = {0};
  if (!x.kind.len) x.kind = BH_S("device");
  if (!x.klass.len) x.klass = BH_S("workstation");
  if (!x.name.len) x.name = x.id;
  if (!x.attrs.len) x.attrs = BH_S("{}");
  good(bh_ingest_asset(in, mode, &x, &err), &err);
}

void pull_device(bh_ingest *in, const char *client, const char *id) { pull_seen(in, client, id, BH_DAY_MIN); }

void pull_seen(bh_ingest *in, const char *client, const char *id, bh_day last_seen) {
  asset(in, BH_SCOPE_PRESENT, (bh_in_asset){.client = bh_str_c(client), .id = bh_str_c(id), .last_seen = last_seen});
}

void pull_attrs(bh_ingest *in, const char *client, const char *id, const char *klass, const char *name, const char *attrs) {
  asset(in, BH_SCOPE_PRESENT, (bh_in_asset){.client = bh_str_c(client), .id = bh_str_c(id), .klass = bh_str_c(klass), .name = bh_str_c(name),
                                            .attrs = bh_str_c(attrs), .last_seen = BH_DAY_MIN});
}

void pull_row(bh_ingest *in, const char *client, const char *id, const char *klass, bh_day from, bh_day to) {
  asset(in, BH_SCOPE_INTERVALS, (bh_in_asset){.client = bh_str_c(client), .id = bh_str_c(id), .klass = bh_str_c(klass), .from = from, .to = to,
                                              .last_seen = BH_DAY_MIN});
}

void pull_listed(bh_ingest *in, bh_day date, const char *client, const char *id) {
  asset(in, BH_SCOPE_DATED, (bh_in_asset){.client = bh_str_c(client), .id = bh_str_c(id), .from = date, .to = BH_DAY_MAX, .last_seen = BH_DAY_MIN});
}

void pull_gauge(bh_ingest *in, const char *client, const char *metric, bh_day day, int value) {
  bh_error err = {0};
  bh_in_gauge x = {bh_str_c(client), bh_str_c(metric), day, bh_dec_int(value)};
  good(bh_ingest_gauge(in, &x, &err), &err);
}

void pull_usage(bh_ingest *in, const char *client, const char *id, bh_day day, int quantity) {
  bh_error err = {0};
  bh_in_usage x = {.client = bh_str_c(client), .metric = BH_S("gb"), .id = bh_str_c(id), .description = BH_S("traffic"), .day = day,
                   .quantity = bh_dec_int(quantity), .attrs = BH_S("{}")};
  good(bh_ingest_usage(in, &x, &err), &err);
}

void pull_complete(bh_ingest *in, const char *kind, const char *client) {
  bh_error err = {0};
  good(bh_ingest_scope(in, bh_str_c(kind), bh_str_c(client), true, &err), &err);
}

bh_status pull_try(fixture *f, bh_ingest *in) {
  OK(bh_store_begin(f->store, &f->err));
  bh_status status = bh_ingest_commit(&f->result, in, f->store, &f->arena, &f->err);
  bh_ingest_free(in);
  if (status == BH_OK) OK(bh_store_commit(f->store, &f->err));
  else bh_store_rollback(f->store);
  return status;
}

int64_t pull_end(fixture *f, bh_ingest *in) {
  OK(pull_try(f, in));
  return f->result.pull;
}

void pull_failed(fixture *f, const char *connector, bh_day day, const char *why) {
  OK(bh_store_begin(f->store, &f->err));
  OK(bh_ingest_failed(f->store, bh_str_c(connector), day, bh_str_c(why), &f->err));
  OK(bh_store_commit(f->store, &f->err));
}

bh_client_terms *terms_of(fixture *f, const char *const *connectors) {
  bh_client_terms *t = BH_NEW(&f->arena, bh_client_terms);
  t->id = BH_S("acme");
  t->ids = BH_NEWN(&f->arena, bh_client_id, 4);
  for (; *connectors; connectors++) t->ids[t->id_count++] = (bh_client_id){.connector = bh_str_c(*connectors), .ref = BH_S("acme")};
  return t;
}

bh_selector devices(void) { return (bh_selector){.kind = BH_SEL_ASSETS, .asset_kind = BH_S("device"), .text = BH_S("{\"devices\":{}}")}; }
bh_selector gauge_of(const char *metric) { return (bh_selector){.kind = BH_SEL_GAUGE, .metric = bh_str_c(metric)}; }
bh_selector usage_of(const char *metric) { return (bh_selector){.kind = BH_SEL_USAGE, .metric = bh_str_c(metric)}; }

bh_status try_count(bh_count *out, fixture *f, const char *const *connectors, bh_selector sel, ask q) {
  bh_client_terms *terms = terms_of(f, connectors);
  terms->except = (bh_except *)(uintptr_t)q.except;
  terms->except_count = q.except_count;
  bh_client_facts *facts;
  bh_selector *kept = BH_NEW(&f->arena, bh_selector);
  *kept = sel;
  OK(bh_facts_load(&facts, f->store, &f->arena, terms, q.identity, q.identity ? 1 : 0, q.from, q.until, &f->err));
  if (!q.read_from) q.read_from = q.until - 1;
  if (!q.pull) q.pull = BH_PULL_NOW;
  if (!q.as_of) q.as_of = q.until - 1;
  if (!q.stale_days) q.stale_days = 3;
  return bh_facts_count(out, facts, &f->arena, kept, q.from, q.until, q.read_from, q.until, q.pull, q.as_of, q.stale_days, &f->err);
}

bh_count count(fixture *f, const char *const *connectors, bh_selector sel, ask q) {
  bh_count c;
  OK(try_count(&c, f, connectors, sel, q));
  bh_day at = q.from;
  for (size_t i = 0; i < c.run_count; i++) { /* without gaps */
    assert_int_equal(c.runs[i].from, at);
    assert_true(c.runs[i].until > at);
    at = c.runs[i].until;
  }
  assert_int_equal(at, q.until);
  return c;
}

int64_t on_day_at(fixture *f, bh_selector sel, bh_day day, int64_t pull) {
  bh_count c = count(f, rmm, sel, (ask){.from = day, .until = day + 1, .pull = pull});
  assert_int_equal(c.run_count, 1);
  assert_int_equal(c.runs[0].count.den, 1);
  return c.hold_reason.len ? -1 : c.runs[0].count.num;
}

int64_t on_day(fixture *f, bh_selector sel, bh_day day) { return on_day_at(f, sel, day, BH_PULL_NOW); }

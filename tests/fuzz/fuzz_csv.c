/* The csv connector's files: the first byte says which one. Rows are taken whole, or the file is refused by line and column. */
#include <stdarg.h>
#include <stdio.h>
#include "../../plugins/connectors/csv/csv.h"
#include "fuzz.h"

struct bh_file { const uint8_t *at; size_t left; };
typedef struct run { struct bh_file file; bool refused; } run;

static bh_status fail(void *ctx, bh_status why, const char *fmt, ...) {
  char text[512];
  va_list args;
  va_start(args, fmt);
  FUZZ_MUST(vsnprintf(text, sizeof text, fmt, args) > 0);
  va_end(args);
  ((run *)ctx)->refused = true;
  return why;
}
static int32_t cancelled(void *ctx) { return 0; }
static bh_status open_file(void *ctx, const char *key, bh_str name, bh_file **out) { return *out = &((run *)ctx)->file, BH_OK; }
static bh_status read_file(void *ctx, bh_file *f, void *into, size_t bytes, size_t *got) {
  *got = f->left < bytes ? f->left : bytes;
  if (*got > 61) *got = 61; /* chunks end in the middle of everything */
  memcpy(into, f->at, *got);
  f->at += *got;
  f->left -= *got;
  return BH_OK;
}
static void close_file(void *ctx, bh_file *f) {}

static bh_status client(void *ctx, const bh_client *x) { return FUZZ_MUST(x->id.len > 0), BH_OK; }
static bh_status asset(void *ctx, const bh_asset *x) { return FUZZ_MUST(x->client.len > 0 && x->id.len > 0), BH_OK; }
static bh_status gauge(void *ctx, const bh_gauge *x) { return FUZZ_MUST(x->client.len > 0 && x->metric.len > 0), BH_OK; }
static bh_status usage(void *ctx, const bh_usage *x) { return FUZZ_MUST(x->client.len > 0 && x->metric.len > 0), BH_OK; }
static bh_status charge(void *ctx, const bh_charge *x) { return FUZZ_MUST(x->client.len > 0), BH_OK; }
static bh_status scope_begin(void *ctx, bh_str kind, bh_str who) { return BH_OK; }
static bh_status scope_end(void *ctx, bh_str kind, bh_str who, int32_t how) { return BH_OK; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static bh_status (*const readers[])(csv_pull *, csv_file *) = {csv_assets, csv_gauges, csv_usage, csv_charges};
  if (size == 0) return 0;
  run r = {.file = {data + 1, size - 1}};
  const bh_host host = {.struct_size = sizeof host, .ctx = &r, .fail = fail, .cancelled = cancelled};
  const bh_file_service files = {.struct_size = sizeof files, .open = open_file, .read = read_file, .close = close_file};
  const bh_emit emit = {.struct_size = sizeof emit, .ctx = &r, .client = client, .asset = asset, .gauge = gauge, .usage = usage, .charge = charge,
                        .scope_begin = scope_begin, .scope_end = scope_end};
  csv_pull p = {.host = &host, .emit = &emit};
  csv_file f;
  int there;
  FUZZ_MUST(csv_open(&f, &host, &files, "assets.csv", &there) == BH_OK && there);
  bh_status s = readers[data[0] % 4](&p, &f);
  FUZZ_MUST((s == BH_OK) == !r.refused || s == BH_E_NOMEM);
  csv_close(&f);
  csv_seen_free(&p.clients);
  return 0;
}

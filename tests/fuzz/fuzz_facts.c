/* Frames of facts from a connector's worker: taken as facts that are whole, or refused with words. */
#include "fuzz.h"
#include "plugin/fact_wire.h"

static bh_status client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err) { return FUZZ_MUST(id.len > 0), BH_OK; }
static bh_status asset(void *ctx, const bh_pull_asset *x, bh_error *err) { return FUZZ_MUST(x->id.len > 0 && x->from <= x->to), BH_OK; }
static bh_status gauge(void *ctx, const bh_pull_gauge *x, bh_error *err) { return FUZZ_MUST(x->metric.len > 0), BH_OK; }
static bh_status usage(void *ctx, const bh_pull_usage *x, bh_error *err) { return FUZZ_MUST(x->id.len > 0), BH_OK; }
static bh_status charge(void *ctx, const bh_pull_charge *x, bh_error *err) { return FUZZ_MUST(x->id.len > 0), BH_OK; }
static bh_status scope(void *ctx, bh_str kind, bh_str who, bool complete, bh_error *err) { return BH_OK; }
static bh_status failed(void *ctx, bh_str who, bh_str why, bh_error *err) { return BH_OK; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const bh_pull_sink sink = {.client = client, .asset = asset, .gauge = gauge, .usage = usage, .charge = charge, .scope = scope,
                                    .client_failed = failed};
  bh_error err = {0};
  if (bh_facts_unpack(fuzz_str(data, size), &sink, NULL, &err) != BH_OK) FUZZ_MUST(err.message[0] != 0);
  return 0;
}

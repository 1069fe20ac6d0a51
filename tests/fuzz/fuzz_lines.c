/* JSON lines, as jsonl and command read them: what is passed on, the host takes; everything else is refused by file and line. */
#include "../../plugins/connectors/lines/lines.h"
#include "fuzz.h"
#include "plugin/connector.h"
#include "plugin/fact_wire.h"

static bh_status client(void *ctx, const bh_client *x) { return FUZZ_MUST(!bh_fact_client_wrong(x)), BH_OK; }
static bh_status asset(void *ctx, const bh_asset *x) { return FUZZ_MUST(!bh_fact_asset_wrong(x)), BH_OK; }
static bh_status gauge(void *ctx, const bh_gauge *x) { return FUZZ_MUST(!bh_fact_gauge_wrong(x)), BH_OK; }
static bh_status usage(void *ctx, const bh_usage *x) { return FUZZ_MUST(!bh_fact_usage_wrong(x)), BH_OK; }
static bh_status charge(void *ctx, const bh_charge *x) { return FUZZ_MUST(!bh_fact_charge_wrong(x)), BH_OK; }
static bh_status product(void *ctx, const bh_product *x) { return FUZZ_MUST(!bh_fact_product_wrong(x)), BH_OK; }
static bh_status cost(void *ctx, const bh_cost *x) { return FUZZ_MUST(!bh_fact_cost_wrong(x)), BH_OK; }
static bh_status scope_begin(void *ctx, bh_str kind, bh_str who) { return FUZZ_MUST(kind.len && who.len), BH_OK; }
static bh_status scope_end(void *ctx, bh_str kind, bh_str who, int32_t how) { return FUZZ_MUST(kind.len && who.len), BH_OK; }
static bh_status failed(void *ctx, bh_str who, bh_str why) { return FUZZ_MUST(who.len && why.len), BH_OK; }
static const void *service(bh_host_ctx *c, bh_str id) { return bh_str_eqz(id, BH_SERVICE_JSON) ? bh_json_service_get() : NULL; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bh_connector_run run = {.fd = -1, .workspace_fd = -1};
  const bh_emit emit = {.struct_size = sizeof emit, .client = client, .asset = asset, .gauge = gauge, .usage = usage, .charge = charge, .product = product,
                        .cost = cost, .scope_begin = scope_begin, .scope_end = scope_end, .client_failed = failed};
  bh_host_ctx_init(&run.host);
  run.host.owner = &run;
  run.host.service = service;
  bh_host_call_begin(&run.host);
  lines l;
  bh_str rest = fuzz_str(data, size);
  bh_status rc = lines_begin(&l, &run.host.table, &emit, (bh_date){2026, 12, 1});
  FUZZ_MUST(rc == BH_OK);
  for (uint64_t number = 1; rc == BH_OK && rest.len; number++) {
    const char *end = memchr(rest.ptr, '\n', rest.len);
    size_t n = end ? (size_t)(end - rest.ptr) : rest.len;
    rc = lines_take(&l, "all.jsonl", number, (bh_str){rest.ptr, n});
    rest = (bh_str){rest.ptr + n + (end ? 1 : 0), rest.len - n - (end ? 1 : 0)};
  }
  FUZZ_MUST(rc == BH_OK || strncmp(run.host.reason, "all.jsonl:", 10) == 0);
  if (rc == BH_OK) FUZZ_MUST(lines_end(&l) == BH_OK);
  lines_dispose(&l);
  bh_host_call_end(&run.host, BH_OK, "pull", NULL);
  bh_host_ctx_dispose(&run.host);
  return 0;
}

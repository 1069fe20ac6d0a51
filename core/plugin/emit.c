/* What a connector emits, inside its worker: checked, packed, and sent many at a time. */
#include "plugin/connector.h"
#include "plugin/fact_wire.h"
#include "plugin/outward.h"
#include "plugin/worker.h"
#include <stdlib.h>

enum { FLUSH_BYTES = 256 * 1024, FACTS_BYTES_MAX = 8 * 1024 * 1024, CURSOR_BYTES_MAX = 4096, SCOPES_MAX = 100000 };

bh_status bh_emit_flush(bh_connector_run *r, bh_error *err)
{
  if (r->facts.len == 0)
    return BH_OK;
  bh_status rc = r->take ? r->take(r, bh_buf_str(&r->facts), err) : bh_frame_write(r->fd, BH_FRAME_FACTS, bh_buf_str(&r->facts), err);
  bh_buf_clear(&r->facts);
  r->lost = r->lost || rc;
  return rc;
}

bh_status bh_emit_refuse(bh_connector_run *r, const char *what)
{
  if (!r->bad) {
    r->bad = BH_E_INVALID;
    snprintf(r->why, sizeof r->why, "%s", what);
  }
  return bh_host_fail(&r->host, BH_E_INVALID, "%s", what);
}

/* Every fact ends here. What was refused stays refused, even if the plugin goes on: a device would be missing. */
bh_status bh_emit_packed(bh_connector_run *r)
{
  if (r->facts.failed)
    return bh_emit_refuse(r, "a fact is too large");
  if (r->lost || (r->facts.len >= FLUSH_BYTES && bh_emit_flush(r, NULL)))
    return bh_host_fail(&r->host, BH_E_CANCELLED, "the host is gone");
  return BH_OK;
}

static bh_status emit_client(void *ctx, const bh_client *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_client_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_client_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_asset(void *ctx, const bh_asset *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_asset_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_asset_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_gauge(void *ctx, const bh_gauge *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_gauge_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_gauge_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_usage(void *ctx, const bh_usage *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_usage_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_usage_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_charge(void *ctx, const bh_charge *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_charge_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_charge_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_contract(void *ctx, const bh_contract *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_contract_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_contract_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_product(void *ctx, const bh_product *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_product_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_product_put(&r->facts, x);
  return bh_emit_packed(r);
}

static bh_status emit_cost(void *ctx, const bh_cost *x)
{
  bh_connector_run *r = ctx;
  const char *wrong = bh_fact_cost_wrong(x);
  if (wrong)
    return bh_emit_refuse(r, wrong);
  bh_fact_cost_put(&r->facts, x);
  return bh_emit_packed(r);
}

/* ---- scopes ---- */

static bool scope_ok(bh_str kind, bh_str client)
{
  return bh_fact_text_ok(kind, true, BH_FACT_ID_MAX) && bh_fact_text_ok(client, true, BH_FACT_ID_MAX);
}

static bh_status scope_begin(void *ctx, bh_str kind, bh_str client)
{
  bh_connector_run *r = ctx;
  if (!scope_ok(kind, client))
    return bh_emit_refuse(r, "a scope's kind and client must be 1 to 500 bytes of UTF-8");
  if (r->scope_count == SCOPES_MAX)
    return bh_emit_refuse(r, "too many scopes are begun and not ended");
  if (r->scope_count == r->scope_cap) {
    size_t cap = r->scope_cap ? r->scope_cap * 2 : 16;
    bh_open_scope *scopes = realloc(r->scopes, cap * sizeof *scopes);
    if (!scopes)
      bh_out_of_memory(cap * sizeof *scopes);
    r->scopes = scopes;
    r->scope_cap = cap;
  }
  r->scopes[r->scope_count++] = (bh_open_scope){bh_arena_str(&r->arena, kind), bh_arena_str(&r->arena, client)};
  return BH_OK;
}

static bh_status scope_end(void *ctx, bh_str kind, bh_str client, int32_t how)
{
  bh_connector_run *r = ctx;
  if (how != BH_SCOPE_COMPLETE && how != BH_SCOPE_PARTIAL)
    return bh_emit_refuse(r, "a scope ends complete or partial");
  for (size_t i = r->scope_count; i-- > 0;)
    if (bh_str_eq(r->scopes[i].kind, kind) && bh_str_eq(r->scopes[i].client, client)) {
      r->scopes[i] = r->scopes[--r->scope_count];
      bh_fact_scope_put(&r->facts, kind, client, how == BH_SCOPE_COMPLETE);
      return bh_emit_packed(r);
    }
  return bh_emit_refuse(r, "a scope is ended that was not begun");
}

static bh_status client_failed(void *ctx, bh_str client, bh_str why)
{
  bh_connector_run *r = ctx;
  if (why.len == 0)
    why = bh_str_c(r->host.reason[0] ? r->host.reason : "the connector did not say why");
  if (!bh_fact_text_ok(client, true, BH_FACT_ID_MAX) || !bh_fact_text_ok(why, true, BH_FACT_TEXT_MAX))
    return bh_emit_refuse(r, "a failed client's id and reason must be UTF-8 text");
  char *clean = bh_arena_z(&r->host.scratch, why);
  bh_host_redact(&r->host.options, clean);
  bh_fact_client_failed_put(&r->facts, client, bh_str_c(clean));
  return bh_emit_packed(r);
}

static bh_status emit_cursor(void *ctx, bh_str cursor)
{
  bh_connector_run *r = ctx;
  if (!bh_fact_text_ok(cursor, false, CURSOR_BYTES_MAX))
    return bh_emit_refuse(r, "a cursor is UTF-8 text of at most 4 KiB");
  bh_buf_clear(&r->cursor);
  bh_buf_puts(&r->cursor, cursor);
  return BH_OK;
}

void bh_emit_init(bh_connector_run *r)
{
  bh_outward_emit_init(r);
  bh_buf_init(&r->facts, FACTS_BYTES_MAX);
  bh_buf_init(&r->cursor, CURSOR_BYTES_MAX);
  r->emit = (bh_emit){.struct_size = sizeof r->emit, .ctx = r, .client = emit_client, .asset = emit_asset, .gauge = emit_gauge,
    .usage = emit_usage, .charge = emit_charge, .contract = emit_contract, .scope_begin = scope_begin, .scope_end = scope_end,
    .client_failed = client_failed, .cursor = emit_cursor, .product = emit_product, .cost = emit_cost};
}

void bh_emit_dispose(bh_connector_run *r)
{
  bh_buf_dispose(&r->facts);
  bh_buf_dispose(&r->cursor);
  free(r->scopes);
}

bh_status bh_emit_finish(bh_connector_run *r, bh_error *err)
{
  if (r->bad)
    return bh_fail(err, r->bad, "%s", r->why);
  if (r->scope_count)
    return bh_fail(err, BH_E_INVALID, "the scope of kind \"%.*s\" and client \"%.*s\" was begun and not ended", BH_STR_ARG(r->scopes[0].kind),
                   BH_STR_ARG(r->scopes[0].client));
  return bh_emit_flush(r, err);
}

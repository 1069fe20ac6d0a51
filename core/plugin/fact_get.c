/* Unpacking facts in the host: a worker is not believed. */
#include "base/json.h"
#include "plugin/fact_wire.h"
#include "plugin/outward_wire.h"
#include "plugin/worker.h"

typedef struct unpacker { bh_get g; const bh_pull_sink *sink; void *ctx; bh_arena arena; bh_buf json; bh_error *err; } unpacker;

bh_date bh_fact_date_get(bh_get *g)
{
  int64_t year = bh_get_i64(g);
  uint8_t month = bh_get_u8(g), day = bh_get_u8(g);
  if (year < 0 || year > INT16_MAX)
    g->bad = true;
  return g->bad ? (bh_date){0, 0, 0} : (bh_date){(int16_t)year, month, day};
}

static const bh_str *get_attrs(unpacker *u, size_t *n)
{
  *n = bh_get_count(&u->g, BH_FACT_ATTRS_MAX);
  bh_str *attrs = BH_NEWN(&u->arena, bh_str, *n + 1);
  for (size_t i = 0; i < *n; i++)
    attrs[i] = bh_get_str(&u->g);
  return attrs;
}

static bh_status garbage(unpacker *u, const char *what)
{
  return bh_fail(u->err, BH_E_WORKER, "sent garbage: %s", what ? what : "a frame of facts that does not add up");
}

/* In the order of a canonical object already, as connectors send few and mostly the same: plain ASCII names, each after the one before. */
static bool in_order(const bh_str *attrs, size_t n)
{
  for (size_t i = 0; i < n; i += 2) {
    for (size_t k = 0; k < attrs[i].len; k++)
      if ((unsigned char)attrs[i].ptr[k] >= 0x80)
        return false;
    if (i > 0 && bh_str_cmp(attrs[i - 2], attrs[i]) >= 0)
      return false;
  }
  return true;
}

static void write_in_order(bh_buf *b, const bh_str *attrs, size_t n)
{
  bh_buf_putc(b, '{');
  for (size_t i = 0; i < n; i += 2) {
    if (i > 0)
      bh_buf_putc(b, ',');
    bh_json_str(b, attrs[i]);
    bh_buf_putc(b, ':');
    bh_json_str(b, attrs[i + 1]);
  }
  bh_buf_putc(b, '}');
}

/* Attributes as a canonical JSON object, in u->json until the next one. */
static bh_status attrs_json(unpacker *u, const bh_str *attrs, size_t n)
{
  bh_buf_clear(&u->json);
  if (in_order(attrs, n)) {
    write_in_order(&u->json, attrs, n);
    return u->json.failed ? garbage(u, "attributes that are too large") : BH_OK;
  }
  bh_node *object = bh_node_new(&u->arena, BH_NODE_TABLE);
  for (size_t i = 0; i < n; i += 2) {
    if (bh_node_gets(object, attrs[i]))
      return bh_fail(u->err, BH_E_INVALID, "the attribute \"%.*s\" stands twice on one thing", BH_STR_ARG(attrs[i]));
    bh_node_set(&u->arena, object, attrs[i], bh_node_str(&u->arena, attrs[i + 1]));
  }
  bh_json_write(&u->json, object);
  return u->json.failed ? garbage(u, "attributes that are too large") : BH_OK;
}

static bh_day day_or(bh_date d, bh_day otherwise)
{
  return d.year ? bh_civil_day(d) : otherwise;
}

static bh_status take_client(unpacker *u)
{
  bh_client x = {.struct_size = sizeof x};
  x.id = bh_get_str(&u->g);
  x.name = bh_get_str(&u->g);
  x.domain = bh_get_str(&u->g);
  const char *wrong = u->g.bad ? "" : bh_fact_client_wrong(&x);
  return wrong ? garbage(u, wrong[0] ? wrong : NULL) : u->sink->client(u->ctx, x.id, x.name, x.domain, u->err);
}

static bh_status take_asset(unpacker *u)
{
  static const int32_t modes[] = {1, 0, 2, 3}; /* bh_scope_mode: INTERVALS 0, PRESENT 1, DATED 2, CHANGES 3 */
  bh_asset x = {.struct_size = sizeof x, .mode = bh_get_u8(&u->g)};
  x.client = bh_get_str(&u->g);
  x.kind = bh_get_str(&u->g);
  x.klass = bh_get_str(&u->g);
  x.id = bh_get_str(&u->g);
  x.name = bh_get_str(&u->g);
  x.from = bh_fact_date_get(&u->g);
  x.to = bh_fact_date_get(&u->g);
  x.last_seen = bh_fact_date_get(&u->g);
  x.attrs = get_attrs(u, &x.attr_count);
  const char *wrong = u->g.bad ? "" : bh_fact_asset_wrong(&x);
  if (wrong)
    return garbage(u, wrong[0] ? wrong : NULL);
  bh_status rc = attrs_json(u, x.attrs, x.attr_count);
  if (rc)
    return rc;
  const bh_pull_asset out = {.client = x.client, .kind = x.kind, .klass = x.klass, .id = x.id, .name = x.name, .attrs = bh_buf_str(&u->json),
    .mode = modes[x.mode], .from = day_or(x.from, BH_DAY_MIN), .to = day_or(x.to, BH_DAY_MAX), .last_seen = day_or(x.last_seen, BH_DAY_MIN)};
  return u->sink->asset(u->ctx, &out, u->err);
}

static bh_status take_gauge(unpacker *u)
{
  bh_gauge x = {.struct_size = sizeof x};
  x.client = bh_get_str(&u->g);
  x.metric = bh_get_str(&u->g);
  x.date = bh_fact_date_get(&u->g);
  x.value = bh_get_dec(&u->g);
  const char *wrong = u->g.bad ? "" : bh_fact_gauge_wrong(&x);
  if (wrong)
    return garbage(u, wrong[0] ? wrong : NULL);
  const bh_pull_gauge out = {x.client, x.metric, bh_civil_day(x.date), x.value};
  return u->sink->gauge(u->ctx, &out, u->err);
}

static bh_status take_usage(unpacker *u)
{
  bh_usage x = {.struct_size = sizeof x};
  x.client = bh_get_str(&u->g);
  x.metric = bh_get_str(&u->g);
  x.id = bh_get_str(&u->g);
  x.description = bh_get_str(&u->g);
  x.date = bh_fact_date_get(&u->g);
  x.quantity = bh_get_dec(&u->g);
  x.attrs = get_attrs(u, &x.attr_count);
  const char *wrong = u->g.bad ? "" : bh_fact_usage_wrong(&x);
  if (wrong)
    return garbage(u, wrong[0] ? wrong : NULL);
  bh_status rc = attrs_json(u, x.attrs, x.attr_count);
  if (rc)
    return rc;
  const bh_pull_usage out = {x.client, x.metric, x.id, x.description, bh_buf_str(&u->json), bh_civil_day(x.date), x.quantity};
  return u->sink->usage(u->ctx, &out, u->err);
}

static bh_status take_charge(unpacker *u)
{
  bh_charge x = {.struct_size = sizeof x, .has = bh_get_u32(&u->g)};
  x.client = bh_get_str(&u->g);
  x.id = bh_get_str(&u->g);
  x.product = bh_get_str(&u->g);
  x.description = bh_get_str(&u->g);
  x.po = bh_get_str(&u->g);
  x.contract = bh_get_str(&u->g);
  x.date = bh_fact_date_get(&u->g);
  x.quantity = bh_get_dec(&u->g);
  x.unit_price = bh_get_dec(&u->g);
  x.cost = bh_get_dec(&u->g);
  const char *wrong = u->g.bad ? "" : bh_fact_charge_wrong(&x);
  if (wrong)
    return garbage(u, wrong[0] ? wrong : NULL);
  const bh_pull_charge out = {.client = x.client, .id = x.id, .product = x.product, .description = x.description, .po = x.po,
    .contract = x.contract, .day = bh_civil_day(x.date), .quantity = x.quantity, .has_price = x.has & BH_CHARGE_PRICE, .price = x.unit_price,
    .has_cost = x.has & BH_CHARGE_COST, .cost = x.cost};
  return u->sink->charge(u->ctx, &out, u->err);
}

static bh_status take_contract(unpacker *u)
{
  bh_contract x = {.struct_size = sizeof x};
  x.client = bh_get_str(&u->g);
  x.id = bh_get_str(&u->g);
  x.json = bh_get_str(&u->g);
  const char *wrong = u->g.bad ? "" : bh_fact_contract_wrong(&x);
  if (wrong)
    return garbage(u, wrong[0] ? wrong : NULL);
  return u->sink->contract ? u->sink->contract(u->ctx, x.client, x.id, x.json, u->err) : BH_OK;
}

static bh_status take_product(unpacker *u)
{
  bh_product x = {.struct_size = sizeof x, .has = bh_get_u32(&u->g)};
  x.id = bh_get_str(&u->g);
  x.name = bh_get_str(&u->g);
  x.unit_price = bh_get_dec(&u->g);
  x.cost = bh_get_dec(&u->g);
  const char *wrong = u->g.bad ? "" : bh_fact_product_wrong(&x);
  if (wrong)
    return garbage(u, wrong[0] ? wrong : NULL);
  const bh_pull_product out = {.id = x.id, .name = x.name, .has_price = x.has & BH_CHARGE_PRICE, .price = x.unit_price,
    .has_cost = x.has & BH_CHARGE_COST, .cost = x.cost};
  return u->sink->product ? u->sink->product(u->ctx, &out, u->err) : BH_OK;
}

static bh_status take_cost(unpacker *u)
{
  bh_cost x = {.struct_size = sizeof x};
  x.client = bh_get_str(&u->g);
  x.id = bh_get_str(&u->g);
  x.product = bh_get_str(&u->g);
  x.description = bh_get_str(&u->g);
  x.currency = bh_get_str(&u->g);
  x.days.from = bh_fact_date_get(&u->g);
  x.days.until = bh_fact_date_get(&u->g);
  x.quantity = bh_get_dec(&u->g);
  x.amount = bh_get_dec(&u->g);
  const char *wrong = u->g.bad ? "" : bh_fact_cost_wrong(&x);
  if (wrong)
    return garbage(u, wrong[0] ? wrong : NULL);
  const bh_pull_cost out = {.client = x.client, .id = x.id, .product = x.product, .description = x.description, .currency = x.currency,
    .from = bh_civil_day(x.days.from), .until = bh_civil_day(x.days.until), .quantity = x.quantity, .amount = x.amount};
  return u->sink->cost ? u->sink->cost(u->ctx, &out, u->err) : BH_OK;
}

static bh_status take_scope(unpacker *u)
{
  bh_str kind = bh_get_str(&u->g), client = bh_get_str(&u->g);
  uint8_t complete = bh_get_u8(&u->g);
  if (u->g.bad || complete > 1 || !bh_fact_text_ok(kind, true, BH_FACT_ID_MAX) || !bh_fact_text_ok(client, true, BH_FACT_ID_MAX))
    return garbage(u, NULL);
  return u->sink->scope(u->ctx, kind, client, complete, u->err);
}

static bh_status take_client_failed(unpacker *u)
{
  bh_str client = bh_get_str(&u->g), why = bh_get_str(&u->g);
  if (u->g.bad || !bh_fact_text_ok(client, true, BH_FACT_ID_MAX) || !bh_fact_text_ok(why, false, BH_FACT_TEXT_MAX))
    return garbage(u, NULL);
  return u->sink->client_failed(u->ctx, client, why, u->err);
}

static bh_status take_one(unpacker *u)
{
  uint8_t kind = bh_get_u8(&u->g);
  switch (kind) {
  case BH_FRAME_CLIENT: return take_client(u);
  case BH_FRAME_ASSET: return take_asset(u);
  case BH_FRAME_GAUGE: return take_gauge(u);
  case BH_FRAME_USAGE: return take_usage(u);
  case BH_FRAME_CHARGE: return take_charge(u);
  case BH_FRAME_CONTRACT: return take_contract(u);
  case BH_FRAME_PRODUCT: return take_product(u);
  case BH_FRAME_COST: return take_cost(u);
  case BH_FRAME_SENT: case BH_FRAME_RECEIVED: case BH_FRAME_TAX_CODE: case BH_FRAME_OUTCOME:
    return bh_outward_unpack(kind, &u->g, u->sink, u->ctx, u->err);
  case BH_FRAME_SCOPE: return take_scope(u);
  case BH_FRAME_CLIENT_FAILED: return take_client_failed(u);
  default: return garbage(u, NULL);
  }
}

bh_status bh_facts_unpack(bh_str payload, const bh_pull_sink *sink, void *ctx, bh_error *err)
{
  unpacker u = {.g = bh_get_init(payload), .sink = sink, .ctx = ctx, .err = err};
  bh_arena_init(&u.arena);
  bh_buf_init(&u.json, 4 * 1024 * 1024);
  bh_status rc = BH_OK;
  while (rc == BH_OK && !bh_get_done(&u.g)) {
    rc = take_one(&u);
    bh_arena_reset(&u.arena);
  }
  bh_buf_dispose(&u.json);
  bh_arena_dispose(&u.arena);
  return rc;
}

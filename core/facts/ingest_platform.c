/* What a pull brings of the platform itself: products, lines of the vendor's invoices, and where the connector stands. */
#include "facts/ingest_impl.h"

static bh_status check_texts(const bh_str *texts, const char *const *names, size_t n, size_t needed, bh_error *err) {
  for (size_t i = 0; i < n; i++) {
    if (i < needed && texts[i].len == 0) return bh_fail(err, BH_E_INVALID, "%s is empty", names[i]);
    if (!bh_utf8_ok(texts[i])) return bh_fail(err, BH_E_INVALID, "%s is not UTF-8 text", names[i]);
  }
  return BH_OK;
}

bh_status bh_ingest_product(bh_ingest *in, const bh_in_product *x, bh_error *err) {
  bh_status status = check_texts((const bh_str[]){x->id, x->name}, (const char *const[]){"id", "name"}, 2, 1, err);
  if (status != BH_OK) return bh_fail_prefix(err, "product \"%.*s\"", BH_STR_ARG(x->id));
  bh_buf *b = &in->payload;
  bh_buf_clear(b);
  bh_put_str(b, x->name);
  bh_put_u8(b, (uint8_t)((x->has_price ? 1 : 0) | (x->has_cost ? 2 : 0)));
  bh_put_dec(b, x->has_price ? bh_dec_trim(x->price) : bh_dec_int(0));
  bh_put_dec(b, x->has_cost ? bh_dec_trim(x->cost) : bh_dec_int(0));
  in->products++;
  return bh_staged_add(in, BH_S(""), BH_STAGED_PRODUCT, BH_S(""), x->id, 0, err);
}

static bh_status check_cost(const bh_in_cost *x, bh_error *err) {
  bh_status status = check_texts((const bh_str[]){x->id, x->client, x->product, x->description}, (const char *const[]){"id", "client", "product", "description"}, 4, 2, err);
  if (status != BH_OK) return status;
  if (bh_currency_decimals(x->currency) < 0)
    return bh_fail(err, BH_E_INVALID, "currency \"%.*s\": expected a code of ISO 4217 such as USD", BH_STR_ARG(x->currency));
  if (x->from <= BH_DAY_MIN || x->until >= BH_DAY_MAX || x->from >= x->until) return bh_fail(err, BH_E_INVALID, "days: expected a first day and a later end");
  return BH_OK;
}

bh_status bh_ingest_cost(bh_ingest *in, const bh_in_cost *x, bh_error *err) {
  bh_status status = check_cost(x, err);
  if (status != BH_OK) return bh_fail_prefix(err, "cost \"%.*s\" of client \"%.*s\"", BH_STR_ARG(x->id), BH_STR_ARG(x->client));
  bh_buf *b = &in->payload;
  bh_buf_clear(b);
  bh_put_str(b, x->client);
  bh_put_str(b, x->product);
  bh_put_str(b, x->description);
  bh_put_str(b, x->currency);
  bh_put_i64(b, x->from);
  bh_put_i64(b, x->until);
  bh_put_dec(b, bh_dec_trim(x->quantity));
  bh_put_dec(b, bh_dec_trim(x->amount));
  in->costs++;
  return bh_staged_add(in, BH_S(""), BH_STAGED_COST, BH_S(""), x->id, 0, err);
}

void bh_ingest_cursor(bh_ingest *in, bh_str cursor, const bh_sha *made_with) {
  in->stands = true;
  in->cursor = (bh_cursor_row){bh_arena_str(&in->arena, cursor), *made_with};
}

/* The record at hand into the arena; the ones behind it that repeat it are passed over, and one that has the same id and says something else is none. */
static bh_status take_one(bh_merge *m, bh_str *id, bh_get *content, const char *what, bh_error *err) {
  bh_staged_type type = m->rec.type;
  bh_arena_reset(&m->id_arena);
  *id = bh_arena_str(&m->id_arena, m->rec.id);
  bh_str text = bh_arena_str(&m->id_arena, (bh_str){m->rec.payload.at, (size_t)(m->rec.payload.end - m->rec.payload.at)});
  *content = bh_get_init(text);
  bh_status status = bh_merge_step(m, err);
  while (status == BH_OK && bh_merge_at(m, type) && bh_str_eq(m->rec.id, *id)) {
    if (!bh_str_eq((bh_str){m->rec.payload.at, (size_t)(m->rec.payload.end - m->rec.payload.at)}, text))
      return bh_fail(err, BH_E_INVALID, "%s \"%.*s\" stands twice, with different content", what, BH_STR_ARG(*id));
    status = bh_merge_step(m, err);
  }
  return status;
}

static bh_status one_product(bh_merge *m, bh_error *err) {
  bh_platform_product row = {0};
  bh_get g;
  bool changed = false;
  bh_status status = take_one(m, &row.id, &g, "product", err);
  if (status != BH_OK) return status;
  row.name = bh_get_str(&g);
  uint8_t has = bh_get_u8(&g);
  row.has_price = has & 1;
  row.has_cost = (has & 2) != 0;
  row.price = bh_get_dec(&g);
  row.cost = bh_get_dec(&g);
  if (!bh_get_done(&g)) return bh_fail(err, BH_E_BUG, "a staged product cannot be read");
  return bh_store_product_put(m->store, &changed, m->connector, &row, err);
}

static bh_status one_cost(bh_merge *m, bh_error *err) {
  bh_cost_row row = {.from = 0};
  bh_get g;
  bool changed = false;
  bh_status status = take_one(m, &row.id, &g, "cost", err);
  if (status != BH_OK) return status;
  row.client = bh_get_str(&g);
  row.product = bh_get_str(&g);
  row.description = bh_get_str(&g);
  row.currency = bh_get_str(&g);
  row.from = (bh_day)bh_get_i64(&g);
  row.until = (bh_day)bh_get_i64(&g);
  row.quantity = bh_get_dec(&g);
  row.amount = bh_get_dec(&g);
  if (!bh_get_done(&g)) return bh_fail(err, BH_E_BUG, "a staged cost cannot be read");
  status = bh_store_cost_put(m->store, &changed, m->connector, &row, err);
  if (changed) m->result.changed++;
  return status;
}

bh_status bh_merge_platform(bh_merge *m, bh_error *err) {
  bh_status status = BH_OK;
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_PRODUCT)) status = one_product(m, err);
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_COST)) status = one_cost(m, err);
  if (status == BH_OK && m->in->stands) status = bh_store_cursor_put(m->store, m->in->connector, &m->in->cursor, err);
  return status;
}

#include "batch/run_charges.h"
#include "batch/mapping.h"

static void dec_member(bh_jw *w, const char *key, bh_dec d)
{
  char text[32];
  size_t n = bh_dec_format(text, d);
  bh_jw_key(w, key);
  bh_jw_str(w, (bh_str){ text, n });
}

/* The client's contract that the connector means: by `ids`, else the one whose own id it is; empty where neither is. */
static bh_status our_contract(bh_str *out, bh_arena *a, const bh_client_terms *client, const bh_fact_charge *c, bh_error *err)
{
  bh_status st = BH_OK;
  *out = (bh_str){ "", 0 };
  for (size_t i = 0; c->contract.len > 0 && i < client->contract_count && st == BH_OK; i++) {
    const bh_contract_terms *t = &client->contracts[i];
    bh_called *called;
    size_t n;
    if (out->len == 0 && bh_str_eq(t->id, c->contract))
      *out = t->id;
    st = bh_contract_called(&called, &n, a, t, err);
    for (size_t k = 0; st == BH_OK && k < n; k++)
      if (bh_str_eq(called[k].connector, c->connector) && bh_str_eq(called[k].ref, c->contract)) {
        *out = t->id;
        return BH_OK;
      }
  }
  return st;
}

static bh_str entry(bh_arena *a, const bh_client_terms *client, const bh_fact_charge *c, bh_str id, bh_str product, bh_str contract)
{
  bh_buf b;
  bh_buf_init(&b, 1 << 20);
  bh_jw w;
  bh_jw_init(&w, &b);
  bh_jw_obj(&w);
  bh_jw_key(&w, "type"); bh_jw_z(&w, "charge");
  bh_jw_key(&w, "id"); bh_jw_str(&w, id);
  bh_jw_key(&w, "client"); bh_jw_str(&w, client->id);
  bh_jw_key(&w, "date"); bh_jw_day(&w, c->day);
  if (product.len) { bh_jw_key(&w, "product"); bh_jw_str(&w, product); }
  if (c->description.len || !product.len) { bh_jw_key(&w, "text"); bh_jw_str(&w, c->description.len ? c->description : c->product.len ? c->product : c->id); }
  dec_member(&w, "quantity", c->quantity);
  if (c->has_price) dec_member(&w, "price", c->price);
  if (c->has_cost) dec_member(&w, "cost", c->cost);
  if (c->po.len) { bh_jw_key(&w, "po"); bh_jw_str(&w, c->po); }
  if (contract.len) { bh_jw_key(&w, "contract"); bh_jw_str(&w, contract); }
  bh_jw_obj_end(&w);
  bh_str s = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return s;
}

bh_status bh_run_charges(bool *any, bh_client_iter *it, const bh_client_terms *client, bh_run_ctx *ctx, bh_holds *holds, bh_arena *a, bh_error *err)
{
  *any = false;
  if (client->id_count == 0)
    return BH_OK;
  bh_day date = ctx->drafting.date;
  bh_client_facts *facts;
  bh_fact_charge *charges;
  size_t n = 0;
  bh_status st = bh_facts_load(&facts, ctx->drafting.store, a, client, NULL, 0, date, date + 1, err);
  if (st == BH_OK)
    st = bh_facts_charges(&charges, &n, facts, a, BH_DAY_MIN, BH_DAY_MAX, BH_PULL_NOW, err); /* those to come say when to look again */
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    const bh_fact_charge *c = &charges[i];
    bh_str product = c->product.len > 0 ? bh_workspace_product_of(ctx->engine->ws, c->connector, c->product) : (bh_str){ "", 0 };
    if (product.len == 0 && !c->has_price) {
      if (c->day > date)
        continue;
      bh_hold_add(holds, a, BH_S("price-missing"),
                  bh_arena_fmt(a, "connector \"%.*s\": the charge \"%.*s\" has no price, and its product \"%.*s\" is not in the price book (ids = { %.*s = \"%.*s\" } on a product maps it): one of the two lifts this",
                               BH_STR_ARG(c->connector), BH_STR_ARG(c->id), BH_STR_ARG(c->product), BH_STR_ARG(c->connector), BH_STR_ARG(c->product)));
      continue;
    }
    bh_str id = bh_arena_fmt(a, "%.*s:%.*s", BH_STR_ARG(c->connector), BH_STR_ARG(c->id)), contract;
    st = our_contract(&contract, a, client, c, err);
    if (st == BH_OK)
      st = bh_clients_add_charge(it, id, entry(a, client, c, id, product, contract), err);
    *any = true;
  }
  return st;
}

/* `discount`: one table or a list of them, on a line, a contract or a client. */
#include "workspace/internal.h"

#define DISCOUNT_KEYS(X) X(amount) X(amounts) X(contracts) X(ends) X(from) X(of) X(percent) X(reason)
enum {
#define X(k) DK_##k,
  DISCOUNT_KEYS(X)
#undef X
  DK_COUNT
};
static const char *const names[] = {
#define X(k) #k,
  DISCOUNT_KEYS(X)
#undef X
};
const ws_names ws_discount_keys = {names, DK_COUNT};

static void one(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str own, bh_str currency, bh_day base, bh_discount *out) {
  *out = (bh_discount){.from = BH_DAY_MIN, .ends = BH_DAY_MAX};
  bh_node *v[DK_COUNT];
  if (!ws_pick(ck, at, n, names, DK_COUNT, v, NULL, NULL)) return;
  bool money = v[DK_amount] || v[DK_amounts];
  if (money == (v[DK_percent] != NULL)) {
    ws_bad(ck, at, "%s; expected either percent = \"5\" or amount = \"50.00\"", money ? "both a percent and an amount" : "neither a percent nor an amount");
    return;
  }
  if (v[DK_percent]) {
    out->is_percent = true;
    if (ws_dated(ck, WS_KEY(at, "percent"), v[DK_percent], WS_PERCENT, base, &out->values))
      for (size_t i = 0; i < out->values.count; i++)
        if (bh_dec_cmp(out->values.items[i].value, bh_dec_int(100)) > 0) {
          ws_bad(ck, WS_KEY(at, "percent"), "more than 100 percent");
          break;
        }
  } else {
    switch (ws_money(ck, at, n, BH_S("amount"), WS_MONEY, own, currency, base, &out->values)) {
    case WS_FOUND: break;
    case WS_MISSING:
      ws_bad(ck, WS_KEY(at, "amount"), "no amount in %.*s; expected amounts = { %.*s = … }", BH_STR_ARG(currency), BH_STR_ARG(currency));
      break;
    default: break;
    }
  }
  if (out->values.count) out->value = out->values.items[0].value;
  if (v[DK_reason]) ws_text(ck, WS_KEY(at, "reason"), v[DK_reason], &out->reason);
  if (v[DK_from]) ws_date(ck, WS_KEY(at, "from"), v[DK_from], base, false, &out->from);
  if (v[DK_ends]) ws_date(ck, WS_KEY(at, "ends"), v[DK_ends], base, true, &out->ends);
  if (out->ends < out->from) ws_bad(ck, WS_KEY(at, "ends"), "before its from; expected a last day on or after it");
  if (v[DK_of]) ws_of(ck, WS_KEY(at, "of"), v[DK_of], &out->of);
  if (v[DK_contracts]) {
    int all;
    if (ws_choice(ck, WS_KEY(at, "contracts"), v[DK_contracts], (const char *const[]){"all"}, 1, &all)) out->all_contracts = true;
  }
}

bool ws_discounts(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str own, bh_str currency, bh_day base,
                  bh_discount **out, size_t *count) {
  *out = NULL;
  *count = 0;
  if (n->kind != BH_NODE_TABLE) {
    ws_bad_kind(ck, at, n, "a table like { percent = \"5\", reason = \"…\" }, or a list of them");
    return false;
  }
  size_t before = ck->bad;
  if (n->field_count) {
    *out = BH_NEW(ck->a, bh_discount);
    *count = 1;
    one(ck, at, n, own, currency, base, *out);
  } else if (n->item_count) {
    *out = BH_NEWN(ck->a, bh_discount, n->item_count);
    for (size_t i = 0; i < n->item_count; i++) one(ck, WS_AT(at, i), n->items[i], own, currency, base, &(*out)[(*count)++]);
  }
  return ck->bad == before;
}

/* A one-off charge as the once line that it is. */
#include "workspace/internal.h"

static const char *const charge_names[] = {"client", "contract", "cost", "currency", "date", "id", "ids", "name", "note", "po", "price", "product",
  "quantity", "section", "tags", "tax", "text", "type", "unit"};
const ws_names ws_charge_keys = {charge_names, sizeof charge_names / sizeof *charge_names};

bh_node *ws_charge_line(ws_ck *ck, bh_node *charge) {
  enum { CLIENT, CONTRACT, COST, CURRENCY, DATE, ID, IDS, NAME, NOTE, PO, PRICE, PRODUCT, QUANTITY, SECTION, TAGS, TAX, TEXT, TYPE, UNIT, COUNT };
  bh_node *v[COUNT];
  bh_day day;
  size_t before = ck->bad;
  if (!ws_pick(ck, NULL, charge, charge_names, COUNT, v, NULL, NULL)) return NULL;
  if (!v[DATE]) ws_bad(ck, WS_KEY(NULL, "date"), "missing; expected a date like \"2026-12-01\"");
  else ws_date(ck, WS_KEY(NULL, "date"), v[DATE], BH_DAY_MIN, false, &day);
  if (!v[PRODUCT] && !v[TEXT]) ws_bad(ck, NULL, "neither a product nor a text; expected one of them");
  bh_dec d;
  if (v[PRICE]) ws_num(ck, WS_KEY(NULL, "price"), v[PRICE], WS_MONEY_SIGNED, &d);
  if (v[COST]) ws_num(ck, WS_KEY(NULL, "cost"), v[COST], WS_MONEY, &d);
  if (v[QUANTITY]) ws_num(ck, WS_KEY(NULL, "quantity"), v[QUANTITY], WS_QUANTITY, &d);
  if (!v[PRODUCT] && !v[PRICE]) ws_bad(ck, WS_KEY(NULL, "price"), "missing; a charge with a text and no product needs its price");
  if (ck->bad != before) return NULL;
  bh_arena *a = ck->a;
  bh_node *line = bh_node_new(a, BH_NODE_TABLE);
  bh_node_set(a, line, BH_S("once"), v[DATE]);
  static const int kept[] = {COST, ID, NAME, PO, PRICE, PRODUCT, QUANTITY, SECTION, TAX, TEXT, UNIT};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    if (v[kept[i]]) bh_node_set(a, line, bh_str_c(charge_names[kept[i]]), v[kept[i]]);
  return line;
}

/* Products on tickets, projects and sales orders are one-off charges. */
#include "connectwise.h"

static const char *const fields[] = {"id", "company.id", "catalogItem.id", "catalogItem.identifier", "description", "customerDescription", "quantity",
  "quantityCancelled", "price", "cost", "billableOption", "cancelledFlag", "purchaseDate", "invoice.id", "agreement.id", "ticket.id", "project.id",
  "salesOrder.id"};
enum { ID, COMPANY, ITEM, IDENTIFIER, DESCRIPTION, CUSTOMER, QUANTITY, CANCELLED_QUANTITY, PRICE, COST, BILLABLE, CANCELLED, DATE, INVOICE, AGREEMENT,
  TICKET, PROJECT, ORDER, FIELDS };
static const char ask[] = "id,company/id,catalogItem,description,customerDescription,quantity,quantityCancelled,price,cost,billableOption,cancelledFlag,"
                          "purchaseDate,invoice/id,agreement/id,ticket/id,project/id,salesOrder/id";

/* What was sold, less what was cancelled of it. */
static bh_status sold(cw *c, bhk_buf *out, bh_str quantity, bh_str cancelled)
{
  const bh_host *h = c->p.api.h;
  bh_dec q, less = {0, 0, 0};
  bh_status rc = h->parse_number(h->ctx, quantity, &q);
  if (rc == BH_OK && cancelled.len)
    rc = h->parse_number(h->ctx, cancelled, &less);
  if (rc)
    return rc;
  for (; q.scale < less.scale && q.coef < INT64_MAX / 10 && q.coef > INT64_MIN / 10; q.scale++)
    q.coef *= 10;
  for (; less.scale < q.scale && less.coef < INT64_MAX / 10 && less.coef > INT64_MIN / 10; less.scale++)
    less.coef *= 10;
  if (q.scale != less.scale || __builtin_sub_overflow(q.coef, less.coef, &q.coef))
    return h->fail(h->ctx, BH_E_PERMANENT, "a quantity of %.*s is out of range", (int)quantity.len, quantity.ptr);
  psa_put_dec(out, q);
  return out->broken ? psa_no_memory(&c->p) : BH_OK;
}

static bh_status row(void *user, const bh_json_record *r)
{
  cw *c = user;
  const bh_str *t = r->texts;
  bhk_buf quantity = {0};
  char what[64];
  if (!bhk_is(t[BILLABLE], "Billable") || r->kinds[CANCELLED] == BH_JSON_TRUE || t[INVOICE].len || t[DATE].len == 0 ||
      (t[TICKET].len == 0 && t[PROJECT].len == 0 && t[ORDER].len == 0) || !psa_owes_client(&c->p, t[COMPANY]))
    return BH_OK; /* not sold yet, not billed at all, or billed by ConnectWise itself */
  snprintf(what, sizeof what, "product item %.*s", (int)(t[ID].len < 40 ? t[ID].len : 40), t[ID].ptr);
  psa_charge x = {.id = t[ID], .client = t[COMPANY], .product = t[ITEM], .description = t[CUSTOMER].len ? t[CUSTOMER] : t[DESCRIPTION].len ? t[DESCRIPTION] : t[IDENTIFIER],
    .contract = t[AGREEMENT], .unit_price = t[PRICE], .cost = t[COST], .what = what, .done = true};
  bh_status rc = psa_day(&c->p, t[DATE], &x.date);
  if (rc == BH_OK)
    rc = sold(c, &quantity, t[QUANTITY], t[CANCELLED_QUANTITY]);
  x.quantity = bhk_text(&quantity);
  if (rc == BH_OK)
    rc = psa_product(&c->p, t[ITEM], t[DESCRIPTION].len ? t[DESCRIPTION] : t[IDENTIFIER], BHK(""), BHK(""));
  if (rc == BH_OK)
    rc = psa_charge_emit(&c->p, &x);
  bhk_dispose(&quantity);
  return rc;
}

bh_status cw_charges(cw *c)
{
  bhk_buf conditions = {0};
  bhk_putz(&conditions, "billableOption=\"Billable\" and cancelledFlag=false and ");
  cw_since(&conditions, "purchaseDate", c->p.since);
  const cw_list list = {.path = "/procurement/products", .conditions = bhk_text(&conditions), .ask = ask, .fields = fields, .field_count = FIELDS, .row = row};
  bh_status rc = conditions.broken ? psa_no_memory(&c->p) : cw_read(c, &list, c, NULL, 0, NULL);
  bhk_dispose(&conditions);
  return rc;
}

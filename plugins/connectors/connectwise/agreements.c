/* Agreements with their additions are the contracts; the catalog's items and the agreement types are the products. */
#include "connectwise.h"

static const char *const fields[] = {"id", "name", "company.id", "type.id", "type.name", "startDate", "billStartDate", "endDate", "noEndingDateFlag",
  "cancelledFlag", "dateCancelled", "billAmount", "billingCycle.name", "invoicingCycle", "customerPO", "site.name", "currency.currencyCode",
  "billOneTimeFlag"};
enum { ID, NAME, COMPANY, TYPE, TYPE_NAME, START, BILL_START, END, NO_END, CANCELLED, CANCELLED_ON, AMOUNT, CYCLE, INVOICING, PO, SITE, CURRENCY, ONE_TIME,
  FIELDS };
static const char ask[] = "id,name,company/id,type/id,type/name,startDate,billStartDate,endDate,noEndingDateFlag,cancelledFlag,dateCancelled,billAmount,"
                          "billingCycle/name,invoicingCycle,customerPO,site/name,currency/currencyCode,billOneTimeFlag";

static const char *const addition_fields[] = {"id", "product.id", "product.identifier", "description", "invoiceDescription", "quantity", "lessIncluded",
  "unitPrice", "unitCost", "billCustomer", "effectiveDate", "cancelledDate"};
enum { A_ID, A_PRODUCT, A_IDENTIFIER, A_DESCRIPTION, A_INVOICE, A_QUANTITY, A_INCLUDED, A_PRICE, A_COST, A_BILL, A_FROM, A_CANCELLED, A_FIELDS };
static const char addition_ask[] = "id,product,description,invoiceDescription,quantity,lessIncluded,unitPrice,unitCost,billCustomer,effectiveDate,cancelledDate";

typedef struct agreements {
  cw *c;
  psa_contracts all;
  size_t at; /* the agreement whose additions are being read */
} agreements;

/* ---- products ---- */

static const char *const item_fields[] = {"id", "identifier", "description", "price", "cost", "inactiveFlag"};

static bh_status on_item(void *user, const bh_json_record *r)
{
  cw *c = user;
  return psa_product(&c->p, r->texts[0], r->texts[2].len ? r->texts[2] : r->texts[1], r->texts[3], r->texts[4]);
}

static bh_status catalog(cw *c)
{
  const cw_list list = {.path = "/procurement/catalog", .conditions = c->p.include_inactive ? BHK("") : BHK("inactiveFlag=false"),
    .ask = "id,identifier,description,price,cost,inactiveFlag", .fields = item_fields, .field_count = 6, .row = on_item};
  return cw_read(c, &list, c, NULL, 0, NULL);
}

/* ---- agreements ---- */

/* The agreement's own amount is a line of its type. */
static bh_status base_line(agreements *x, psa_contract *k, const bh_json_record *r)
{
  psa *p = &x->c->p;
  bh_dec amount;
  bhk_buf product = {0};
  if (r->texts[AMOUNT].len == 0)
    return BH_OK;
  if (p->api.h->parse_number(p->api.h->ctx, r->texts[AMOUNT], &amount))
    return psa_contract_wrong(p, &x->all, r->texts[ID], r->texts[NAME], "its billAmount is \"%.*s\"", (int)r->texts[AMOUNT].len, r->texts[AMOUNT].ptr);
  if (amount.coef == 0)
    return BH_OK;
  bhk_putz(&product, "agreement-type:");
  bhk_put(&product, r->texts[TYPE]);
  const psa_line line = {.what = "its own amount, line", .id = BHK("agreement"), .product = bhk_text(&product), .name = r->texts[NAME], .price = r->texts[AMOUNT]};
  bh_status rc = product.broken ? psa_no_memory(p) : psa_product(p, bhk_text(&product), r->texts[TYPE_NAME], BHK(""), BHK(""));
  if (rc == BH_OK)
    rc = psa_line_add(p, &x->all, k, &line);
  bhk_dispose(&product);
  return rc;
}

static bh_status on_agreement(void *user, const bh_json_record *r)
{
  agreements *x = user;
  psa *p = &x->c->p;
  psa_contract *k;
  bh_date starts, bills, ends, cancelled = {0, 0, 0};
  int every = 0;
  const char *unit = NULL;
  bh_status rc;
  if ((rc = psa_day(p, r->texts[START], &starts)) || (rc = psa_day(p, r->texts[BILL_START], &bills)) || (rc = psa_day(p, r->texts[END], &ends)) ||
      (r->kinds[CANCELLED] == BH_JSON_TRUE && (rc = psa_day(p, r->texts[CANCELLED_ON], &cancelled))))
    return psa_contract_wrong(p, &x->all, r->texts[ID], r->texts[NAME], "one of its dates is none");
  if (bills.year && starts.year && psa_day_cmp(bills, starts) > 0)
    starts = bills;
  if (r->kinds[NO_END] == BH_JSON_TRUE)
    ends = (bh_date){0, 0, 0};
  if (cancelled.year && (!ends.year || psa_day_cmp(cancelled, ends) < 0))
    ends = cancelled;
  if (r->kinds[CANCELLED] == BH_JSON_TRUE && !cancelled.year && psa_has_client(p, r->texts[COMPANY]))
    return psa_contract_wrong(p, &x->all, r->texts[ID], r->texts[NAME], "it is cancelled, and does not say since when");
  if ((rc = psa_contract_add(p, &x->all, &k, r->texts[ID], r->texts[COMPANY], r->texts[NAME], starts, ends)) || !k)
    return rc;
  psa_contract_text(k, "po", r->texts[PO]);
  psa_contract_text(k, "site", r->texts[SITE]);
  psa_contract_text(k, "currency", r->texts[CURRENCY]);
  if (!psa_cycle_option(p, r->texts[CYCLE], &every, &unit) && !psa_cycle(r->texts[CYCLE], &every, &unit))
    return psa_contract_wrong(p, &x->all, k->id, k->name, "its billing cycle is \"%.*s\": say in the option cycles what that is", (int)r->texts[CYCLE].len,
                              r->texts[CYCLE].ptr);
  psa_contract_bill(k, every, unit, bhk_is(r->texts[INVOICING], "ContractYear"));
  return base_line(x, k, r);
}

/* ---- additions ---- */

static bh_status on_addition(void *user, const bh_json_record *r)
{
  agreements *x = user;
  psa *p = &x->c->p;
  psa_contract *k = &x->all.v[x->at];
  const bh_str *t = r->texts;
  bool free_of_charge = bhk_is(t[A_BILL], "NoCharge");
  bh_dec included = {0, 0, 0};
  bh_status rc;
  psa_line line = {.what = "addition", .id = t[A_ID], .product = t[A_PRODUCT], .name = t[A_INVOICE].len ? t[A_INVOICE] : t[A_DESCRIPTION],
    .quantity = t[A_QUANTITY], .price = free_of_charge ? BHK("0") : t[A_PRICE], .cost = t[A_COST]};
  if (bhk_is(t[A_BILL], "DoNotBill"))
    return BH_OK;
  if (!free_of_charge && !bhk_is(t[A_BILL], "Billable"))
    return psa_contract_wrong(p, &x->all, k->id, k->name, "addition %.*s: its billCustomer is \"%.*s\"", (int)t[A_ID].len, t[A_ID].ptr, (int)t[A_BILL].len, t[A_BILL].ptr);
  if (t[A_QUANTITY].len == 0)
    return psa_contract_wrong(p, &x->all, k->id, k->name, "addition %.*s: it has no quantity", (int)t[A_ID].len, t[A_ID].ptr);
  if ((rc = psa_day(p, t[A_FROM], &line.from)) || (rc = psa_day(p, t[A_CANCELLED], &line.ends)))
    return psa_contract_wrong(p, &x->all, k->id, k->name, "addition %.*s: one of its dates is none", (int)t[A_ID].len, t[A_ID].ptr);
  if (t[A_INCLUDED].len && p->api.h->parse_number(p->api.h->ctx, t[A_INCLUDED], &included))
    return psa_contract_wrong(p, &x->all, k->id, k->name, "addition %.*s: its lessIncluded is \"%.*s\"", (int)t[A_ID].len, t[A_ID].ptr, (int)t[A_INCLUDED].len,
                              t[A_INCLUDED].ptr);
  if (t[A_INCLUDED].len && included.coef != 0)
    line.included = t[A_INCLUDED];
  rc = psa_line_add(p, &x->all, k, &line);
  return rc ? rc : psa_product(p, t[A_PRODUCT], t[A_DESCRIPTION].len ? t[A_DESCRIPTION] : t[A_IDENTIFIER], BHK(""), BHK(""));
}

static bh_status additions(agreements *x)
{
  bhk_buf path = {0};
  bhk_putz(&path, "/finance/agreements/");
  bhk_put(&path, x->all.v[x->at].id);
  bhk_put(&path, (bh_str){"/additions", sizeof "/additions"}); /* with its NUL */
  const cw_list list = {.path = path.ptr, .ask = addition_ask, .fields = addition_fields, .field_count = A_FIELDS, .row = on_addition,
    .inner = true};
  bh_status rc = path.broken ? psa_no_memory(&x->c->p) : cw_read(x->c, &list, x, NULL, 0, NULL);
  bhk_dispose(&path);
  return rc;
}

bh_status cw_agreements(cw *c)
{
  agreements x = {.c = c, .all = {.word = "agreement"}};
  const cw_list list = {.path = "/finance/agreements", .ask = ask, .fields = fields, .field_count = FIELDS, .row = on_agreement};
  bh_status rc = catalog(c);
  if (rc == BH_OK)
    rc = cw_read(c, &list, &x, NULL, 0, NULL);
  for (x.at = 0; rc == BH_OK && x.at < x.all.n; x.at++)
    rc = additions(&x);
  if (rc == BH_OK)
    rc = psa_contracts_emit(&c->p, &x.all);
  psa_contracts_dispose(&x.all);
  return rc;
}

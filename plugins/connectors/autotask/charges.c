/* Charges of contracts, tickets and projects: one-off. */
#include "autotask.h"

typedef struct kind {
  const char *entity, *parent, *word;
} kind;
static const kind kinds[] = {{"ContractCharges", "contractID", "contract"}, {"TicketCharges", "ticketID", "ticket"}, {"ProjectCharges", "projectID", "project"}};
enum { ID, PARENT, DATE, NAME, DESCRIPTION, QUANTITY, PRICE, COST, PRODUCT, PO, FIELDS };

typedef struct charges {
  at *x;
  psa_rows rows[3];
  psa_rows *at_hand;
} charges;

static bh_status on_charge(void *user, const bh_json_record *r)
{
  charges *c = user;
  return psa_rows_add(&c->x->p, c->at_hand, r);
}

static bh_status on_contract(void *user, const bh_json_record *r)
{
  at *x = user;
  return bhk_add(&x->contracts, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&x->p) : BH_OK;
}

static bh_status read_kind(charges *c, size_t i)
{
  const char *const fields[] = {"id", kinds[i].parent, "datePurchased", "name", "description", "unitQuantity", "unitPrice", "unitCost", "productID", "purchaseOrderNumber"};
  bhk_buf filter = {0};
  at_condition(&filter, "gte", "datePurchased", c->x->p.since);
  bhk_putz(&filter, ",{\"op\":\"eq\",\"field\":\"isBillableToCompany\",\"value\":true},{\"op\":\"eq\",\"field\":\"isBilled\",\"value\":false}");
  bhk_put(&filter, (bh_str){"", 1});
  c->at_hand = &c->rows[i];
  bh_status rc = filter.broken ? psa_no_memory(&c->x->p) : at_read(c->x, kinds[i].entity, filter.ptr, fields, FIELDS, on_charge, c);
  bhk_dispose(&filter);
  return rc;
}

static bh_status emit(at *x, const kind *k, const bhk_map *companies, const bh_str *t)
{
  psa *p = &x->p;
  const bhk_entry *company = bhk_get(companies, t[PARENT]);
  bhk_buf id = {0}, product = {0};
  char what[80];
  snprintf(what, sizeof what, "%s charge %.*s", k->word, (int)(t[ID].len < 40 ? t[ID].len : 40), t[ID].ptr);
  if (!company)
    return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "%s: its %s cannot be seen: the API user's security level hides it", what, k->word);
  bhk_putz(&id, k->word);
  bhk_putz(&id, ":");
  bhk_put(&id, t[ID]);
  bhk_putz(&product, t[PRODUCT].len ? "product:" : "");
  bhk_put(&product, t[PRODUCT]);
  psa_charge c = {.id = bhk_text(&id), .client = company->value, .product = bhk_text(&product), .description = t[NAME].len ? t[NAME] : t[DESCRIPTION], .po = t[PO],
    .contract = strcmp(k->word, "contract") == 0 ? t[PARENT] : (bh_str){"", 0}, .quantity = t[QUANTITY], .unit_price = t[PRICE], .cost = t[COST], .what = what,
    .done = true};
  bh_status rc = id.broken || product.broken ? psa_no_memory(p) : psa_day(p, t[DATE], &c.date);
  if (rc == BH_OK && t[PRODUCT].len && psa_owes_client(p, company->value))
    rc = psa_product(p, bhk_text(&product), t[NAME], BHK(""), BHK(""));
  if (rc == BH_OK)
    rc = psa_charge_emit(p, &c);
  bhk_dispose(&id);
  bhk_dispose(&product);
  return rc;
}

bh_status at_charges(at *x)
{
  static const char *const contract_fields[] = {"id", "companyID"};
  const bhk_map *const companies[] = {&x->contracts, &x->tickets, &x->projects};
  charges c = {.x = x, .rows = {{.width = FIELDS}, {.width = FIELDS}, {.width = FIELDS}}};
  bh_status rc = BH_OK;
  for (size_t i = 0; i < 3 && rc == BH_OK; i++)
    rc = read_kind(&c, i);
  for (size_t i = 1; i < 3; i++)
    for (size_t j = 0; j < c.rows[i].n && rc == BH_OK; j++)
      rc = at_want(x, i == 1 ? &x->tickets : &x->projects, c.rows[i].v[j * FIELDS + PARENT]);
  if (rc == BH_OK)
    rc = at_look_up(x);
  if (rc == BH_OK && c.rows[0].n && x->contracts.n == 0)
    rc = at_read(x, "Contracts", "", contract_fields, 2, on_contract, x);
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = 0; j < c.rows[i].n && rc == BH_OK; j++)
      rc = emit(x, &kinds[i], companies[i], &c.rows[i].v[j * FIELDS]);
    psa_rows_dispose(&c.rows[i]);
  }
  return rc;
}

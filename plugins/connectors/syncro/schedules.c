/* Schedules (recurring invoices) are the contracts: what Syncro bills. They have no first day: contracts begin after billed_through. */
#include "syncro.h"

static const char *const fields[] = {"id", "customer_id", "name", "frequency", "next_run", "paused"};
enum { ID, CUSTOMER, NAME, FREQUENCY, NEXT, PAUSED, FIELDS };
static const char *const line_fields[] = {"id", "product_id", "name", "description", "quantity", "price_retail", "price_cost", "retail_cents", "cost_cents",
  "one_time_charge"};
enum { L_ID, L_PRODUCT, L_NAME, L_DESCRIPTION, L_QUANTITY, L_PRICE, L_COST, L_CENTS, L_COST_CENTS, L_ONCE, L_FIELDS };

typedef struct schedules {
  syncro *s;
  psa_contracts all;
  psa_rows lines; /* of the schedule at hand */
} schedules;

static bh_status on_line(void *user, const bh_json_record *r)
{
  schedules *x = user;
  return psa_rows_add(&x->s->p, &x->lines, r);
}

static void repeated(void *user)
{
  psa_rows_clear(&((schedules *)user)->lines);
}

/* Money is there as dollars, as cents, or as both. */
static bh_status money(psa *p, bhk_buf *into, bh_str dollars, bh_str cents)
{
  bh_dec d;
  if (dollars.len || cents.len == 0) {
    bhk_put(into, dollars);
    return BH_OK;
  }
  bh_status rc = p->api.h->parse_number(p->api.h->ctx, cents, &d);
  if (rc == BH_OK && d.scale > 7)
    rc = p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "%.*s cents have too many places", (int)cents.len, cents.ptr);
  if (rc == BH_OK)
    psa_put_dec(into, (bh_dec){d.coef, d.scale + 2, 0});
  return rc;
}

static bh_status add(schedules *x, psa_contract *c, const bh_str *t, bh_str client, bh_date next)
{
  psa *p = &x->s->p;
  bhk_buf product = {0}, price = {0}, cost = {0}, id = {0};
  bh_str name = t[L_NAME].len ? t[L_NAME] : t[L_DESCRIPTION];
  char what[80];
  bhk_putz(&product, t[L_PRODUCT].len ? "" : "item:"); /* a line without a product is known by its name */
  bhk_put(&product, t[L_PRODUCT].len ? t[L_PRODUCT] : name);
  bh_status rc = money(p, &price, t[L_PRICE], t[L_CENTS]);
  if (rc == BH_OK)
    rc = money(p, &cost, t[L_COST], t[L_COST_CENTS]);
  bh_str retail = bhk_text(&price), own = bhk_text(&cost);
  bhk_putz(&id, "line:");
  bhk_put(&id, t[L_ID]);
  snprintf(what, sizeof what, "line %.*s of a schedule", (int)(t[L_ID].len < 40 ? t[L_ID].len : 40), t[L_ID].ptr);
  if (rc == BH_OK && (product.broken || price.broken || cost.broken || id.broken))
    rc = psa_no_memory(p);
  if (rc == BH_OK && (name.len || t[L_PRODUCT].len))
    rc = psa_product(p, bhk_text(&product), name, BHK(""), BHK(""));
  if (rc == BH_OK && psa_true(t[L_ONCE])) {
    const psa_charge charge = {.id = bhk_text(&id), .client = client, .product = t[L_PRODUCT], .description = name, .date = next, .quantity = t[L_QUANTITY], .unit_price = retail,
      .cost = own, .what = what};
    rc = next.year ? psa_charge_emit(p, &charge) : p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "%s: it is billed once, and its schedule does not say when", what);
  } else if (rc == BH_OK && c) {
    const psa_line line = {.what = "line", .id = t[L_ID], .product = name.len || t[L_PRODUCT].len ? bhk_text(&product) : (bh_str){"", 0}, .name = name, .quantity = t[L_QUANTITY],
      .price = retail, .cost = own};
    rc = t[L_QUANTITY].len ? psa_line_add(p, &x->all, c, &line)
                           : psa_contract_wrong(p, &x->all, c->id, c->name, "line %.*s: it has no quantity", (int)t[L_ID].len, t[L_ID].ptr);
  }
  bhk_dispose(&product);
  bhk_dispose(&price);
  bhk_dispose(&cost);
  bhk_dispose(&id);
  return rc;
}

static bool recurring(const schedules *x)
{
  for (size_t i = 0; i < x->lines.n; i++)
    if (!psa_true(x->lines.v[i * L_FIELDS + L_ONCE]))
      return true;
  return false;
}

static bh_status head(schedules *x, psa_contract **out, const bh_str *t, bh_date next)
{
  psa *p = &x->s->p;
  const bh_date open = {0, 0, 0};
  int every = 0;
  const char *unit = NULL;
  *out = NULL;
  if (!psa_has_client(p, t[CUSTOMER]) || !recurring(x))
    return BH_OK;
  if (p->billed_through.year == 0)
    return psa_contract_wrong(p, &x->all, t[ID], t[NAME], "Syncro does not say since when it is billed: set the option billed_through");
  bh_status rc = psa_contract_add(p, &x->all, out, t[ID], t[CUSTOMER], t[NAME], psa_day_add(p->billed_through, 1), open);
  if (rc || !*out)
    return rc;
  if (!psa_cycle_option(p, t[FREQUENCY], &every, &unit) && !psa_cycle(t[FREQUENCY], &every, &unit))
    return psa_contract_wrong(p, &x->all, t[ID], t[NAME], "its frequency is \"%.*s\": say in the option cycles what that is", (int)t[FREQUENCY].len, t[FREQUENCY].ptr);
  if (next.year)
    psa_contract_bill_on(*out, every, unit, next);
  else
    psa_contract_bill(*out, every, unit, false);
  return BH_OK;
}

static bh_status take(schedules *x, const bh_str *t)
{
  psa_contract *c = NULL;
  bh_date next;
  if (psa_true(t[PAUSED]))
    return BH_OK;
  bh_status rc = psa_day(&x->s->p, t[NEXT], &next);
  if (rc)
    return psa_contract_wrong(&x->s->p, &x->all, t[ID], t[NAME], "its next run is \"%.*s\"", (int)t[NEXT].len, t[NEXT].ptr);
  rc = head(x, &c, t, next);
  for (size_t i = 0; i < x->lines.n && rc == BH_OK; i++)
    rc = add(x, c, &x->lines.v[i * L_FIELDS], t[CUSTOMER], next);
  return rc;
}

static bh_status on_schedule(void *user, const bh_json_record *r)
{
  bh_status rc = take(user, r->texts);
  repeated(user);
  return rc;
}

bh_status syncro_schedules(syncro *s)
{
  schedules x = {.s = s, .all = {.word = "schedule"}, .lines = {.width = L_FIELDS}};
  const bh_json_query inside = {.struct_size = sizeof inside, .each = "$.schedules[*].lines[*]", .fields = line_fields, .field_count = L_FIELDS, .record = on_line, .user = &x};
  const syncro_list list = {.path = "/schedules", .query = "", .each = "$.schedules[*]", .fields = fields, .field_count = FIELDS, .row = on_schedule, .inside = &inside,
    .repeated = repeated};
  bh_status rc = syncro_read(s, &list, &x);
  if (rc == BH_OK)
    rc = psa_contracts_emit(&s->p, &x.all);
  psa_contracts_dispose(&x.all);
  psa_rows_dispose(&x.lines);
  return rc;
}

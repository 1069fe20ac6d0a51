/* Contracts with their services and bundles; the services and bundles themselves are the products. The units of a service are kept by period:
 * each run of periods with other units is a change of the line's quantity. */
#include "autotask.h"

static const char *const fields[] = {"id", "companyID", "contractName", "contractPeriodType", "contractType", "startDate", "endDate", "purchaseOrderNumber"};
enum { ID, COMPANY, NAME, PERIOD, TYPE, START, END, PO, FIELDS };

/* A service or bundle of a contract. */
typedef struct service {
  bh_str id, contract, product, text, price, cost; /* one allocation, at id.ptr */
  size_t units, unit_count;                        /* from `units` on, in order of their first day, once sorted */
} service;

/* So many units from `from` to `to`, both inclusive. */
typedef struct span {
  size_t service;
  bh_date from, to;
  bh_dec n;
} span;

typedef struct services {
  at *x;
  psa_contracts all;
  service *v;
  size_t n, cap;
  span *units;
  size_t unit_count, unit_cap;
  psa_rows picks;          /* of the field at hand: value, label */
  bhk_map periods;         /* contractPeriodType -> its label */
  bhk_map index;           /* id -> number in v, of one of the two kinds at a time */
  const char *prefix;      /* "" and "bundle:": what tells a bundle's id from a service's */
} services;

/* ---- products ---- */

static bh_status product(services *s, bh_str id, bh_str name, bh_str price, bh_str cost)
{
  bhk_buf b = {0};
  bhk_putz(&b, s->prefix);
  bhk_put(&b, id);
  bh_status rc = b.broken ? psa_no_memory(&s->x->p) : psa_product(&s->x->p, bhk_text(&b), name, price, cost);
  bhk_dispose(&b);
  return rc;
}

static bh_status on_product(void *user, const bh_json_record *r)
{
  return product(user, r->texts[0], r->texts[1], r->texts[2], r->texts[3]);
}

/* ---- contracts ---- */

static bh_status on_pick(void *user, const bh_json_record *r)
{
  services *s = user;
  return psa_rows_add(&s->x->p, &s->picks, r);
}

/* The values of a picklist stand inside the field, and so come before it. */
static bh_status on_field(void *user, const bh_json_record *r)
{
  services *s = user;
  bh_status rc = BH_OK;
  for (size_t i = 0; i < s->picks.n && rc == BH_OK && bhk_like(BHK("contractPeriodType"), r->texts[0]); i++)
    if (bhk_add(&s->periods, s->picks.v[i * 2], s->picks.v[i * 2 + 1]) < 0)
      rc = psa_no_memory(&s->x->p);
  psa_rows_clear(&s->picks);
  return rc;
}

static bh_status read_periods(services *s)
{
  static const char *const fields_of_field[] = {"name"}, *const fields_of_pick[] = {"value", "label"};
  const bh_json_query picks = {.struct_size = sizeof picks, .each = "$.fields[*].picklistValues[*]", .fields = fields_of_pick, .field_count = 2, .record = on_pick, .user = s};
  const bh_json_query *const more[] = {&picks};
  const bhk_list list = {.path = "/V1.0/Contracts/entityInformation/fields", .each = "$.fields[*]", .fields = fields_of_field, .field_count = 1, .row = on_field};
  return bhk_read(&s->x->p.api, &list, s, more, 1);
}

static bh_status on_contract(void *user, const bh_json_record *r)
{
  services *s = user;
  psa *p = &s->x->p;
  const bh_str *t = r->texts;
  bh_date starts, ends;
  psa_contract *c;
  int every = 0;
  const char *unit = NULL;
  bh_status rc;
  if (bhk_add(&s->x->contracts, t[ID], t[COMPANY]) < 0)
    return psa_no_memory(p);
  if ((rc = psa_day(p, t[START], &starts)) || (rc = psa_day(p, t[END], &ends)))
    return psa_contract_wrong(p, &s->all, t[ID], t[NAME], "one of its dates is none");
  if ((rc = psa_contract_add(p, &s->all, &c, t[ID], t[COMPANY], t[NAME], starts, ends)) || !c)
    return rc;
  psa_contract_text(c, "po", t[PO]);
  const bhk_entry *label = bhk_get(&s->periods, t[PERIOD]);
  if (label && !psa_cycle_option(p, label->value, &every, &unit) && !psa_cycle(label->value, &every, &unit))
    unit = NULL;
  if (unit)
    psa_contract_bill(c, every, unit, false);
  else if (t[PERIOD].len)
    return psa_contract_wrong(p, &s->all, c->id, c->name, "its period type is \"%.*s\": say in the option cycles what that is",
                              label ? (int)label->value.len : (int)t[PERIOD].len, label ? label->value.ptr : t[PERIOD].ptr);
  return BH_OK;
}

/* ---- services ---- */

static bh_status on_service(void *user, const bh_json_record *r)
{
  services *s = user;
  psa *p = &s->x->p;
  const bh_str *t = r->texts; /* id, contractID, serviceID, invoiceDescription, unitPrice, unitCost */
  char number[24];
  if (!psa_contract_get(&s->all, t[1]))
    return BH_OK;
  if (s->n == s->cap) {
    size_t cap = s->cap ? s->cap * 2 : 64;
    service *v = realloc(s->v, cap * sizeof *v);
    if (!v)
      return psa_no_memory(p);
    s->v = v;
    s->cap = cap;
  }
  size_t prefix = strlen(s->prefix), bytes = 2 * prefix + 1;
  for (size_t i = 0; i < r->field_count; i++)
    bytes += t[i].len;
  char *text = malloc(bytes);
  if (!text)
    return psa_no_memory(p);
  service *k = &s->v[s->n];
  bh_str *const into[] = {&k->id, &k->contract, &k->product, &k->text, &k->price, &k->cost};
  memset(k, 0, sizeof *k);
  for (size_t i = 0; i < r->field_count && i < 6; i++) { /* bundles have no cost */
    size_t before = i == 0 || i == 2 ? prefix : 0;
    memcpy(text, s->prefix, before);
    if (t[i].len)
      memcpy(text + before, t[i].ptr, t[i].len);
    *into[i] = (bh_str){text, before + t[i].len};
    text += before + t[i].len;
  }
  snprintf(number, sizeof number, "%zu", s->n++);
  return bhk_add(&s->index, t[0], bhk_str(number)) < 0 ? psa_no_memory(p) : BH_OK;
}

static bh_status on_unit(void *user, const bh_json_record *r)
{
  services *s = user;
  psa *p = &s->x->p;
  const bh_str *t = r->texts; /* id, contractServiceID, startDate, endDate, units */
  const bhk_entry *e = bhk_get(&s->index, t[1]);
  bh_status rc;
  if (!e)
    return BH_OK;
  if (s->unit_count == s->unit_cap) {
    size_t cap = s->unit_cap ? s->unit_cap * 2 : 256;
    span *v = realloc(s->units, cap * sizeof *v);
    if (!v)
      return psa_no_memory(p);
    s->units = v;
    s->unit_cap = cap;
  }
  span *u = &s->units[s->unit_count];
  memset(u, 0, sizeof *u);
  for (size_t i = 0; i < e->value.len; i++)
    u->service = u->service * 10 + (size_t)(e->value.ptr[i] - '0');
  const service *k = &s->v[u->service];
  const psa_contract *c = psa_contract_get(&s->all, k->contract);
  if ((rc = psa_day(p, t[2], &u->from)) || (rc = psa_day(p, t[3], &u->to)) || u->from.year == 0 || u->to.year == 0 ||
      (rc = p->api.h->parse_number(p->api.h->ctx, t[4], &u->n)) || u->n.coef < 0)
    return psa_contract_wrong(p, &s->all, c->id, c->name, "service %.*s: the units of %.*s are %.*s from \"%.*s\" to \"%.*s\"", (int)k->id.len, k->id.ptr,
                              (int)t[0].len, t[0].ptr, (int)t[4].len, t[4].ptr, (int)t[2].len, t[2].ptr, (int)t[3].len, t[3].ptr);
  s->unit_count++;
  s->v[u->service].unit_count++;
  return BH_OK;
}

static int by_service_and_day(const void *a, const void *b)
{
  const span *x = a, *y = b;
  return x->service != y->service ? (x->service < y->service ? -1 : 1) : psa_day_cmp(x->from, y->from);
}

/* ---- lines ---- */

static int same(bh_dec a, bh_dec b)
{
  return a.coef == b.coef && a.scale == b.scale;
}

/* A line for each run of days with the same units: 10 until March, 12 from April on. Autotask makes units ahead of the billing, up to the contract's
 * end, so a line ends where they end. */
static bh_status add_lines(services *s, const service *k)
{
  psa *p = &s->x->p;
  psa_contract *c = psa_contract_get(&s->all, k->contract);
  bhk_buf id = {0}, quantity = {0};
  bh_status rc = BH_OK;
  for (size_t i = 0; i < k->unit_count && rc == BH_OK;) {
    const span *first = &s->units[k->units + i];
    size_t j = i + 1;
    while (j < k->unit_count && same(s->units[k->units + j].n, first->n) && psa_day_cmp(s->units[k->units + j].from, psa_day_add(s->units[k->units + j - 1].to, 1)) <= 0)
      j++;
    psa_line line = {.what = "service", .product = k->product, .name = k->text, .price = k->price, .cost = k->cost, .from = first->from};
    line.ends = s->units[k->units + j - 1].to;
    bhk_clear(&id);
    bhk_put(&id, k->id);
    if (i) {
      bhk_putz(&id, "@");
      psa_put_day(&id, first->from);
    }
    bhk_clear(&quantity);
    psa_put_dec(&quantity, first->n);
    line.id = bhk_text(&id);
    line.quantity = bhk_text(&quantity);
    if (id.broken || quantity.broken)
      rc = psa_no_memory(p);
    else if (first->n.coef) /* taken out of the contract for these days */
      rc = psa_line_add(p, &s->all, c, &line);
    i = j;
  }
  bhk_dispose(&id);
  bhk_dispose(&quantity);
  return rc;
}

static bh_status all_lines(services *s)
{
  bh_status rc = BH_OK;
  size_t at_unit = 0;
  if (s->unit_count)
    qsort(s->units, s->unit_count, sizeof *s->units, by_service_and_day);
  for (size_t i = 0; i < s->n && rc == BH_OK; i++) {
    s->v[i].units = at_unit;
    at_unit += s->v[i].unit_count;
    rc = add_lines(s, &s->v[i]);
  }
  return rc;
}

static void dispose(services *s)
{
  for (size_t i = 0; i < s->n; i++)
    free((char *)(uintptr_t)s->v[i].id.ptr);
  free(s->v);
  free(s->units);
  psa_rows_dispose(&s->picks);
  bhk_map_dispose(&s->periods);
  bhk_map_dispose(&s->index);
  psa_contracts_dispose(&s->all);
}

bh_status at_contracts(at *x)
{
  static const char *const product_fields[] = {"id", "name", "unitPrice", "unitCost"};
  static const char *const service_fields[] = {"id", "contractID", "serviceID", "invoiceDescription", "unitPrice", "unitCost"};
  static const char *const unit_fields[] = {"id", "contractServiceID", "startDate", "endDate", "units"};
  static const char *const bundle_fields[] = {"id", "contractID", "serviceBundleID", "invoiceDescription", "unitPrice"};
  static const char *const bundle_unit_fields[] = {"id", "contractServiceBundleID", "startDate", "endDate", "units"};
  const char *active = x->p.include_inactive ? "" : "{\"op\":\"eq\",\"field\":\"isActive\",\"value\":true}";
  services s = {.x = x, .all = {.word = "contract"}, .prefix = "", .picks = {.width = 2}};
  bh_status rc = read_periods(&s);
  if (rc == BH_OK)
    rc = at_read(x, "Services", active, product_fields, 4, on_product, &s);
  if (rc == BH_OK)
    rc = at_read(x, "Contracts", "", fields, FIELDS, on_contract, &s);
  if (rc == BH_OK)
    rc = at_read(x, "ContractServices", "", service_fields, 6, on_service, &s);
  if (rc == BH_OK)
    rc = at_read(x, "ContractServiceUnits", "", unit_fields, 5, on_unit, &s);
  bhk_map_dispose(&s.index); /* bundles have ids of their own */
  s.prefix = "bundle:";
  if (rc == BH_OK)
    rc = at_read(x, "ServiceBundles", active, product_fields, 4, on_product, &s);
  if (rc == BH_OK)
    rc = at_read(x, "ContractServiceBundles", "", bundle_fields, 5, on_service, &s);
  if (rc == BH_OK)
    rc = at_read(x, "ContractServiceBundleUnits", "", bundle_unit_fields, 5, on_unit, &s);
  if (rc == BH_OK)
    rc = all_lines(&s);
  if (rc == BH_OK)
    rc = psa_contracts_emit(&x->p, &s.all);
  dispose(&s);
  return rc;
}

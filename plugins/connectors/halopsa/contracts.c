/* Recurring invoices are the contracts: what Halo bills. The client contract that one belongs to lends its dates and its reference. */
#include "halopsa.h"

static const char *const contract_fields[] = {"id", "ref", "start_date", "end_date", "site_name"};
enum { C_ID, C_REF, C_START, C_END, C_SITE, C_FIELDS };

static const char *const fields[] = {"id", "client_id", "contract_id", "period", "schedule.period", "schedule.startdate", "schedule.enddate",
  "nextcreationdate", "schedule.nextcreationdate", "currency_code", "invoice_date"};
enum { ID, CLIENT, CONTRACT, PERIOD, S_PERIOD, S_START, S_END, NEXT, S_NEXT, CURRENCY, DATE, FIELDS };

static const char *const line_fields[] = {"id", "_itemid", "item_shortdescription", "qty_order", "unit_price", "unit_cost", "isinactive", "startdate", "enddate",
  "onetimecharge", "onetimechargeinvoiceid", "isgroupdesc"};
enum { L_ID, L_ITEM, L_TEXT, L_QUANTITY, L_PRICE, L_COST, L_INACTIVE, L_START, L_END, L_ONCE, L_INVOICED, L_GROUP, L_FIELDS };

typedef struct contracts {
  halo *x;
  psa_contracts all;
  psa_rows heads;     /* client contracts */
  bhk_map index;      /* their ids -> number in heads */
  psa_rows lines;     /* of the recurring invoice at hand */
} contracts;

/* Halo writes an absent date as the year 1 or 1900. */
static bh_status day(psa *p, bh_str text, bh_date *out)
{
  bh_status rc = text.len >= 4 && (memcmp(text.ptr, "0001", 4) == 0 || memcmp(text.ptr, "1900", 4) == 0) ? psa_day(p, BHK(""), out) : psa_day(p, text, out);
  return rc;
}

static bh_status on_head(void *user, const bh_json_record *r)
{
  contracts *k = user;
  char number[24];
  snprintf(number, sizeof number, "%zu", k->heads.n);
  if (bhk_add(&k->index, r->texts[C_ID], bhk_str(number)) < 0)
    return psa_no_memory(&k->x->p);
  return psa_rows_add(&k->x->p, &k->heads, r);
}

static const bh_str *head_of(const contracts *k, bh_str id)
{
  const bhk_entry *e = bhk_get(&k->index, id);
  size_t at = 0;
  for (size_t i = 0; e && i < e->value.len; i++)
    at = at * 10 + (size_t)(e->value.ptr[i] - '0');
  return e ? &k->heads.v[at * C_FIELDS] : NULL;
}

static bh_status on_line(void *user, const bh_json_record *r)
{
  contracts *k = user;
  return psa_rows_add(&k->x->p, &k->lines, r);
}

static void repeated(void *user)
{
  psa_rows_clear(&((contracts *)user)->lines);
}

/* A line that Halo bills once, with the next invoice or on its own date. */
static bh_status charge(contracts *k, const bh_str *t, bh_str client, bh_str next)
{
  psa *p = &k->x->p;
  char what[80];
  bhk_buf id = {0};
  bh_status rc;
  psa_charge c = {.client = client, .product = t[L_ITEM], .description = t[L_TEXT], .quantity = t[L_QUANTITY], .unit_price = t[L_PRICE], .cost = t[L_COST], .what = what};
  snprintf(what, sizeof what, "line %.*s of a recurring invoice", (int)(t[L_ID].len < 30 ? t[L_ID].len : 30), t[L_ID].ptr);
  if ((rc = day(p, t[L_START].len ? t[L_START] : next, &c.date)))
    return rc;
  if (c.date.year == 0)
    return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "%s of client %.*s: it is billed once, and does not say when", what, (int)client.len, client.ptr);
  bhk_putz(&id, "line:");
  bhk_put(&id, t[L_ID]);
  c.id = bhk_text(&id);
  rc = id.broken ? psa_no_memory(p) : psa_charge_emit(p, &c);
  bhk_dispose(&id);
  return rc;
}

static bh_status add_line(contracts *k, psa_contract *c, const bh_str *t)
{
  psa *p = &k->x->p;
  psa_line line = {.what = "line", .id = t[L_ID], .product = t[L_ITEM], .name = t[L_TEXT], .quantity = t[L_QUANTITY], .price = t[L_PRICE], .cost = t[L_COST]};
  bh_status rc;
  if ((rc = day(p, t[L_START], &line.from)) || (rc = day(p, t[L_END], &line.ends)))
    return psa_contract_wrong(p, &k->all, c->id, c->name, "line %.*s: one of its dates is none", (int)t[L_ID].len, t[L_ID].ptr);
  if (t[L_QUANTITY].len == 0)
    return psa_contract_wrong(p, &k->all, c->id, c->name, "line %.*s: it has no quantity", (int)t[L_ID].len, t[L_ID].ptr);
  rc = psa_line_add(p, &k->all, c, &line);
  return rc ? rc : psa_product(p, t[L_ITEM], t[L_TEXT], BHK(""), BHK(""));
}

static bh_status add_lines(contracts *k, psa_contract *c, bh_str client, bh_str next)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; i < k->lines.n && rc == BH_OK; i++) {
    const bh_str *t = &k->lines.v[i * L_FIELDS];
    if (psa_true(t[L_INACTIVE]) || psa_true(t[L_GROUP]))
      continue;
    if (!psa_true(t[L_ONCE]))
      rc = add_line(k, c, t);
    else if (t[L_INVOICED].len == 0 || bhk_is(t[L_INVOICED], "0"))
      rc = charge(k, t, client, next);
  }
  return rc;
}

static bh_status take(contracts *k, const bh_json_record *r)
{
  psa *p = &k->x->p;
  const bh_str *t = r->texts, *head = head_of(k, t[CONTRACT]);
  bh_str name = head && head[C_REF].len ? head[C_REF] : BHK("recurring invoice"), period = t[PERIOD].len ? t[PERIOD] : t[S_PERIOD];
  bh_date starts, ends;
  psa_contract *c;
  int every = 0;
  const char *unit = NULL;
  bh_status rc;
  if ((rc = day(p, head && head[C_START].len ? head[C_START] : t[S_START], &starts)) || (rc = day(p, head && head[C_END].len ? head[C_END] : t[S_END], &ends)) ||
      (starts.year == 0 && (rc = day(p, t[S_START].len ? t[S_START] : t[DATE], &starts))))
    return psa_contract_wrong(p, &k->all, t[ID], name, "one of its dates is none");
  if ((rc = psa_contract_add(p, &k->all, &c, t[ID], t[CLIENT], name, starts, ends)) || !c)
    return rc;
  psa_contract_text(c, "currency", t[CURRENCY]);
  psa_contract_text(c, "site", head ? head[C_SITE] : BHK(""));
  if (!psa_cycle_option(p, period, &every, &unit))
    return psa_contract_wrong(p, &k->all, c->id, c->name, "its period is \"%.*s\": say in the option cycles what that is", (int)period.len, period.ptr);
  psa_contract_bill(c, every, unit, false);
  return add_lines(k, c, t[CLIENT], t[S_NEXT].len ? t[S_NEXT] : t[NEXT]);
}

static bh_status on_invoice(void *user, const bh_json_record *r)
{
  bh_status rc = take(user, r);
  repeated(user);
  return rc;
}

bh_status halo_contracts(halo *x)
{
  contracts k = {.x = x, .all = {.word = "recurring invoice"}, .heads = {.width = C_FIELDS}, .lines = {.width = L_FIELDS}};
  const bh_json_query inside = {.struct_size = sizeof inside, .each = "$.invoices[*].lines[*]", .fields = line_fields, .field_count = L_FIELDS, .record = on_line, .user = &k};
  bh_status rc = halo_read(x, "/ClientContract", "&order=id&includeinactive=true", "$.contracts[*]", contract_fields, C_FIELDS, on_head, &k, NULL, NULL);
  if (rc == BH_OK)
    rc = halo_read(x, "/RecurringInvoice", "&order=id&includelines=true", "$.invoices[*]", fields, FIELDS, on_invoice, &k, &inside, repeated);
  if (rc == BH_OK)
    rc = psa_contracts_emit(&x->p, &k.all);
  psa_contracts_dispose(&k.all);
  psa_rows_dispose(&k.heads);
  psa_rows_dispose(&k.lines);
  bhk_map_dispose(&k.index);
  return rc;
}

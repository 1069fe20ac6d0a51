/* The distributor's invoices, item by item: what the MSP pays for each client. */
#include "pax8.h"

enum { V_ID, V_DATE, V_STATUS, V_CURRENCY, V_COUNT };
static const char *const invoice_fields[V_COUNT] = {"id", "invoiceDate", "status", "currencyCode"};
enum { I_ID, I_COMPANY, I_COMPANY_NAME, I_PRODUCT, I_SKU, I_TYPE, I_NAME, I_DESCRIPTION, I_FROM, I_TO, I_QUANTITY, I_AMOUNT, I_CURRENCY, I_COUNT };
static const char *const item_fields[I_COUNT] = {"id", "companyId", "companyName", "productId", "sku", "type", "productName", "description", "startPeriod",
  "endPeriod", "quantity", "costTotal", "currencyCode"};

static bh_date days_before(bh_date d, int64_t n)
{
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (; n > 0; n--) {
    if (d.day > 1) {
      d.day--;
      continue;
    }
    d.month = d.month > 1 ? (uint8_t)(d.month - 1) : 12;
    d.year = (int16_t)(d.year - (d.month == 12));
    int leap = d.month == 2 && d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);
    d.day = (uint8_t)(lengths[d.month - 1] + leap);
  }
  return d;
}

static bh_status on_invoice(void *user, const bh_json_record *r)
{
  pax8_pull *x = user;
  bh_str date = bhk_value(r, V_DATE), currency = bhk_value(r, V_CURRENCY);
  bhk_buf value = {0};
  bh_status rc;
  if (!pax8_fresh(x, r, &rc))
    return rc;
  if (bhk_is(bhk_value(r, V_STATUS), "Void"))
    return BH_OK;
  if (date.len != 10) {
    bhk_bad_row(&x->bad, bhk_value(r, V_ID), "has no invoiceDate");
    return BH_OK;
  }
  bhk_put(&value, date);
  bhk_put(&value, currency);
  int added = value.broken ? -1 : bhk_add(&x->invoices, bhk_value(r, V_ID), bhk_text(&value));
  bhk_dispose(&value);
  return added < 0 ? x->p->h->fail(x->p->h->ctx, BH_E_NOMEM, "no memory") : BH_OK;
}

/* Both days are of the period. An item without one is of the invoice's day. */
static bh_status period_of(const pax8_pull *x, const bh_json_record *r, bh_period *out)
{
  bh_date to;
  bh_status rc = bhk_day(x->p->h, r, I_FROM, 1, &out->from);
  if (rc || (rc = bhk_day(x->p->h, r, I_TO, 1, &to)))
    return rc;
  if (!out->from.year)
    out->from = to.year ? to : x->invoice_date;
  if (!to.year || csv_date_cmp(to, out->from) < 0)
    to = out->from;
  out->until = csv_date_next(to);
  return BH_OK;
}

static bh_str first_of(bh_str a, bh_str b, bh_str c)
{
  return a.len ? a : b.len ? b : c;
}

static bh_status on_item(void *user, const bh_json_record *r)
{
  pax8_pull *x = user;
  const bh_host *h = x->p->h;
  bh_str of_invoice = {x->invoice.ptr + 10, x->invoice.len - 10};
  bh_cost c = {.struct_size = sizeof c, .id = bhk_value(r, I_ID), .client = bhk_value(r, I_COMPANY),
    .product = first_of(bhk_value(r, I_PRODUCT), bhk_value(r, I_SKU), bhk_value(r, I_TYPE)),
    .description = first_of(bhk_value(r, I_NAME), bhk_value(r, I_DESCRIPTION), bhk_value(r, I_SKU)),
    .currency = first_of(bhk_value(r, I_CURRENCY), of_invoice, (bh_str){"", 0}), .quantity = {1, 0, 0}};
  bh_status rc;
  if (!pax8_fresh(x, r, &rc))
    return rc;
  if (!bhk_value(r, I_AMOUNT).len || !c.product.len || !c.currency.len) {
    bhk_bad_row(&x->bad, c.id, "has no costTotal, currencyCode, or neither productId, sku nor type");
    return BH_OK;
  }
  if (c.client.len == 0) { /* the partner's own: credits, payments */
    x->own++;
    return BH_OK;
  }
  if ((rc = h->parse_number(h->ctx, bhk_value(r, I_AMOUNT), &c.amount)) ||
      (bhk_value(r, I_QUANTITY).len && (rc = h->parse_number(h->ctx, bhk_value(r, I_QUANTITY), &c.quantity))) || (rc = period_of(x, r, &c.days)) ||
      (rc = pax8_company(x, c.client, bhk_value(r, I_COMPANY_NAME), (bh_str){"", 0})))
    return rc;
  return x->emit->cost(x->emit->ctx, &c);
}

static bh_status read_items(pax8_pull *x, const bhk_entry *invoice)
{
  bh_str escaped;
  bhk_buf path = {0};
  bh_status rc = x->p->api.http->escape(x->p->h->ctx, invoice->key, &escaped);
  if (rc)
    return rc;
  x->invoice = invoice->value;
  if (!csv_parse_date((bh_str){x->invoice.ptr, 10}, &x->invoice_date))
    return x->p->h->fail(x->p->h->ctx, BH_E_PERMANENT, "invoices: \"%.10s\" is no date", x->invoice.ptr);
  bhk_putz(&path, "/invoices/");
  bhk_put(&path, escaped);
  bhk_put(&path, (bh_str){"/items?size=200", sizeof "/items?size=200"});
  rc = path.broken ? x->p->h->fail(x->p->h->ctx, BH_E_NOMEM, "no memory") : pax8_list(x, path.ptr, "invoice items", item_fields, I_COUNT, on_item);
  bhk_dispose(&path);
  return rc;
}

bh_status pax8_costs(pax8_pull *x)
{
  const bh_host *h = x->p->h;
  bh_date from = days_before(x->today, x->p->cost_days);
  char path[100], words[120];
  snprintf(path, sizeof path, "/invoices?size=200&invoiceDateRangeStart=%04d-%02d-%02d", from.year, from.month, from.day);
  bh_status rc = pax8_list(x, path, "invoices", invoice_fields, V_COUNT, on_invoice);
  for (size_t i = 0; i < x->invoices.cap && rc == BH_OK; i++)
    if (x->invoices.v[i].key.ptr)
      rc = h->cancelled(h->ctx) ? BH_E_CANCELLED : read_items(x, &x->invoices.v[i]);
  if (rc == BH_OK && x->own) {
    snprintf(words, sizeof words, "invoices: %zu items are of no company and do not come as costs", x->own);
    h->log(h->ctx, BH_LOG_WARN, bhk_str(words));
  }
  return rc;
}

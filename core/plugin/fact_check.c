/* What a fact must be, on either side of the channel. */
#include "plugin/fact_wire.h"
#include "plugin/sizes.h"

bool bh_fact_text_ok(bh_str s, bool required, size_t max)
{
  if (s.len == 0)
    return !required;
  return s.ptr && s.len <= max && bh_utf8_ok(s);
}

static bool id_ok(bh_str s) { return bh_fact_text_ok(s, true, BH_FACT_ID_MAX); }
static bool optional_id_ok(bh_str s) { return bh_fact_text_ok(s, false, BH_FACT_ID_MAX); }
static bool text_ok(bh_str s) { return bh_fact_text_ok(s, false, BH_FACT_TEXT_MAX); }
static bool dec_ok(bh_dec d) { return d.scale >= 0 && d.scale <= BH_DEC_SCALE_MAX; }

bool bh_fact_date_ok(bh_date d, bool required)
{
  if (d.year == 0)
    return !required;
  return d.year >= 1900 && d.year <= 2999 && d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= bh_month_days(d.year, d.month);
}

static const char *attrs_wrong(const bh_str *attrs, size_t n)
{
  if (n % 2 != 0 || n > BH_FACT_ATTRS_MAX || (n && !attrs))
    return "attributes are at most 100 pairs of name and value";
  for (size_t i = 0; i < n; i += 2)
    if (!id_ok(attrs[i]) || !text_ok(attrs[i + 1]))
      return "an attribute has no name, or is not UTF-8 text of a fitting length";
  return NULL;
}

const char *bh_fact_client_wrong(const bh_client *x)
{
  return x->struct_size < BH_CLIENT_1_0 ? "a client is too short (struct_size)"
         : !id_ok(x->id)            ? "a client's id must be 1 to 500 bytes of UTF-8"
         : !text_ok(x->name)        ? "a client's name is not UTF-8 text of a fitting length"
         : !optional_id_ok(x->domain) ? "a client's domain is not UTF-8 text of a fitting length"
                                    : NULL;
}

const char *bh_fact_asset_wrong(const bh_asset *x)
{
  bool dated = x->mode != BH_ASSET_PRESENT;
  if (x->struct_size < BH_ASSET_1_0)
    return "an asset is too short (struct_size)";
  if (x->mode < BH_ASSET_PRESENT || x->mode > BH_ASSET_CHANGED)
    return "an asset's mode is none";
  if (!id_ok(x->client) || !id_ok(x->kind) || !id_ok(x->id))
    return "an asset's client, kind and id must be 1 to 500 bytes of UTF-8";
  if (!optional_id_ok(x->klass) || !text_ok(x->name))
    return "an asset's class or name is not UTF-8 text of a fitting length";
  if (!bh_fact_date_ok(x->from, dated) || !bh_fact_date_ok(x->to, false) || !bh_fact_date_ok(x->last_seen, false))
    return "an asset's from, to or last_seen is not a date";
  if (dated && x->to.year && bh_civil_day(x->to) < bh_civil_day(x->from))
    return "an asset's to lies before its from";
  return attrs_wrong(x->attrs, x->attr_count);
}

const char *bh_fact_gauge_wrong(const bh_gauge *x)
{
  return x->struct_size < BH_GAUGE_1_0                    ? "a gauge is too short (struct_size)"
         : !id_ok(x->client) || !id_ok(x->metric)      ? "a gauge's client and metric must be 1 to 500 bytes of UTF-8"
         : !bh_fact_date_ok(x->date, true) || !dec_ok(x->value) ? "a gauge's date or value is none"
                                                        : NULL;
}

const char *bh_fact_usage_wrong(const bh_usage *x)
{
  if (x->struct_size < BH_USAGE_1_0)
    return "a usage record is too short (struct_size)";
  if (!id_ok(x->client) || !id_ok(x->metric) || !id_ok(x->id))
    return "a usage record's client, metric and id must be 1 to 500 bytes of UTF-8";
  if (!text_ok(x->description))
    return "a usage record's description is not UTF-8 text of a fitting length";
  if (!bh_fact_date_ok(x->date, true) || !dec_ok(x->quantity))
    return "a usage record's date or quantity is none";
  return attrs_wrong(x->attrs, x->attr_count);
}

const char *bh_fact_charge_wrong(const bh_charge *x)
{
  if (x->struct_size < BH_CHARGE_1_0)
    return "a charge is too short (struct_size)";
  if (!id_ok(x->client) || !id_ok(x->id))
    return "a charge's client and id must be 1 to 500 bytes of UTF-8";
  if (!optional_id_ok(x->product) || !text_ok(x->description) || !optional_id_ok(x->po) || !optional_id_ok(x->contract))
    return "a charge's product, description, po or contract is not UTF-8 text of a fitting length";
  if (x->product.len == 0 && x->description.len == 0)
    return "a charge has neither a product nor a description";
  if (!bh_fact_date_ok(x->date, true) || !dec_ok(x->quantity) || !dec_ok(x->unit_price) || !dec_ok(x->cost))
    return "a charge's date, quantity, price or cost is none";
  return x->has & ~(uint32_t)(BH_CHARGE_PRICE | BH_CHARGE_COST) ? "a charge has a price that this version does not know" : NULL;
}

const char *bh_fact_contract_wrong(const bh_contract *x)
{
  return x->struct_size < BH_CONTRACT_1_0                                 ? "a contract is too short (struct_size)"
         : !id_ok(x->client) || !id_ok(x->id)                       ? "a contract's client and id must be 1 to 500 bytes of UTF-8"
         : !bh_fact_text_ok(x->json, true, BH_FACT_CONTRACT_MAX) ? "a contract must be JSON text of at most 1 MiB"
                                                                     : NULL;
}

const char *bh_fact_product_wrong(const bh_product *x)
{
  return x->struct_size < BH_PRODUCT_1_0                     ? "a product is too short (struct_size)"
         : !id_ok(x->id)                                ? "a product's id must be 1 to 500 bytes of UTF-8"
         : !text_ok(x->name)                            ? "a product's name is not UTF-8 text of a fitting length"
         : !dec_ok(x->unit_price) || !dec_ok(x->cost)   ? "a product's price or cost is none"
         : x->has & ~(uint32_t)(BH_CHARGE_PRICE | BH_CHARGE_COST) ? "a product has a price that this version does not know"
                                                        : NULL;
}

bool bh_fact_currency_ok(bh_str s)
{
  bool ok = s.len == 3;
  for (size_t i = 0; ok && i < 3; i++)
    ok = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z';
  return ok;
}

const char *bh_fact_cost_wrong(const bh_cost *x)
{
  if (x->struct_size < BH_COST_1_0)
    return "a cost is too short (struct_size)";
  if (!id_ok(x->client) || !id_ok(x->id) || !id_ok(x->product))
    return "a cost's client, id and product must be 1 to 500 bytes of UTF-8";
  if (!text_ok(x->description) || !bh_fact_currency_ok(x->currency))
    return "a cost's description is not UTF-8 text of a fitting length, or its currency not three capital letters";
  if (!bh_fact_date_ok(x->days.from, true) || !bh_fact_date_ok(x->days.until, true) || bh_civil_day(x->days.until) <= bh_civil_day(x->days.from))
    return "a cost's days are no period";
  return dec_ok(x->quantity) && dec_ok(x->amount) ? NULL : "a cost's quantity or amount is none";
}

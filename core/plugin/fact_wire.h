/* Facts on their way from a connector's worker to the host: checked and packed there, unpacked and checked again here. */
#ifndef BH_FACT_WIRE_H
#define BH_FACT_WIRE_H
#include "base/wire.h"
#include "plugin/pull.h"

/* What is wrong with it, in words for the connector's author; NULL where nothing is. */
const char *bh_fact_client_wrong(const bh_client *x);
const char *bh_fact_asset_wrong(const bh_asset *x);
const char *bh_fact_gauge_wrong(const bh_gauge *x);
const char *bh_fact_usage_wrong(const bh_usage *x);
const char *bh_fact_charge_wrong(const bh_charge *x);
const char *bh_fact_contract_wrong(const bh_contract *x);
const char *bh_fact_product_wrong(const bh_product *x);
const char *bh_fact_cost_wrong(const bh_cost *x);
bool bh_fact_date_ok(bh_date d, bool required);
bool bh_fact_currency_ok(bh_str s); /* three capital letters */
/* A text that must be there (or may be empty), valid UTF-8 of at most `max` bytes. */
bool bh_fact_text_ok(bh_str s, bool required, size_t max);
enum { BH_FACT_ID_MAX = 500, BH_FACT_TEXT_MAX = 10000, BH_FACT_ATTRS_MAX = 200, BH_FACT_CONTRACT_MAX = 1024 * 1024 };

/* Year, month, day; what is no date is told by bh_fact_date_ok() afterwards. */
void bh_fact_date_put(bh_buf *b, bh_date d);
bh_date bh_fact_date_get(bh_get *g);
void bh_fact_client_put(bh_buf *b, const bh_client *x);
void bh_fact_asset_put(bh_buf *b, const bh_asset *x);
void bh_fact_gauge_put(bh_buf *b, const bh_gauge *x);
void bh_fact_usage_put(bh_buf *b, const bh_usage *x);
void bh_fact_charge_put(bh_buf *b, const bh_charge *x);
void bh_fact_contract_put(bh_buf *b, const bh_contract *x);
void bh_fact_product_put(bh_buf *b, const bh_product *x);
void bh_fact_cost_put(bh_buf *b, const bh_cost *x);
void bh_fact_scope_put(bh_buf *b, bh_str kind, bh_str client, bool complete);
void bh_fact_client_failed_put(bh_buf *b, bh_str client, bh_str why);

/* Unpacks a FACTS frame into the sink. Garbage: BH_E_WORKER. What the sink says otherwise. */
bh_status bh_facts_unpack(bh_str payload, const bh_pull_sink *sink, void *ctx, bh_error *err);
#endif

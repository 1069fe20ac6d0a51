/* How long the structs that plugins hand to the host were in ABI 1.0: a plugin built against it stays loadable when fields are appended. What came
 * later is read after BH_HAS. Never edit one of these: a field appended to a struct leaves its line as it is (sdk/docs/compatibility.md). */
#ifndef BH_SIZES_H
#define BH_SIZES_H
#include <billhook/plugin.h>
#include <string.h>

#define BH_SIZE_TO(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

enum {
  BH_PLUGIN_1_0 = BH_SIZE_TO(bh_plugin, get_interface),
  BH_CONNECTOR_1_0 = BH_SIZE_TO(bh_connector, pull),
  BH_MODEL_1_0 = BH_SIZE_TO(bh_model, rate),
  BH_CLIENT_1_0 = BH_SIZE_TO(bh_client, domain),
  BH_PRODUCT_1_0 = BH_SIZE_TO(bh_product, cost),
  BH_COST_1_0 = BH_SIZE_TO(bh_cost, amount),
  BH_ASSET_1_0 = BH_SIZE_TO(bh_asset, attr_count),
  BH_GAUGE_1_0 = BH_SIZE_TO(bh_gauge, value),
  BH_USAGE_1_0 = BH_SIZE_TO(bh_usage, attr_count),
  BH_CHARGE_1_0 = BH_SIZE_TO(bh_charge, cost),
  BH_CONTRACT_1_0 = BH_SIZE_TO(bh_contract, json),
  BH_PRICED_LINE_1_0 = BH_SIZE_TO(bh_priced_line, days),
  BH_PURCHASE_1_0 = BH_SIZE_TO(bh_purchase, text),
  BH_SINK_1_0 = BH_SIZE_TO(bh_sink, clients),
  BH_SENT_1_0 = BH_SIZE_TO(bh_sent, balance),
  BH_RECEIVED_1_0 = BH_SIZE_TO(bh_received, amount),
  BH_TAX_CODE_1_0 = BH_SIZE_TO(bh_tax_code, rate),
  BH_GATEWAY_1_0 = BH_SIZE_TO(bh_gateway, event),
  BH_OUTCOME_1_0 = BH_SIZE_TO(bh_outcome, fee),
  BH_HTTP_REQUEST_1_0 = BH_SIZE_TO(bh_http_request, answer_bytes_max),
  BH_HTTP_ANSWER_1_0 = BH_SIZE_TO(bh_http_answer, link_next),
  BH_HTTP_OAUTH2_1_0 = BH_SIZE_TO(bh_http_oauth2, rotated_user),
  BH_HTTP_SESSION_1_0 = BH_SIZE_TO(bh_http_session, prefix),
  BH_JSON_QUERY_1_0 = BH_SIZE_TO(bh_json_query, user),
  BH_JSON_PAGES_1_0 = BH_SIZE_TO(bh_json_pages, total)
};

/* Keeps a copy of a plugin's struct: what it has of it, and zeros for what came later. */
static inline void bh_copy_known(void *out, size_t size, const void *from, uint32_t struct_size)
{
  size_t n = struct_size < size ? struct_size : size;
  memset(out, 0, size);
  memcpy(out, from, n);
  memcpy(out, &(uint32_t){(uint32_t)size}, sizeof(uint32_t)); /* it begins with its size */
}
#endif

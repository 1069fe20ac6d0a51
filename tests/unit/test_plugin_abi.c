/* The guard of the ABI: the size and offset of everything that crosses it (ABI.md 14). A change here is a new interface id or a new
 * field at an end, never an edit of a number. */
#include "plugin/sizes.h"
#include "test_util.h"

#define SIZE(t, n) _Static_assert(sizeof(t) == (n), "size of " #t)
#define AT(t, f, n) _Static_assert(offsetof(t, f) == (n), "offset of " #t "." #f)

_Static_assert(BH_PLUGIN_1_0 == 80, "as long as it was in 1.0");
_Static_assert(BH_CONNECTOR_1_0 == 32, "as long as it was in 1.0");
_Static_assert(BH_MODEL_1_0 == 24, "as long as it was in 1.0");
_Static_assert(BH_CLIENT_1_0 == 56, "as long as it was in 1.0");
_Static_assert(BH_PRODUCT_1_0 == 72, "as long as it was in 1.0");
_Static_assert(BH_COST_1_0 == 128, "as long as it was in 1.0");
_Static_assert(BH_ASSET_1_0 == 120, "as long as it was in 1.0");
_Static_assert(BH_GAUGE_1_0 == 56, "as long as it was in 1.0");
_Static_assert(BH_USAGE_1_0 == 104, "as long as it was in 1.0");
_Static_assert(BH_CHARGE_1_0 == 160, "as long as it was in 1.0");
_Static_assert(BH_CONTRACT_1_0 == 56, "as long as it was in 1.0");
_Static_assert(BH_PRICED_LINE_1_0 == 80, "as long as it was in 1.0");
_Static_assert(BH_PURCHASE_1_0 == 56, "as long as it was in 1.0");
_Static_assert(BH_SINK_1_0 == 48, "as long as it was in 1.0");
_Static_assert(BH_SENT_1_0 == 96, "as long as it was in 1.0");
_Static_assert(BH_RECEIVED_1_0 == 72, "as long as it was in 1.0");
_Static_assert(BH_TAX_CODE_1_0 == 56, "as long as it was in 1.0");
_Static_assert(BH_GATEWAY_1_0 == 48, "as long as it was in 1.0");
_Static_assert(BH_OUTCOME_1_0 == 128, "as long as it was in 1.0");
_Static_assert(BH_HTTP_REQUEST_1_0 == 88, "as long as it was in 1.0");
_Static_assert(BH_HTTP_ANSWER_1_0 == 40, "as long as it was in 1.0");
_Static_assert(BH_HTTP_OAUTH2_1_0 == 152, "as long as it was in 1.0");
_Static_assert(BH_HTTP_SESSION_1_0 == 48, "as long as it was in 1.0");
_Static_assert(BH_JSON_QUERY_1_0 == 48, "as long as it was in 1.0");
_Static_assert(BH_JSON_PAGES_1_0 == 56, "as long as it was in 1.0");

SIZE(bh_str, 16);
AT(bh_str, ptr, 0);
AT(bh_str, len, 8);

SIZE(bh_dec, 16);
AT(bh_dec, coef, 0);
AT(bh_dec, scale, 8);
AT(bh_dec, zero, 12);

SIZE(bh_ratio, 16);
AT(bh_ratio, num, 0);
AT(bh_ratio, den, 8);

SIZE(bh_date, 4);
AT(bh_date, year, 0);
AT(bh_date, month, 2);
AT(bh_date, day, 3);

SIZE(bh_period, 8);
AT(bh_period, from, 0);
AT(bh_period, until, 4);

SIZE(bh_option, 48);
AT(bh_option, key, 0);
AT(bh_option, fallback, 8);
AT(bh_option, help, 16);
AT(bh_option, choices, 24);
AT(bh_option, records, 32);
AT(bh_option, type, 40);
AT(bh_option, flags, 44);

SIZE(bh_host, 152);
AT(bh_host, struct_size, 0);
AT(bh_host, abi_major, 4);
AT(bh_host, abi_minor, 8);
AT(bh_host, abi_rc, 12);
AT(bh_host, ctx, 16);
AT(bh_host, options, 24);
AT(bh_host, log, 32);
AT(bh_host, cancelled, 40);
AT(bh_host, fail, 48);
AT(bh_host, scratch, 56);
AT(bh_host, has, 64);
AT(bh_host, text, 72);
AT(bh_host, dec, 80);
AT(bh_host, integer, 88);
AT(bh_host, date, 96);
AT(bh_host, records, 104);
AT(bh_host, record, 112);
AT(bh_host, civil, 120);
AT(bh_host, get_service, 128);
AT(bh_host, parse_number, 136);
AT(bh_host, parse_date, 144);

SIZE(bh_http_request, 88);
AT(bh_http_request, struct_size, 0);
AT(bh_http_request, flags, 4);
AT(bh_http_request, method, 8);
AT(bh_http_request, url, 24);
AT(bh_http_request, headers, 40);
AT(bh_http_request, header_count, 48);
AT(bh_http_request, body, 56);
AT(bh_http_request, timeout_ms, 72);
AT(bh_http_request, zero, 76);
AT(bh_http_request, answer_bytes_max, 80);

SIZE(bh_http_answer, 40);
AT(bh_http_answer, struct_size, 0);
AT(bh_http_answer, status, 4);
AT(bh_http_answer, body, 8);
AT(bh_http_answer, link_next, 24);

SIZE(bh_http_oauth2, 152);
AT(bh_http_oauth2, struct_size, 0);
AT(bh_http_oauth2, flags, 4);
AT(bh_http_oauth2, token_url, 8);
AT(bh_http_oauth2, client_id, 24);
AT(bh_http_oauth2, client_secret, 40);
AT(bh_http_oauth2, scope, 56);
AT(bh_http_oauth2, user, 72);
AT(bh_http_oauth2, password, 88);
AT(bh_http_oauth2, refresh_token, 104);
AT(bh_http_oauth2, params, 120);
AT(bh_http_oauth2, param_count, 128);
AT(bh_http_oauth2, rotated, 136);
AT(bh_http_oauth2, rotated_user, 144);

SIZE(bh_http_session, 48);
AT(bh_http_session, struct_size, 0);
AT(bh_http_session, seconds, 4);
AT(bh_http_session, login, 8);
AT(bh_http_session, token_path, 16);
AT(bh_http_session, expires_path, 24);
AT(bh_http_session, header, 32);
AT(bh_http_session, prefix, 40);

SIZE(bh_http_service, 88);
AT(bh_http_service, struct_size, 0);
AT(bh_http_service, zero, 4);
AT(bh_http_service, send, 8);
AT(bh_http_service, header, 16);
AT(bh_http_service, escape, 24);
AT(bh_http_service, oauth2, 32);
AT(bh_http_service, rate_limit, 40);
AT(bh_http_service, window_limit, 48);
AT(bh_http_service, concurrency, 56);
AT(bh_http_service, session, 64);
AT(bh_http_service, basic, 72);
AT(bh_http_service, hmac, 80);

SIZE(bh_json_record, 48);
AT(bh_json_record, struct_size, 0);
AT(bh_json_record, zero, 4);
AT(bh_json_record, field_count, 8);
AT(bh_json_record, kinds, 16);
AT(bh_json_record, texts, 24);
AT(bh_json_record, key_count, 32);
AT(bh_json_record, keys, 40);

SIZE(bh_json_query, 48);
AT(bh_json_query, struct_size, 0);
AT(bh_json_query, zero, 4);
AT(bh_json_query, each, 8);
AT(bh_json_query, fields, 16);
AT(bh_json_query, field_count, 24);
AT(bh_json_query, record, 32);
AT(bh_json_query, user, 40);

SIZE(bh_json_pages, 56);
AT(bh_json_pages, struct_size, 0);
AT(bh_json_pages, kind, 4);
AT(bh_json_pages, path, 8);
AT(bh_json_pages, param, 16);
AT(bh_json_pages, first, 24);
AT(bh_json_pages, page_size, 32);
AT(bh_json_pages, pages_max, 40);
AT(bh_json_pages, ahead, 44);
AT(bh_json_pages, total, 48);

SIZE(bh_json_service, 24);
AT(bh_json_service, struct_size, 0);
AT(bh_json_service, zero, 4);
AT(bh_json_service, http, 8);
AT(bh_json_service, text, 16);

SIZE(bh_file_service, 40);
AT(bh_file_service, struct_size, 0);
AT(bh_file_service, zero, 4);
AT(bh_file_service, open, 8);
AT(bh_file_service, read, 16);
AT(bh_file_service, close, 24);
AT(bh_file_service, list, 32);

SIZE(bh_websocket_service, 40);
AT(bh_websocket_service, struct_size, 0);
AT(bh_websocket_service, zero, 4);
AT(bh_websocket_service, open, 8);
AT(bh_websocket_service, send, 16);
AT(bh_websocket_service, next, 24);
AT(bh_websocket_service, close, 32);

SIZE(bh_program_service, 16);
AT(bh_program_service, struct_size, 0);
AT(bh_program_service, zero, 4);
AT(bh_program_service, lines, 8);

SIZE(bh_product, 72);
AT(bh_product, struct_size, 0);
AT(bh_product, has, 4);
AT(bh_product, id, 8);
AT(bh_product, name, 24);
AT(bh_product, unit_price, 40);
AT(bh_product, cost, 56);

SIZE(bh_cost, 128);
AT(bh_cost, struct_size, 0);
AT(bh_cost, zero, 4);
AT(bh_cost, client, 8);
AT(bh_cost, id, 24);
AT(bh_cost, product, 40);
AT(bh_cost, description, 56);
AT(bh_cost, currency, 72);
AT(bh_cost, days, 88);
AT(bh_cost, quantity, 96);
AT(bh_cost, amount, 112);

SIZE(bh_client, 56);
AT(bh_client, struct_size, 0);
AT(bh_client, zero, 4);
AT(bh_client, id, 8);
AT(bh_client, name, 24);
AT(bh_client, domain, 40);

SIZE(bh_asset, 120);
AT(bh_asset, struct_size, 0);
AT(bh_asset, mode, 4);
AT(bh_asset, client, 8);
AT(bh_asset, kind, 24);
AT(bh_asset, klass, 40);
AT(bh_asset, id, 56);
AT(bh_asset, name, 72);
AT(bh_asset, from, 88);
AT(bh_asset, to, 92);
AT(bh_asset, last_seen, 96);
AT(bh_asset, attrs, 104);
AT(bh_asset, attr_count, 112);

SIZE(bh_gauge, 56);
AT(bh_gauge, struct_size, 0);
AT(bh_gauge, date, 4);
AT(bh_gauge, client, 8);
AT(bh_gauge, metric, 24);
AT(bh_gauge, value, 40);

SIZE(bh_usage, 104);
AT(bh_usage, struct_size, 0);
AT(bh_usage, date, 4);
AT(bh_usage, client, 8);
AT(bh_usage, metric, 24);
AT(bh_usage, id, 40);
AT(bh_usage, description, 56);
AT(bh_usage, quantity, 72);
AT(bh_usage, attrs, 88);
AT(bh_usage, attr_count, 96);

SIZE(bh_charge, 160);
AT(bh_charge, struct_size, 0);
AT(bh_charge, has, 4);
AT(bh_charge, date, 8);
AT(bh_charge, zero, 12);
AT(bh_charge, client, 16);
AT(bh_charge, id, 32);
AT(bh_charge, product, 48);
AT(bh_charge, description, 64);
AT(bh_charge, po, 80);
AT(bh_charge, contract, 96);
AT(bh_charge, quantity, 112);
AT(bh_charge, unit_price, 128);
AT(bh_charge, cost, 144);

SIZE(bh_contract, 56);
AT(bh_contract, struct_size, 0);
AT(bh_contract, zero, 4);
AT(bh_contract, client, 8);
AT(bh_contract, id, 24);
AT(bh_contract, json, 40);

SIZE(bh_emit, 112);
AT(bh_emit, struct_size, 0);
AT(bh_emit, zero, 4);
AT(bh_emit, ctx, 8);
AT(bh_emit, client, 16);
AT(bh_emit, asset, 24);
AT(bh_emit, gauge, 32);
AT(bh_emit, usage, 40);
AT(bh_emit, charge, 48);
AT(bh_emit, contract, 56);
AT(bh_emit, scope_begin, 64);
AT(bh_emit, scope_end, 72);
AT(bh_emit, client_failed, 80);
AT(bh_emit, cursor, 88);
AT(bh_emit, product, 96);
AT(bh_emit, cost, 104);

SIZE(bh_pull, 32);
AT(bh_pull, struct_size, 0);
AT(bh_pull, today, 4);
AT(bh_pull, since, 8);
AT(bh_pull, zero, 12);
AT(bh_pull, cursor, 16);

SIZE(bh_connector, 32);
AT(bh_connector, struct_size, 0);
AT(bh_connector, zero, 4);
AT(bh_connector, probe, 8);
AT(bh_connector, clients, 16);
AT(bh_connector, pull, 24);

SIZE(bh_model_run, 48);
AT(bh_model_run, struct_size, 0);
AT(bh_model_run, zero, 4);
AT(bh_model_run, days, 8);
AT(bh_model_run, quantity, 16);
AT(bh_model_run, fraction, 32);

SIZE(bh_model_input, 120);
AT(bh_model_input, struct_size, 0);
AT(bh_model_input, decimals, 4);
AT(bh_model_input, currency, 8);
AT(bh_model_input, whole, 24);
AT(bh_model_input, in_force, 32);
AT(bh_model_input, fraction, 40);
AT(bh_model_input, runs, 56);
AT(bh_model_input, run_count, 64);
AT(bh_model_input, carry_version, 72);
AT(bh_model_input, rounding, 76);
AT(bh_model_input, carry, 80);
AT(bh_model_input, amount_products, 96);
AT(bh_model_input, amounts, 104);
AT(bh_model_input, amount_count, 112);

SIZE(bh_priced_line, 80);
AT(bh_priced_line, struct_size, 0);
AT(bh_priced_line, zero, 4);
AT(bh_priced_line, quantity, 8);
AT(bh_priced_line, fraction, 24);
AT(bh_priced_line, unit_price, 40);
AT(bh_priced_line, text, 56);
AT(bh_priced_line, days, 72);

SIZE(bh_purchase, 56);
AT(bh_purchase, struct_size, 0);
AT(bh_purchase, date, 4);
AT(bh_purchase, quantity, 8);
AT(bh_purchase, unit_price, 24);
AT(bh_purchase, text, 40);

SIZE(bh_model_emit, 48);
AT(bh_model_emit, struct_size, 0);
AT(bh_model_emit, zero, 4);
AT(bh_model_emit, ctx, 8);
AT(bh_model_emit, line, 16);
AT(bh_model_emit, purchase, 24);
AT(bh_model_emit, carry, 32);
AT(bh_model_emit, note, 40);

SIZE(bh_model, 40);
AT(bh_model, struct_size, 0);
AT(bh_model, phase, 4);
AT(bh_model, prepare, 8);
AT(bh_model, rate, 16);
AT(bh_model, release, 24);
AT(bh_model, flags, 32);
AT(bh_model, zero, 36);

SIZE(bh_document, 72);
AT(bh_document, struct_size, 0);
AT(bh_document, zero, 4);
AT(bh_document, id, 8);
AT(bh_document, number, 24);
AT(bh_document, client, 40);
AT(bh_document, json, 56);

SIZE(bh_sent, 96);
AT(bh_sent, struct_size, 0);
AT(bh_sent, state, 4);
AT(bh_sent, has, 8);
AT(bh_sent, zero, 12);
AT(bh_sent, ref, 16);
AT(bh_sent, number, 32);
AT(bh_sent, url, 48);
AT(bh_sent, total, 64);
AT(bh_sent, balance, 80);

SIZE(bh_received, 72);
AT(bh_received, struct_size, 0);
AT(bh_received, date, 4);
AT(bh_received, id, 8);
AT(bh_received, currency, 24);
AT(bh_received, note, 40);
AT(bh_received, amount, 56);

SIZE(bh_tax_code, 56);
AT(bh_tax_code, struct_size, 0);
AT(bh_tax_code, has, 4);
AT(bh_tax_code, id, 8);
AT(bh_tax_code, name, 24);
AT(bh_tax_code, rate, 40);

SIZE(bh_sink_emit, 56);
AT(bh_sink_emit, struct_size, 0);
AT(bh_sink_emit, zero, 4);
AT(bh_sink_emit, ctx, 8);
AT(bh_sink_emit, sent, 16);
AT(bh_sink_emit, received, 24);
AT(bh_sink_emit, client, 32);
AT(bh_sink_emit, product, 40);
AT(bh_sink_emit, tax, 48);

SIZE(bh_sink, 48);
AT(bh_sink, struct_size, 0);
AT(bh_sink, zero, 4);
AT(bh_sink, probe, 8);
AT(bh_sink, deliver, 16);
AT(bh_sink, lookup, 24);
AT(bh_sink, status, 32);
AT(bh_sink, clients, 40);

SIZE(bh_debit, 136);
AT(bh_debit, struct_size, 0);
AT(bh_debit, due, 4);
AT(bh_debit, customer, 8);
AT(bh_debit, method, 24);
AT(bh_debit, document, 40);
AT(bh_debit, number, 56);
AT(bh_debit, description, 72);
AT(bh_debit, currency, 88);
AT(bh_debit, amount, 104);
AT(bh_debit, ref, 120);

SIZE(bh_outcome, 128);
AT(bh_outcome, struct_size, 0);
AT(bh_outcome, state, 4);
AT(bh_outcome, flags, 8);
AT(bh_outcome, date, 12);
AT(bh_outcome, key, 16);
AT(bh_outcome, ref, 32);
AT(bh_outcome, payment, 48);
AT(bh_outcome, reason, 64);
AT(bh_outcome, currency, 80);
AT(bh_outcome, amount, 96);
AT(bh_outcome, fee, 112);

SIZE(bh_gateway_emit, 24);
AT(bh_gateway_emit, struct_size, 0);
AT(bh_gateway_emit, zero, 4);
AT(bh_gateway_emit, ctx, 8);
AT(bh_gateway_emit, outcome, 16);

SIZE(bh_gateway, 48);
AT(bh_gateway, struct_size, 0);
AT(bh_gateway, zero, 4);
AT(bh_gateway, probe, 8);
AT(bh_gateway, charge, 16);
AT(bh_gateway, refund, 24);
AT(bh_gateway, lookup, 32);
AT(bh_gateway, event, 40);

SIZE(bh_plugin, 80);
AT(bh_plugin, struct_size, 0);
AT(bh_plugin, abi_major, 4);
AT(bh_plugin, abi_minor, 8);
AT(bh_plugin, abi_rc, 12);
AT(bh_plugin, id, 16);
AT(bh_plugin, version, 24);
AT(bh_plugin, vendor, 32);
AT(bh_plugin, license, 40);
AT(bh_plugin, options, 48);
AT(bh_plugin, create, 56);
AT(bh_plugin, destroy, 64);
AT(bh_plugin, get_interface, 72);


static void test_numbers(void **state)
{
  assert_int_equal(BH_ABI_MAJOR, 1);
  assert_int_equal(BH_ABI_MINOR, 0);
  assert_int_equal(BH_ABI_RC, 0);
  assert_int_equal(BH_OK, 0);
  assert_int_equal(BH_E_UNKNOWN, 7);
  assert_int_equal(BH_OPT_RECORDS, 10);
  assert_int_equal(BH_OPT_PRODUCTS, 11);
  assert_int_equal(BH_OPT_EITHER, 16);
  assert_int_equal(BH_MODEL_BY_DAY, 1);
  assert_int_equal(BH_JSON_ARRAY, 7);
  assert_int_equal(BH_ASSET_CHANGED, 3);
  assert_int_equal(BH_HTTP_EFFECT, 4);
  assert_int_equal(BH_KEY_BYTES_MAX, 40);
  assert_int_equal(BH_SENT_DRAFT, 1);
  assert_int_equal(BH_SENT_VOID, 5);
  assert_int_equal(BH_SENT_TOTAL, 1);
  assert_int_equal(BH_SENT_BALANCE, 2);
  assert_int_equal(BH_TAX_RATE, 1);
  assert_int_equal(BH_DEBIT_PENDING, 1);
  assert_int_equal(BH_DEBIT_PAID, 2);
  assert_int_equal(BH_DEBIT_FAILED, 3);
  assert_int_equal(BH_DEBIT_REFUNDED, 4);
  assert_int_equal(BH_DEBIT_DISPUTED, 5);
  assert_int_equal(BH_DEBIT_RETRY, 1);
  assert_int_equal(BH_DEBIT_ASK, 2);
  assert_string_equal(BH_IFACE_SINK, "billhook.sink/1");
  assert_string_equal(BH_IFACE_GATEWAY, "billhook.gateway/1");
  assert_string_equal(BH_IFACE_CONNECTOR, "billhook.connector/1");
  assert_string_equal(BH_IFACE_MODEL, "billhook.model/1");
}

/* A peer with a shorter struct has what lies inside it, and nothing more. */
static void test_has(void **state)
{
  bh_model m = {.struct_size = sizeof m, .rate = NULL};
  assert_false(BH_HAS(&m, bh_model, rate));
  m.phase = 2;
  assert_true(BH_HAS(&m, bh_model, phase));
  m.struct_size = offsetof(bh_model, phase);
  assert_false(BH_HAS(&m, bh_model, phase));
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_numbers), cmocka_unit_test(test_has)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

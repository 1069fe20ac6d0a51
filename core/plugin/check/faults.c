/* Host functions that count, and one of which fails: the plugin gets them in place of the host's own, which they hand on to. One instance at a
 * time, one thread: this is a process that runs one test. */
#include "plugin/check/inside.h"
#include <stdlib.h>

static struct {
  uint64_t calls, fail_at, cancel_at, services;
  const char *failed;
  bh_host host;                  /* the host's own */
  bh_emit emit;
  bh_model_emit model;
  bh_sink_emit sink;
  bh_gateway_emit gateway;
  bh_host_ctx *ctx;
  bool (*cancelled)(bh_host_ctx *c);
} x;

void bh_check_faults_set(uint64_t fail_at, uint64_t cancel_at)
{
  x.calls = x.services = 0;
  x.fail_at = fail_at;
  x.cancel_at = cancel_at;
  x.failed = NULL;
}

uint64_t bh_check_faults_calls(void) { return x.calls; }
const char *bh_check_faults_failed(void) { return x.failed; }
uint64_t bh_check_faults_services(void) { return x.services; }

static bool strikes(const char *name)
{
  if (++x.calls != x.fail_at)
    return false;
  x.failed = name;
  return true;
}

static bh_status strike(bh_status why, const char *name)
{
  return bh_host_fail(x.ctx, why, "%s failed", name);
}

/* ---- the table ---- */

static void *f_scratch(void *ctx, size_t bytes) { return strikes("scratch()") ? NULL : x.host.scratch(ctx, bytes); }
static bh_status f_text(void *ctx, const bh_values *v, const char *key, bh_str *out)
{
  return strikes("text()") ? strike(BH_E_INVALID, "text()") : x.host.text(ctx, v, key, out);
}
static bh_status f_dec(void *ctx, const bh_values *v, const char *key, bh_dec *out)
{
  return strikes("dec()") ? strike(BH_E_INVALID, "dec()") : x.host.dec(ctx, v, key, out);
}
static bh_status f_integer(void *ctx, const bh_values *v, const char *key, int64_t *out)
{
  return strikes("integer()") ? strike(BH_E_INVALID, "integer()") : x.host.integer(ctx, v, key, out);
}
static bh_status f_date(void *ctx, const bh_values *v, const char *key, bh_date *out)
{
  return strikes("date()") ? strike(BH_E_INVALID, "date()") : x.host.date(ctx, v, key, out);
}
static bh_status f_civil(void *ctx, int64_t instant_s, bh_date *out)
{
  return strikes("civil()") ? strike(BH_E_INVALID, "civil()") : x.host.civil(ctx, instant_s, out);
}
static bh_status f_parse_number(void *ctx, bh_str text, bh_dec *out)
{
  return strikes("parse_number()") ? strike(BH_E_INVALID, "parse_number()") : x.host.parse_number(ctx, text, out);
}
static bh_status f_parse_date(void *ctx, bh_str text, bh_date *out)
{
  return strikes("parse_date()") ? strike(BH_E_INVALID, "parse_date()") : x.host.parse_date(ctx, text, out);
}
static const void *f_service(void *ctx, const char *id)
{
  x.services++;
  return strikes("get_service()") ? NULL : x.host.get_service(ctx, id);
}

static bool now_cancelled(bh_host_ctx *c)
{
  return (x.cancel_at && x.calls >= x.cancel_at) || (x.cancelled && x.cancelled(c));
}

/* ---- HTTP ---- */

static bh_status f_send(void *ctx, const bh_http_request *q, bh_http_answer *answer)
{
  return strikes("http.send()") ? strike(BH_E_TRANSIENT, "http.send()") : bh_http_service_get()->send(ctx, q, answer);
}
static bh_status f_escape(void *ctx, bh_str text, bh_str *out)
{
  return strikes("http.escape()") ? strike(BH_E_INVALID, "http.escape()") : bh_http_service_get()->escape(ctx, text, out);
}
static bh_status f_oauth2(void *ctx, const bh_http_oauth2 *how)
{
  return strikes("http.oauth2()") ? strike(BH_E_INVALID, "http.oauth2()") : bh_http_service_get()->oauth2(ctx, how);
}
static bh_status f_rate_limit(void *ctx, uint32_t requests, uint32_t seconds)
{
  return strikes("http.rate_limit()") ? strike(BH_E_INVALID, "http.rate_limit()") : bh_http_service_get()->rate_limit(ctx, requests, seconds);
}
static bh_status f_window_limit(void *ctx, uint32_t requests, uint32_t seconds)
{
  return strikes("http.window_limit()") ? strike(BH_E_INVALID, "http.window_limit()") : bh_http_service_get()->window_limit(ctx, requests, seconds);
}
static bh_status f_concurrency(void *ctx, uint32_t requests)
{
  return strikes("http.concurrency()") ? strike(BH_E_INVALID, "http.concurrency()") : bh_http_service_get()->concurrency(ctx, requests);
}
static bh_status f_session(void *ctx, const bh_http_session *how)
{
  return strikes("http.session()") ? strike(BH_E_INVALID, "http.session()") : bh_http_service_get()->session(ctx, how);
}
static bh_status f_basic(void *ctx, bh_str user, bh_str password, bh_str *out)
{
  return strikes("http.basic()") ? strike(BH_E_INVALID, "http.basic()") : bh_http_service_get()->basic(ctx, user, password, out);
}
static bh_status f_hmac(void *ctx, const char *hash, bh_str key, bh_str text, const char *as, bh_str *out)
{
  return strikes("http.hmac()") ? strike(BH_E_INVALID, "http.hmac()") : bh_http_service_get()->hmac(ctx, hash, key, text, as, out);
}

/* ---- JSON, files ---- */

static bh_status f_json_http(void *ctx, const bh_http_request *q, const bh_json_pages *pages, const bh_json_query *const *queries, size_t n,
                             bh_http_answer *answer)
{
  void *keep;
  if (strikes("json.http()"))
    return strike(BH_E_TRANSIENT, "json.http()");
  queries = bh_check_fields_watch(&keep, queries, n, q ? q->method : (bh_str){"", 0}, q ? q->url : (bh_str){"", 0});
  bh_status rc = bh_json_service_get()->http(ctx, q, pages, queries, n, answer);
  free(keep);
  return rc;
}
static bh_status f_json_text(void *ctx, bh_str json, const bh_json_query *const *queries, size_t n)
{
  void *keep;
  if (strikes("json.text()"))
    return strike(BH_E_INVALID, "json.text()");
  queries = bh_check_fields_watch(&keep, queries, n, (bh_str){"", 0}, (bh_str){"", 0});
  bh_status rc = bh_json_service_get()->text(ctx, json, queries, n);
  free(keep);
  return rc;
}
static bh_status f_file_open(void *ctx, const char *key, bh_str name, bh_file **out)
{
  *out = NULL;
  return strikes("file.open()") ? strike(BH_E_INVALID, "file.open()") : bh_file_service_get()->open(ctx, key, name, out);
}
static bh_status f_file_read(void *ctx, bh_file *file, void *into, size_t bytes, size_t *got)
{
  *got = 0;
  return strikes("file.read()") ? strike(BH_E_TRANSIENT, "file.read()") : bh_file_service_get()->read(ctx, file, into, bytes, got);
}

/* ---- WebSockets, programs ---- */

static bh_status f_ws_open(void *ctx, const bh_http_request *q, bh_websocket **out)
{
  *out = NULL;
  return strikes("websocket.open()") ? strike(BH_E_TRANSIENT, "websocket.open()") : bh_check_websockets()->open(ctx, q, out);
}
static bh_status f_ws_send(void *ctx, bh_websocket *s, bh_str text)
{
  return strikes("websocket.send()") ? strike(BH_E_TRANSIENT, "websocket.send()") : bh_check_websockets()->send(ctx, s, text);
}
static bh_status f_ws_next(void *ctx, bh_websocket *s, uint32_t timeout_ms, const bh_json_query *const *queries, size_t n, int32_t *closed)
{
  void *keep;
  *closed = 0;
  if (strikes("websocket.next()"))
    return strike(BH_E_TRANSIENT, "websocket.next()");
  queries = bh_check_fields_watch(&keep, queries, n, (bh_str){"", 0}, (bh_str){"", 0});
  bh_status rc = bh_check_websockets()->next(ctx, s, timeout_ms, queries, n, closed);
  free(keep);
  return rc;
}
static bh_status f_lines(void *ctx, const char *key, uint32_t timeout_ms, bh_status (*line)(void *user, bh_str text), void *user)
{
  return strikes("program.lines()") ? strike(BH_E_TRANSIENT, "program.lines()") : bh_program_service_get()->lines(ctx, key, timeout_ms, line, user);
}

static const void *service(bh_host_ctx *c, bh_str id)
{
  static bh_websocket_service websocket;
  static bh_program_service program;
  static bh_http_service http;
  static bh_json_service json;
  static bh_file_service file;
  if (bh_str_eqz(id, BH_SERVICE_HTTP)) {
    http = *bh_http_service_get();
    http.send = f_send;
    http.escape = f_escape;
    http.oauth2 = f_oauth2;
    http.rate_limit = f_rate_limit;
    http.window_limit = f_window_limit;
    http.concurrency = f_concurrency;
    http.session = f_session;
    http.basic = f_basic;
    http.hmac = f_hmac;
    return &http;
  }
  if (bh_str_eqz(id, BH_SERVICE_JSON)) {
    json = *bh_json_service_get();
    json.http = f_json_http;
    json.text = f_json_text;
    return &json;
  }
  if (bh_str_eqz(id, BH_SERVICE_FILE)) {
    file = *bh_file_service_get();
    file.open = f_file_open;
    file.read = f_file_read;
    return &file;
  }
  if (bh_str_eqz(id, BH_SERVICE_WEBSOCKET)) {
    websocket = *bh_check_websockets();
    websocket.open = f_ws_open;
    websocket.send = f_ws_send;
    websocket.next = f_ws_next;
    return &websocket;
  }
  if (bh_str_eqz(id, BH_SERVICE_PROGRAM) && ((bh_connector_run *)c->owner)->init.programs) {
    program = *bh_program_service_get();
    program.lines = f_lines;
    return &program;
  }
  return NULL;
}

void bh_check_faults_host(bh_host_ctx *c)
{
  x.host = c->table;
  x.ctx = c;
  x.cancelled = c->cancelled;
  c->cancelled = now_cancelled;
  c->service = c->service ? service : NULL;
  c->table.scratch = f_scratch;
  c->table.text = f_text;
  c->table.dec = f_dec;
  c->table.integer = f_integer;
  c->table.date = f_date;
  c->table.civil = f_civil;
  c->table.parse_number = f_parse_number;
  c->table.parse_date = f_parse_date;
  c->table.get_service = f_service;
}

/* ---- what connectors emit into ---- */

#define EMIT(name, type) \
  static bh_status f_##name(void *ctx, const type *fact) { return strikes(#name "()") ? strike(BH_E_INVALID, #name "()") : x.emit.name(ctx, fact); }
EMIT(client, bh_client)
EMIT(asset, bh_asset)
EMIT(gauge, bh_gauge)
EMIT(usage, bh_usage)
EMIT(charge, bh_charge)
EMIT(contract, bh_contract)
EMIT(product, bh_product)
EMIT(cost, bh_cost)
static bh_status f_scope_begin(void *ctx, bh_str kind, bh_str client)
{
  return strikes("scope_begin()") ? strike(BH_E_INVALID, "scope_begin()") : x.emit.scope_begin(ctx, kind, client);
}
static bh_status f_scope_end(void *ctx, bh_str kind, bh_str client, int32_t how)
{
  return strikes("scope_end()") ? strike(BH_E_INVALID, "scope_end()") : x.emit.scope_end(ctx, kind, client, how);
}
static bh_status f_client_failed(void *ctx, bh_str client, bh_str why)
{
  return strikes("client_failed()") ? strike(BH_E_INVALID, "client_failed()") : x.emit.client_failed(ctx, client, why);
}
static bh_status f_cursor(void *ctx, bh_str cursor)
{
  return strikes("cursor()") ? strike(BH_E_INVALID, "cursor()") : x.emit.cursor(ctx, cursor);
}

void bh_check_faults_emit(bh_emit *emit)
{
  x.emit = *emit;
  emit->client = f_client;
  emit->asset = f_asset;
  emit->gauge = f_gauge;
  emit->usage = f_usage;
  emit->charge = f_charge;
  emit->contract = f_contract;
  emit->product = f_product;
  emit->cost = f_cost;
  emit->scope_begin = f_scope_begin;
  emit->scope_end = f_scope_end;
  emit->client_failed = f_client_failed;
  emit->cursor = f_cursor;
}

/* ---- what sinks and gateways emit into: refused as the host refuses, for the whole call ---- */

#define OUTWARD(table, name, type) \
  static bh_status f_##name(void *ctx, const type *said) { return strikes(#name "()") ? bh_emit_refuse(ctx, #name "() failed") : x.table.name(ctx, said); }
OUTWARD(sink, sent, bh_sent)
OUTWARD(sink, received, bh_received)
OUTWARD(sink, tax, bh_tax_code)
OUTWARD(gateway, outcome, bh_outcome)
static bh_status f_sink_client(void *ctx, const bh_client *c) { return strikes("client()") ? bh_emit_refuse(ctx, "client() failed") : x.sink.client(ctx, c); }
static bh_status f_sink_product(void *ctx, const bh_product *p)
{
  return strikes("product()") ? bh_emit_refuse(ctx, "product() failed") : x.sink.product(ctx, p);
}

void bh_check_faults_outward(bh_connector_run *run)
{
  x.sink = run->sink_emit;
  x.gateway = run->gateway_emit;
  run->sink_emit.sent = f_sent;
  run->sink_emit.received = f_received;
  run->sink_emit.client = f_sink_client;
  run->sink_emit.product = f_sink_product;
  run->sink_emit.tax = f_tax;
  run->gateway_emit.outcome = f_outcome;
}

/* ---- what models emit into ---- */

static bh_status f_line(void *ctx, const bh_priced_line *l)
{
  return strikes("line()") ? strike(BH_E_INVALID, "line()") : x.model.line(ctx, l);
}
static bh_status f_purchase(void *ctx, const bh_purchase *p)
{
  return strikes("purchase()") ? strike(BH_E_INVALID, "purchase()") : x.model.purchase(ctx, p);
}
static bh_status f_carry(void *ctx, uint32_t version, bh_str bytes)
{
  return strikes("carry()") ? strike(BH_E_INVALID, "carry()") : x.model.carry(ctx, version, bytes);
}
static bh_status f_note(void *ctx, bh_str text)
{
  return strikes("note()") ? strike(BH_E_INVALID, "note()") : x.model.note(ctx, text);
}

void bh_check_faults_model(bh_model_emit *emit)
{
  x.model = *emit;
  emit->line = f_line;
  emit->purchase = f_purchase;
  emit->carry = f_carry;
  emit->note = f_note;
}

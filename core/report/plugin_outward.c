/* `plugin call` of sinks and gateways: what the call is about, from the command's options. */
#include "base/dec.h"
#include "plugin/outward_wire.h"
#include "report/plugin_vendor.h"

enum { FILE_BYTES_MAX = 16 << 20 };

static bh_str text(const char *z) { return bh_str_c(z ? z : ""); }

static bh_str member(const bh_node *doc, const char *key) {
  const bh_node *n = bh_node_get(doc, key);
  return n && n->kind == BH_NODE_STR ? n->text : (bh_str){"", 0};
}

static bh_status read_file(bh_str *out, bh_arena *a, const char *option, const char *path, bh_error *err) {
  bh_buf b;
  bh_buf_init(&b, FILE_BYTES_MAX);
  bh_status st = bh_file_read(&b, path, err);
  if (st == BH_OK) *out = bh_arena_str(a, bh_buf_str(&b));
  else bh_fail_prefix(err, "%s", option);
  bh_buf_dispose(&b);
  return st == BH_OK ? BH_OK : (err->code = BH_E_USAGE);
}

static bh_status read_document(bh_document *out, bh_arena *a, const char *path, bh_error *err) {
  bh_node *root = NULL;
  bh_status st = read_file(&out->json, a, "--document", path, err);
  if (st != BH_OK) return st;
  if (bh_json_parse(&root, a, out->json, NULL, err) != BH_OK) {
    bh_fail_prefix(err, "--document %s", path);
    return err->code = BH_E_USAGE;
  }
  if (root->kind != BH_NODE_TABLE || !bh_str_eqz(member(root, "schema"), "billhook.invoice/1"))
    return bh_fail(err, BH_E_USAGE, "--document %s: expected one document as `billhook show INV --json` prints it (\"schema\": \"billhook.invoice/1\")", path);
  out->id = member(root, "id");
  out->number = member(root, "number");
  return BH_OK;
}

static bh_status read_headers(bh_outward *out, bh_arena *a, const billhook_plugin_call_options *o, bh_error *err) {
  out->headers = BH_NEWN(a, bh_str, 2 * o->header_count + 1);
  for (size_t i = 0; i < o->header_count; i++) {
    const char *equals = strchr(o->headers[i], '=');
    if (equals == NULL || equals == o->headers[i]) return bh_fail(err, BH_E_USAGE, "--header %s: expected NAME=VALUE", o->headers[i]);
    out->headers[out->header_count++] = (bh_str){o->headers[i], (size_t)(equals - o->headers[i])};
    out->headers[out->header_count++] = bh_str_c(equals + 1);
  }
  return BH_OK;
}

static bh_status read_amount(bh_debit *out, const billhook_plugin_call_options *o, bool needed, bh_error *err) {
  out->currency = text(o->currency ? o->currency : "USD");
  int decimals = bh_currency_decimals(out->currency);
  if (decimals < 0) return bh_fail(err, BH_E_USAGE, "--currency %s: expected a currency's three letters, as USD", o->currency);
  if (o->amount == NULL && !needed) return BH_OK;
  if (o->amount == NULL || !bh_dec_parse(&out->amount, text(o->amount), decimals) || out->amount.coef <= 0)
    return bh_fail(err, BH_E_USAGE, "--amount %s: expected an amount above 0 with at most %d decimals", o->amount ? o->amount : "is missing", decimals);
  return bh_dec_round(&out->amount, out->amount, decimals, BH_HALF_UP) ? BH_OK : bh_fail(err, BH_E_USAGE, "--amount %s: it is too large", o->amount);
}

bh_status bh_vendor_outward(bh_outward *out, bh_arena *a, int32_t call, const billhook_plugin_call_options *o, bh_error *err) {
  bool deliver = call == BH_CALL_DELIVER, money = call == BH_CALL_CHARGE || call == BH_CALL_REFUND, event = call == BH_CALL_EVENT;
  bh_status st = BH_OK;
  *out = (bh_outward){.key = text(o->key), .ref = text(o->ref), .document = {.struct_size = sizeof out->document, .client = text(o->client)},
    .debit = {.struct_size = sizeof out->debit, .customer = text(o->customer), .method = text(o->method), .description = text(o->description), .ref = text(o->ref)}};
  if ((deliver || money || call == BH_CALL_LOOKUP || call == BH_CALL_STATUS) && !bh_key_ok(out->key))
    return bh_fail(err, BH_E_USAGE, "--key %s: expected 1 to %d of A-Z, a-z, 0-9, '-' and '_'", o->key ? o->key : "is missing", BH_KEY_BYTES_MAX);
  if ((call == BH_CALL_STATUS || call == BH_CALL_REFUND) && o->ref == NULL)
    return bh_fail(err, BH_E_USAGE, "--ref is missing: %s", call == BH_CALL_STATUS ? "the ref that deliver printed" : "the ref of the payment");
  if (deliver && o->document == NULL) return bh_fail(err, BH_E_USAGE, "--document is missing: a file with what `billhook show INV --json` prints");
  if (event && o->body == NULL) return bh_fail(err, BH_E_USAGE, "--body is missing: a file with the webhook's body");
  if (o->document != NULL) st = read_document(&out->document, a, o->document, err);
  if (st == BH_OK) st = read_amount(&out->debit, o, money, err);
  if (st == BH_OK) st = read_headers(out, a, o, err);
  if (st == BH_OK && o->body != NULL) st = read_file(&out->body, a, "--body", o->body, err);
  if (st == BH_OK && event) st = bh_clock_now(&out->now_s, err);
  return st;
}

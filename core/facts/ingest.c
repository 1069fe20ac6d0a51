/* Staging: rows are checked as they come and kept in a sorter until the connector has said that it is done. */
#include "facts/ingest_impl.h"
#include <stdlib.h>

enum { ASSET_BYTES = 2 * 10 + 3 * 5 /* two numbers, three lengths */, SORT_BYTES = 4 << 20,
  KINDS_MAX = 10000 };

bh_status bh_ingest_new(bh_ingest **out, bh_str connector, bh_day day, const char *tmp_dir, bh_error *err) {
  *out = NULL;
  bh_ingest *in = calloc(1, sizeof *in);
  if (!in) return bh_fail(err, BH_E_NOMEM, "out of memory");
  bh_arena_init(&in->arena);
  bh_map_init(&in->kinds, &in->arena);
  bh_buf_init(&in->payload, BH_STAGED_BYTES_MAX);
  in->connector = bh_arena_str(&in->arena, connector);
  in->day = day;
  in->tmp_dir = bh_arena_z(&in->arena, bh_str_c(tmp_dir ? tmp_dir : "/tmp"));
  in->look_at = SORT_BYTES; /* until then memory holds it */
  if (in->look_at > bh_staged_bytes_max()) in->look_at = bh_staged_bytes_max();
  bh_status status = bh_sorter_new(&in->sorter, SORT_BYTES, in->tmp_dir, err);
  if (status != BH_OK) bh_ingest_free(in);
  else *out = in;
  return status;
}

void bh_ingest_free(bh_ingest *in) {
  if (!in) return;
  bh_sorter_free(in->sorter);
  bh_buf_dispose(&in->payload);
  bh_arena_dispose(&in->arena);
  free(in);
}

static bh_status check_text(bh_str s, const char *what, bool needed, bh_error *err) {
  if (needed && s.len == 0) return bh_fail(err, BH_E_INVALID, "%s is empty", what);
  if (!bh_utf8_ok(s)) return bh_fail(err, BH_E_INVALID, "%s is not UTF-8 text", what);
  return BH_OK;
}

static bh_status check_client(bh_str client, bh_error *err) {
  bh_status status = check_text(client, "the client", true, err);
  if (status == BH_OK && bh_str_eqz(client, "*")) return bh_fail(err, BH_E_INVALID, "the client \"*\" stands for all: a row needs one of its own");
  return status;
}

static bh_status check_texts(const bh_str *texts, const char *const *names, size_t n, bh_error *err) {
  for (size_t i = 0; i < n; i++) {
    bh_status status = check_text(texts[i], names[i], false, err);
    if (status != BH_OK) return status;
  }
  return BH_OK;
}

static bh_status check_day(bh_day day, const char *what, bh_error *err) {
  if (day <= BH_DAY_MIN || day >= BH_DAY_MAX) return bh_fail(err, BH_E_INVALID, "%s: a date is needed", what);
  return BH_OK;
}

static bh_status check_positive(bh_dec d, const char *what, bh_error *err) {
  char text[32];
  if (d.coef >= 0) return BH_OK;
  bh_dec_format(text, d);
  return bh_fail(err, BH_E_INVALID, "%s is negative: %s", what, text);
}

bh_status bh_ingest_client(bh_ingest *in, bh_str client, bh_str name, bh_str domain, bh_error *err) {
  bh_status status = check_client(client, err);
  if (status == BH_OK) status = check_text(name, "the client's name", false, err);
  if (status == BH_OK) status = check_text(domain, "the client's domain", false, err);
  if (status != BH_OK) return status;
  bh_buf_clear(&in->payload);
  bh_put_str(&in->payload, name);
  bh_put_str(&in->payload, domain);
  return bh_staged_add(in, client, BH_STAGED_CLIENT, BH_S(""), BH_S(""), 0, err);
}

bh_in_kind *bh_in_kind_get(bh_ingest *in, bh_str name) { return bh_map_get(&in->kinds, name); }

static bh_status note_kind(bh_ingest *in, bh_scope_mode mode, bh_str name, bh_day list, bh_error *err) {
  static const char *const modes[] = {"intervals", "what is there", "dated lists", "changes"};
  bh_in_kind *k = in->last_kind && bh_str_eq(in->last_kind->name, name) ? in->last_kind : bh_in_kind_get(in, name);
  if (!k) {
    if (in->kind_count++ == KINDS_MAX) return bh_fail(err, BH_E_INVALID, "more than %d kinds of assets in one pull", KINDS_MAX);
    k = BH_NEW(&in->arena, bh_in_kind);
    *k = (bh_in_kind){.name = bh_arena_str(&in->arena, name), .mode = mode, .next = in->first_kind};
    in->first_kind = k;
    bh_map_put(&in->kinds, name, k);
  }
  if (k->mode != mode)
    return bh_fail(err, BH_E_INVALID, "assets of kind \"%.*s\" come as %s and as %s in one pull: one of the two is needed", BH_STR_ARG(name),
                   modes[k->mode], modes[mode]);
  in->last_kind = k;
  if (mode == BH_SCOPE_DATED) bh_days_add(&k->lists, list, &in->arena);
  return BH_OK;
}

static bh_status check_asset(bh_ingest *in, bh_scope_mode mode, const bh_in_asset *x, bh_error *err) {
  bh_status status = check_client(x->client, err);
  if (status == BH_OK) status = check_text(x->kind, "kind", true, err);
  if (status == BH_OK) status = check_text(x->id, "id", true, err);
  if (status == BH_OK)
    status = check_texts((const bh_str[]){x->klass, x->name, x->attrs}, (const char *const[]){"class", "name", "an attribute"}, 3, err);
  if (status == BH_OK && bh_str_eqz(x->kind, "*")) return bh_fail(err, BH_E_INVALID, "kind \"*\" stands for all: an asset needs one of its own");
  if (status == BH_OK && mode == BH_SCOPE_DATED) status = check_day(x->from, "date", err);
  if (status == BH_OK && mode != BH_SCOPE_DATED && mode != BH_SCOPE_PRESENT && x->to < x->from) {
    char from[12], to[12];
    bh_day_format(from, x->from);
    bh_day_format(to, x->to);
    return bh_fail(err, BH_E_INVALID, "to (%s) is before from (%s)", to, from);
  }
  return status == BH_OK ? note_kind(in, mode, x->kind, x->from, err) : status;
}

bh_status bh_ingest_asset(bh_ingest *in, bh_scope_mode mode, const bh_in_asset *x, bh_error *err) {
  bh_status status = check_asset(in, mode, x, err);
  if (status != BH_OK) return bh_fail_prefix(err, "asset \"%.*s\" of client \"%.*s\"", BH_STR_ARG(x->id), BH_STR_ARG(x->client));
  bh_str attrs = x->attrs.len ? x->attrs : BH_S("{}");
  status = bh_staged_begin(in, x->client, BH_STAGED_ASSET, x->kind, x->id, mode == BH_SCOPE_PRESENT ? 0 : x->from,
                           x->klass.len + x->name.len + attrs.len + ASSET_BYTES, err);
  if (status != BH_OK) return status;
  bh_put_i64(&in->record, x->to);
  bh_put_i64(&in->record, x->last_seen);
  bh_put_str(&in->record, x->klass);
  bh_put_str(&in->record, x->name);
  bh_put_str(&in->record, attrs);
  in->assets++;
  return bh_staged_end(in, err);
}

bh_status bh_ingest_gauge(bh_ingest *in, const bh_in_gauge *x, bh_error *err) {
  bh_status status = check_client(x->client, err);
  if (status == BH_OK) status = check_text(x->metric, "metric", true, err);
  if (status == BH_OK) status = check_day(x->day, "date", err);
  if (status == BH_OK) status = check_positive(x->value, "value", err);
  if (status != BH_OK) return bh_fail_prefix(err, "gauge \"%.*s\" of client \"%.*s\"", BH_STR_ARG(x->metric), BH_STR_ARG(x->client));
  bh_buf_clear(&in->payload);
  bh_put_dec(&in->payload, x->value);
  in->gauges++;
  return bh_staged_add(in, x->client, BH_STAGED_GAUGE, x->metric, BH_S(""), x->day, err);
}

bh_status bh_ingest_usage(bh_ingest *in, const bh_in_usage *x, bh_error *err) {
  bh_status status = check_client(x->client, err);
  if (status == BH_OK) status = check_text(x->metric, "metric", true, err);
  if (status == BH_OK) status = check_text(x->id, "id", true, err);
  if (status == BH_OK) status = check_texts((const bh_str[]){x->description, x->attrs}, (const char *const[]){"description", "an attribute"}, 2, err);
  if (status == BH_OK) status = check_day(x->day, "date", err);
  if (status == BH_OK) status = check_positive(x->quantity, "quantity", err);
  if (status != BH_OK)
    return bh_fail_prefix(err, "usage \"%.*s\" of client \"%.*s\", metric \"%.*s\"", BH_STR_ARG(x->id), BH_STR_ARG(x->client), BH_STR_ARG(x->metric));
  bh_buf_clear(&in->payload);
  bh_put_i64(&in->payload, x->day);
  bh_put_dec(&in->payload, x->quantity);
  bh_put_str(&in->payload, x->description);
  bh_put_str(&in->payload, x->attrs.len ? x->attrs : BH_S("{}"));
  in->usage++;
  return bh_staged_add(in, x->client, BH_STAGED_USAGE, x->metric, x->id, 0, err);
}

static bh_status check_charge(const bh_in_charge *x, bh_error *err) {
  bh_status status = check_client(x->client, err);
  if (status == BH_OK) status = check_text(x->id, "id", true, err);
  if (status == BH_OK)
    status = check_texts((const bh_str[]){x->product, x->description, x->po, x->contract},
                         (const char *const[]){"product", "description", "po", "contract"}, 4, err);
  if (status == BH_OK && !x->product.len && !x->description.len) return bh_fail(err, BH_E_INVALID, "a product or a description is needed");
  if (status == BH_OK) status = check_day(x->day, "date", err);
  if (status == BH_OK) status = check_positive(x->quantity, "quantity", err);
  return status;
}

bh_status bh_ingest_charge(bh_ingest *in, const bh_in_charge *x, bh_error *err) {
  bh_status status = check_charge(x, err);
  if (status != BH_OK) return bh_fail_prefix(err, "charge \"%.*s\" of client \"%.*s\"", BH_STR_ARG(x->id), BH_STR_ARG(x->client));
  bh_buf *b = &in->payload;
  bh_buf_clear(b);
  bh_put_i64(b, x->day);
  bh_put_dec(b, x->quantity);
  bh_put_u8(b, (uint8_t)((x->has_price ? 1 : 0) | (x->has_cost ? 2 : 0)));
  bh_put_dec(b, x->has_price ? x->price : bh_dec_int(0));
  bh_put_dec(b, x->has_cost ? x->cost : bh_dec_int(0));
  bh_put_str(b, x->product);
  bh_put_str(b, x->description);
  bh_put_str(b, x->po);
  bh_put_str(b, x->contract);
  in->charges++;
  return bh_staged_add(in, x->client, BH_STAGED_CHARGE, BH_S(""), x->id, 0, err);
}

bh_status bh_ingest_scope(bh_ingest *in, bh_str kind, bh_str client, bool complete, bh_error *err) {
  bh_status status = check_text(kind, "a scope's kind", true, err);
  if (status == BH_OK) status = check_text(client, "a scope's client", true, err);
  if (status != BH_OK) return status;
  bh_buf_clear(&in->payload);
  bh_put_u8(&in->payload, complete);
  return bh_staged_add(in, bh_str_eqz(client, "*") ? BH_S("") : client, BH_STAGED_SCOPE, kind, BH_S(""), 0, err);
}

bh_status bh_ingest_client_failed(bh_ingest *in, bh_str client, bh_str why, bh_error *err) {
  bh_status status = check_client(client, err);
  if (status == BH_OK) status = check_text(why, "the reason", false, err);
  if (status != BH_OK) return status;
  bh_buf_clear(&in->payload);
  bh_put_str(&in->payload, why);
  return bh_staged_add(in, client, BH_STAGED_FAILED, BH_S(""), BH_S(""), 0, err);
}

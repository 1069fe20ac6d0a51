/* Facts as JSON lines. */
#include "plugin/fact_lines.h"
#include "base/dec.h"

enum { LINE_BYTES_MAX = 8 * 1024 * 1024 };

void bh_fact_lines_init(bh_fact_lines *x, void (*line)(void *ctx, const bh_fact_line *l), void *ctx)
{
  *x = (bh_fact_lines){.line = line, .ctx = ctx};
  bh_buf_init(&x->buf, LINE_BYTES_MAX);
}

void bh_fact_lines_dispose(bh_fact_lines *x)
{
  bh_buf_dispose(&x->buf);
}

static void begin(bh_fact_lines *x, bh_jw *w, const char *what)
{
  bh_buf_clear(&x->buf);
  bh_jw_init(w, &x->buf);
  bh_jw_obj(w);
  bh_jw_key(w, "fact");
  bh_jw_z(w, what);
}

static bh_status end(bh_fact_lines *x, bh_jw *w, bh_fact_line l)
{
  bh_jw_obj_end(w);
  l.json = bh_buf_str(&x->buf);
  x->line(x->ctx, &l);
  return BH_OK;
}

static void put(bh_jw *w, const char *key, bh_str value)
{
  if (value.len) {
    bh_jw_key_any(w, key);
    bh_jw_str(w, value);
  }
}

static void put_day(bh_jw *w, const char *key, bh_day day)
{
  if (day != 0 && day > BH_DAY_MIN && day < BH_DAY_MAX) {
    bh_jw_key_any(w, key);
    bh_jw_day(w, day);
  }
}

static void put_dec(bh_jw *w, const char *key, bh_dec value)
{
  char text[32];
  size_t len = bh_dec_format_trim(text, value);
  bh_jw_key_any(w, key);
  bh_jw_str(w, (bh_str){text, len});
}

static void put_attrs(bh_jw *w, bh_str json)
{
  if (json.len > 2) {
    bh_jw_key(w, "attrs");
    bh_jw_raw(w, json);
  }
}

static bh_status on_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "client");
  put(&w, "id", id);
  put(&w, "name", name);
  put(&w, "domain", domain);
  return end(ctx, &w, (bh_fact_line){.what = "client", .client = id});
}

static bh_status on_asset(void *ctx, const bh_pull_asset *x, bh_error *err)
{
  static const char *const modes[] = {"interval", "present", "dated", "changed"} /* bh_scope_mode */;
  bh_jw w;
  (void)err;
  begin(ctx, &w, "asset");
  put(&w, "client", x->client);
  put(&w, "kind", x->kind);
  put(&w, "class", x->klass);
  put(&w, "id", x->id);
  put(&w, "name", x->name);
  bh_jw_key(&w, "mode");
  bh_jw_z(&w, x->mode >= 0 && x->mode < 4 ? modes[x->mode] : NULL);
  put_day(&w, "from", x->from);
  put_day(&w, "to", x->to);
  put_day(&w, "last_seen", x->last_seen);
  put_attrs(&w, x->attrs);
  return end(ctx, &w, (bh_fact_line){.what = "asset", .kind = x->kind, .client = x->client});
}

static bh_status on_gauge(void *ctx, const bh_pull_gauge *x, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "gauge");
  put(&w, "client", x->client);
  put(&w, "metric", x->metric);
  put_day(&w, "date", x->day);
  put_dec(&w, "value", x->value);
  return end(ctx, &w, (bh_fact_line){.what = "gauge", .kind = x->metric, .client = x->client});
}

static bh_status on_usage(void *ctx, const bh_pull_usage *x, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "usage");
  put(&w, "client", x->client);
  put(&w, "metric", x->metric);
  put(&w, "id", x->id);
  put_day(&w, "date", x->day);
  put_dec(&w, "quantity", x->quantity);
  put(&w, "description", x->description);
  put_attrs(&w, x->attrs);
  return end(ctx, &w, (bh_fact_line){.what = "usage", .kind = x->metric, .client = x->client});
}

static bh_status on_charge(void *ctx, const bh_pull_charge *x, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "charge");
  put(&w, "client", x->client);
  put(&w, "id", x->id);
  put_day(&w, "date", x->day);
  put(&w, "product", x->product);
  put(&w, "description", x->description);
  put_dec(&w, "quantity", x->quantity);
  if (x->has_price)
    put_dec(&w, "unit_price", x->price);
  if (x->has_cost)
    put_dec(&w, "cost", x->cost);
  put(&w, "po", x->po);
  put(&w, "contract", x->contract);
  return end(ctx, &w, (bh_fact_line){.what = "charge", .client = x->client});
}

static bh_status on_scope(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "scope");
  put(&w, "kind", kind);
  put(&w, "client", client);
  bh_jw_key(&w, "complete");
  bh_jw_bool(&w, complete);
  return end(ctx, &w, (bh_fact_line){.what = "scope", .kind = kind, .client = client, .complete = complete});
}

static bh_status on_client_failed(void *ctx, bh_str client, bh_str why, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "failed");
  put(&w, "client", client);
  put(&w, "why", why);
  return end(ctx, &w, (bh_fact_line){.what = "failed", .client = client});
}

static bh_status on_contract(void *ctx, bh_str client, bh_str id, bh_str json, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "contract");
  put(&w, "client", client);
  put(&w, "id", id);
  put(&w, "json", json);
  return end(ctx, &w, (bh_fact_line){.what = "contract", .client = client});
}

static bh_status on_product(void *ctx, const bh_pull_product *x, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "product");
  put(&w, "id", x->id);
  put(&w, "name", x->name);
  if (x->has_price)
    put_dec(&w, "unit_price", x->price);
  if (x->has_cost)
    put_dec(&w, "cost", x->cost);
  return end(ctx, &w, (bh_fact_line){.what = "product"});
}

static bh_status on_cost(void *ctx, const bh_pull_cost *x, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "cost");
  put(&w, "client", x->client);
  put(&w, "id", x->id);
  put(&w, "product", x->product);
  put(&w, "description", x->description);
  put_day(&w, "from", x->from);
  put_day(&w, "until", x->until);
  put_dec(&w, "quantity", x->quantity);
  put_dec(&w, "amount", x->amount);
  put(&w, "currency", x->currency);
  return end(ctx, &w, (bh_fact_line){.what = "cost", .client = x->client});
}

static bh_status on_sent(void *ctx, const bh_sent *x, bh_error *err)
{
  static const char *const states[] = {NULL, "draft", "open", "partly_paid", "paid", "void"}; /* BH_SENT_… */
  bh_jw w;
  (void)err;
  begin(ctx, &w, "sent");
  bh_jw_key(&w, "state");
  bh_jw_z(&w, states[x->state]);
  put(&w, "ref", x->ref);
  put(&w, "number", x->number);
  put(&w, "url", x->url);
  if (x->has & BH_SENT_TOTAL)
    put_dec(&w, "total", x->total);
  if (x->has & BH_SENT_BALANCE)
    put_dec(&w, "balance", x->balance);
  return end(ctx, &w, (bh_fact_line){.what = "sent"});
}

static bh_status on_received(void *ctx, const bh_received *x, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "received");
  put(&w, "id", x->id);
  put_day(&w, "date", bh_civil_day(x->date));
  put_dec(&w, "amount", x->amount);
  put(&w, "currency", x->currency);
  put(&w, "note", x->note);
  return end(ctx, &w, (bh_fact_line){.what = "received"});
}

static bh_status on_tax_code(void *ctx, const bh_tax_code *x, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "tax");
  put(&w, "id", x->id);
  put(&w, "name", x->name);
  if (x->has & BH_TAX_RATE)
    put_dec(&w, "rate", x->rate);
  return end(ctx, &w, (bh_fact_line){.what = "tax"});
}

static bh_status on_outcome(void *ctx, const bh_outcome *x, bh_error *err)
{
  static const char *const states[] = {NULL, "pending", "paid", "failed", "refunded", "disputed"}; /* BH_DEBIT_… */
  bh_jw w;
  (void)err;
  begin(ctx, &w, "outcome");
  bh_jw_key(&w, "state");
  bh_jw_z(&w, states[x->state]);
  put(&w, "key", x->key);
  put(&w, "ref", x->ref);
  put(&w, "payment", x->payment);
  put(&w, "reason", x->reason);
  if (x->state == BH_DEBIT_FAILED) {
    bh_jw_key(&w, "retry");
    bh_jw_bool(&w, x->flags & BH_DEBIT_RETRY);
    bh_jw_key(&w, "ask");
    bh_jw_bool(&w, x->flags & BH_DEBIT_ASK);
  }
  if (x->date.year)
    put_day(&w, "date", bh_civil_day(x->date));
  if (x->currency.len) {
    put_dec(&w, "amount", x->amount);
    put_dec(&w, "fee", x->fee);
  }
  put(&w, "currency", x->currency);
  return end(ctx, &w, (bh_fact_line){.what = "outcome"});
}

static bh_status on_cursor(void *ctx, bh_str cursor, bh_error *err)
{
  bh_jw w;
  (void)err;
  begin(ctx, &w, "cursor");
  put(&w, "cursor", cursor);
  return end(ctx, &w, (bh_fact_line){.what = "cursor"});
}

const bh_pull_sink bh_fact_lines_sink = {.client = on_client, .asset = on_asset, .gauge = on_gauge, .usage = on_usage, .charge = on_charge,
  .scope = on_scope, .client_failed = on_client_failed, .contract = on_contract, .product = on_product, .cost = on_cost, .sent = on_sent, .received = on_received,
  .tax_code = on_tax_code, .outcome = on_outcome, .cursor = on_cursor};

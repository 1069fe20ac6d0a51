#include "receivables/entry.h"

enum { METHOD_MAX = 40, REFERENCE_MAX = 200 };

static bh_status read_word(bh_str *out, bh_entry *h, const char *text, const char *fallback, const char *option, size_t most, bool name, bh_error *err) {
  *out = bh_arena_str(&h->a, bh_str_c(text ? text : fallback));
  bool ok = bh_utf8_ok(*out) && out->len <= most && (out->len > 0 || !name);
  for (size_t i = 0; i < out->len && ok; i++) {
    unsigned char c = (unsigned char)out->ptr[i];
    ok = c >= 0x20 && c != 0x7f && (!name || (c != ':' && c != ';' && c != ' '));
  }
  return ok ? BH_OK : bh_fail(err, BH_E_USAGE, "%s: %s: expected %s of at most %zu bytes", h->what, option, name ? "one word without \":\" and \";\"" : "one line", most);
}

typedef struct billed { bh_arena *a; bh_str currency; bool several; } billed;

static bh_status see_currency(void *ctx, const bh_doc_row *row, bh_str client_id, const bh_doc_body *body, bh_error *err) {
  billed *x = ctx;
  (void)client_id; (void)body; (void)err;
  if (x->currency.len == 0) x->currency = bh_arena_str(x->a, row->currency);
  x->several = x->several || !bh_str_eq(x->currency, row->currency);
  return BH_OK;
}

/* The one currency that the client was billed in; empty where there are several, or none yet. */
static bh_status currency_billed(bh_str *out, bh_entry *h, int32_t client, bh_error *err) {
  billed x = {.a = &h->a, .currency = {"", 0}};
  bh_doc_filter f = {.client = client, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX};
  bh_status st = bh_store_docs_each(h->b->store, &f, false, see_currency, &x, err);
  *out = x.several ? (bh_str){"", 0} : x.currency;
  return st;
}

/* The client's currency as it stands in the files; empty where they do not have the client. */
static bh_status currency_of(bh_str *out, bh_entry *h, bool *known, bh_error *err) {
  billhook *b = h->b;
  bh_client_iter *it = NULL;
  *out = (bh_str){"", 0};
  *known = false;
  bh_status st = bh_engine_workspace(b);
  if (st != BH_OK) {
    *err = b->error;
    return st;
  }
  st = bh_clients_open(&it, b->ws, &b->mistakes, err);
  for (bool more = true; st == BH_OK;) {
    bh_client_raw raw;
    st = bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more || bh_str_cmp(raw.id, h->client_id) > 0) break; /* they come sorted */
    if (!bh_str_eq(raw.id, h->client_id)) continue;
    bh_client_terms *terms = NULL;
    *known = true;
    st = bh_clients_resolve(it, &terms, &h->a, &b->mistakes, err);
    if (terms != NULL) *out = bh_arena_str(&h->a, terms->currency);
    break;
  }
  if (it != NULL) bh_clients_close(it);
  return st;
}

static bh_status find_client(bh_entry *h, const bh_client_row *row, const char *currency, bh_error *err) {
  bh_client_row client = *row;
  bool known = client.exists;
  bh_status st = BH_OK;
  h->currency = bh_str_c(currency);
  if (currency == NULL && known) st = currency_billed(&h->currency, h, client.num, err);
  if (st == BH_OK && (h->currency.len == 0 || !known)) {
    bh_str own;
    st = currency_of(&own, h, &known, err);
    if (st == BH_OK && currency == NULL) h->currency = own;
  }
  if (st != BH_OK) return st;
  if (!known && !client.exists)
    return bh_fail(err, BH_E_NOTFOUND, "no invoice and no client \"%.*s\": expected an id such as acme-1, a number such as INV-2026-000001, or a client's id", BH_STR_ARG(h->client_id));
  if (h->currency.len == 0)
    return bh_fail(err, BH_E_USAGE, "%s: client \"%.*s\" is not in the files any more: name the currency with --currency", h->what, BH_STR_ARG(h->client_id));
  if (!client.exists) st = bh_store_client_put(h->b->store, &client, h->client_id, err);
  h->client = client.num;
  return st;
}

static bh_status find_target(bh_entry *h, const char *target, const char *currency, bh_error *err) {
  bh_str name = bh_arena_str(&h->a, bh_str_c(target));
  bh_client_row client;
  bh_error none = {0};
  bh_status st = bh_store_client_get(h->b->store, &client, name, err);
  if (st != BH_OK) return st;
  st = bh_doc_find(&h->invoice, &h->client_id, &h->a, h->b->store, name, &none);
  if (st == BH_OK && client.exists)
    return bh_fail(err, BH_E_USAGE, "\"%.*s\" is an invoice and a client: name the invoice by its number", BH_STR_ARG(name));
  if (st == BH_E_NOTFOUND) {
    h->invoice = (bh_doc_row){0};
    h->client_id = name;
    return find_client(h, &client, currency, err);
  }
  if (st != BH_OK) {
    *err = none;
    return st;
  }
  h->invoice_id = bh_doc_id(&h->a, h->client_id, h->invoice.ord);
  h->client = h->invoice.client;
  h->currency = h->invoice.currency;
  if (currency != NULL && !bh_str_eqz(h->currency, currency))
    return bh_fail(err, BH_E_USAGE, "%s: %.*s is in %.*s, not in %s", h->what, BH_STR_ARG(h->invoice_id), BH_STR_ARG(h->currency), currency);
  return BH_OK;
}

static bh_status read_amount(bh_entry *h, const char *text, bh_error *err) {
  bh_dec d;
  h->decimals = bh_currency_decimals(h->currency);
  if (h->decimals < 0) return bh_fail(err, BH_E_USAGE, "%s: \"%.*s\" is not a currency", h->what, BH_STR_ARG(h->currency));
  if (text != NULL && bh_dec_parse(&d, bh_str_c(text), h->decimals) && d.coef > 0 && bh_money_of_dec(&h->amount, d, h->decimals, BH_HALF_UP)) return BH_OK;
  return bh_fail(err, BH_E_USAGE, "%s: --amount %s: expected a positive amount of %.*s with at most %d decimals", h->what, text ? text : "is missing",
                 BH_STR_ARG(h->currency), h->decimals);
}

static bh_status read_day(bh_entry *h, const char *text, bh_error *err) {
  const bh_invoicing *inv = &h->b->ws->invoicing;
  h->day = h->b->today;
  if (text != NULL && !bh_day_parse(&h->day, bh_str_c(text))) return bh_fail(err, BH_E_USAGE, "%s: --date %s: expected a date as YYYY-MM-DD", h->what, text);
  if (inv->has_closed_through && h->day <= inv->closed_through)
    return bh_fail(err, BH_E_USAGE, "%s: the books of that date are closed (closed_through in billhook.lua): give it a later date with --date", h->what);
  return BH_OK;
}

bh_status bh_entry_begin(bh_entry *h, billhook *b, const char *what, const billhook_payment_options *o, bh_error *err) {
  *h = (bh_entry){.b = b, .what = what};
  bh_arena_init(&h->a);
  bh_buf_init(&h->json, 16 << 20);
  bh_jw_init(&h->w, &h->json);
  int64_t now = 0;
  bh_status st = o->target == NULL || *o->target == 0 ? bh_fail(err, BH_E_USAGE, "%s: expected an invoice or a client", what) : bh_clock_now(&now, err);
  if (st != BH_OK) return st;
  st = bh_engine_store(b, BH_STORE_WRITE);
  if (st != BH_OK) {
    *err = b->error;
    return st;
  }
  st = bh_store_begin(b->store, err);
  if (st == BH_OK) st = bh_ledger_init(&h->ledger, b->store, b->options.who, now, err);
  if (st == BH_OK) st = find_target(h, o->target, o->currency, err);
  if (st == BH_OK) st = read_amount(h, o->amount, err);
  if (st == BH_OK) st = read_day(h, o->date, err);
  if (st == BH_OK) st = read_word(&h->method, h, o->method, "bank", "--method", METHOD_MAX, true, err);
  return st == BH_OK ? read_word(&h->reference, h, o->reference, "", "--reference", REFERENCE_MAX, false, err) : st;
}

bh_money_row bh_entry_event(const bh_entry *h, bh_money_kind kind) {
  return (bh_money_row){.kind = kind, .client = h->client, .currency = h->currency, .decimals = h->decimals, .day = h->day, .amount = h->amount,
    .doc = h->invoice.doc, .method = h->method, .reference = h->reference};
}

void bh_entry_answer(bh_entry *h, const char *kind) {
  bh_jw *w = &h->w;
  bh_jw_obj(w);
  bh_jw_key(w, "kind"); bh_jw_z(w, kind);
  bh_jw_key(w, "client"); bh_jw_str(w, h->client_id);
  bh_jw_key(w, "date"); bh_jw_day(w, h->day);
  bh_jw_key(w, "currency"); bh_jw_str(w, h->currency);
  bh_jw_key(w, "amount"); bh_jw_money(w, h->amount, h->decimals);
}

typedef struct credit_sum { bh_str currency; int64_t sum; } credit_sum;

static bh_status add_left(void *ctx, const bh_money_row *row, bh_error *err) {
  credit_sum *x = ctx;
  if (bh_str_eq(row->currency, x->currency) && !bh_money_add(&x->sum, row->left)) return bh_fail(err, BH_E_OVERFLOW, "the customer credit does not fit a number");
  return BH_OK;
}

bh_status bh_entry_answer_end(bh_entry *h, const bh_settling *items, size_t n, bh_error *err) {
  bh_jw *w = &h->w;
  bh_jw_key(w, "invoices");
  bh_jw_arr(w);
  for (size_t i = 0; i < n; i++) {
    const bh_doc_row *row = items[i].row;
    bh_jw_obj(w);
    bh_jw_key(w, "invoice"); bh_jw_str(w, bh_doc_id(&h->a, h->client_id, row->ord));
    bh_jw_key(w, "number"); bh_jw_str(w, row->number);
    bh_jw_key(w, "amount"); bh_jw_money(w, items[i].amount, row->decimals);
    bh_jw_key(w, "paid"); bh_jw_money(w, row->paid, row->decimals);
    bh_jw_key(w, "balance"); bh_jw_money(w, row->total - row->paid, row->decimals);
    bh_jw_key(w, "state"); bh_jw_z(w, bh_doc_state_name(row->state));
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
  credit_sum x = {.currency = h->currency};
  bh_status st = bh_store_money_each(h->b->store, h->client, true, add_left, &x, err);
  bh_jw_key(w, "customer_credit"); bh_jw_money(w, x.sum, h->decimals);
  bh_jw_obj_end(w);
  return st;
}

int bh_entry_end(bh_entry *h, bh_status st, const bh_error *err, const billhook_out *out) {
  bh_error why = *err;
  if (st == BH_OK) st = bh_store_commit(h->b->store, &why);
  if (st == BH_OK) bh_out_line(out, &h->json);
  int status = bh_engine_end(h->b, st, &why);
  bh_buf_dispose(&h->json);
  bh_arena_dispose(&h->a);
  return status;
}

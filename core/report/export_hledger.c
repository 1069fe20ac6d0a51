/* The journal as hledger reads it: a transaction for each approval, void and payment, and one a month for what was earned of deferred revenue.
 * Transactions are sorted by day on disk; memory grows with the accounts and months alone. */
#include "base/sort.h"
#include "billing/earned.h"
#include "report/export.h"

enum { SORT_BYTES = 16 << 20 };

typedef struct earning { int64_t amount; bh_day day; bh_str product; char currency[8]; struct earning *next; } earning;
typedef struct book {
  bh_export *x;
  bh_store *store;
  bh_day today;
  bh_sorter *sorter;
  bh_arena arena, one;         /* one: emptied before each transaction */
  bh_buf text;                 /* the transaction at hand */
  int64_t doc; int32_t entry; bool open; bh_day day;
  unsigned char rank;          /* on one day: documents, then payments, then what was earned */
  bh_str client; int32_t decimals;
  bh_sums currencies;          /* those that appear */
  bh_map earnings; earning *first;
} book;

/* A part of an account's name, or a description: what has a meaning of its own in a journal becomes "-". */
static void put_name(bh_buf *out, bh_str s, bool account) {
  bool space = true;
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    bool mark = c < 0x20 || c == 0x7f || c == ';' || (account ? c == ':' : c == '|' || c == ')');
    if (c == ' ' && space) continue; /* two spaces end an account's name */
    space = c == ' ';
    bh_buf_putc(out, mark ? '-' : (char)c);
  }
  while (out->len > 0 && out->ptr[out->len - 1] == ' ') out->len--;
}

static void put_account(bh_buf *out, bh_str account, bh_str client) {
  static const struct { bh_str of; const char *name; bool by_client; } names[] = {
    {{"receivable", 10}, "assets:receivable:", true}, {{"customer-credit", 15}, "liabilities:customer-credit:", true},
    {{"cash:", 5}, "assets:cash:", false}, {{"revenue:", 8}, "revenue:", false}, {{"deferred:", 9}, "liabilities:deferred:", false},
    {{"tax:", 4}, "liabilities:tax:", false}, {{"goodwill", 8}, "expenses:goodwill", false}, {{"write-off", 9}, "expenses:write-off", false},
    {{"late-fees", 9}, "revenue:late-fees", false}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (!bh_str_starts(account, names[i].of)) continue;
    bh_buf_putz(out, names[i].name);
    if (names[i].by_client) put_name(out, client, true);
    else put_name(out, (bh_str){account.ptr + names[i].of.len, account.len - names[i].of.len}, true);
    return;
  }
  bh_buf_putz(out, "other:");
  put_name(out, account, true);
}

static void put_posting(bh_buf *out, bh_str account, bh_str client, int64_t amount, int32_t decimals, bh_str currency) {
  char text[32];
  bh_money_format(text, amount, decimals);
  bh_buf_putz(out, "    ");
  put_account(out, account, client);
  bh_buf_fmt(out, "  %s %.*s\n", text, BH_STR_ARG(currency));
}

/* "2026-12-01 * (CODE) client | what" */
static void put_head(bh_buf *out, bh_day day, bh_str code, bh_str client, const char *what, bh_str of) {
  char text[12];
  bh_day_format(text, day);
  bh_buf_fmt(out, "%s * ", text);
  if (code.len) {
    bh_buf_putc(out, '(');
    put_name(out, code, false);
    bh_buf_putz(out, ") ");
  }
  if (client.len) {
    put_name(out, client, false);
    bh_buf_putz(out, " | ");
  }
  bh_buf_putz(out, what);
  if (of.len) {
    bh_buf_putc(out, ' ');
    put_name(out, of, false);
  }
  bh_buf_putc(out, '\n');
}

static bh_status finish(book *k, bh_error *err) {
  if (!k->open) return BH_OK;
  k->open = false;
  if (k->text.failed) return bh_fail(err, BH_E_OVERFLOW, "a transaction of the journal is too large to print");
  uint32_t place = (uint32_t)(k->day - BH_DAY_MIN);
  unsigned char key[5] = {(unsigned char)(place >> 24), (unsigned char)(place >> 16), (unsigned char)(place >> 8), (unsigned char)place, k->rank};
  return bh_sorter_add(k->sorter, (bh_str){(const char *)key, sizeof key}, bh_buf_str(&k->text), err);
}

static bh_status begin_document(book *k, const bh_posting *p, bh_error *err) {
  bh_doc_row row;
  bh_status st = bh_store_doc_get(k->store, &row, &k->one, p->doc, err);
  if (st == BH_OK) st = bh_store_client_id(k->store, &k->client, &k->one, row.client, err);
  if (st != BH_OK) return st;
  k->decimals = row.decimals;
  const char *what = p->entry == 1 ? "void of" : row.type == BH_DOC_CREDIT_NOTE ? "credit note" : "invoice";
  put_head(&k->text, p->day, row.number, k->client, what, bh_doc_id(&k->one, k->client, row.ord));
  return BH_OK;
}

static bh_status begin_event(book *k, const bh_posting *p, bh_error *err) {
  static const char *const what[] = {[BH_MONEY_PAYMENT] = "payment", [BH_MONEY_REFUND] = "refund", [BH_MONEY_CREDIT_NOTE] = "credit of",
    [BH_MONEY_APPLIED] = "customer credit pays", [BH_MONEY_WRITE_OFF] = "write-off", [BH_MONEY_RELEASED] = "payments of the void"};
  bh_money_row row;
  bh_doc_row of = {0};
  bh_status st = bh_store_money_get(k->store, &row, &k->one, -p->doc, err);
  if (st == BH_OK) st = bh_store_client_id(k->store, &k->client, &k->one, row.client, err);
  if (st == BH_OK && row.doc != 0) st = bh_store_doc_get(k->store, &of, &k->one, row.doc, err);
  if (st != BH_OK) return st;
  k->decimals = row.decimals;
  bh_str id = of.doc ? bh_doc_id(&k->one, k->client, of.ord) : (bh_str){"", 0};
  bool known = row.kind >= BH_MONEY_PAYMENT && row.kind <= BH_MONEY_RELEASED;
  put_head(&k->text, p->day, row.reference, k->client, known ? what[row.kind] : "entry", id);
  return BH_OK;
}

static earning *earning_of(book *k, bh_str product, bh_str currency, bh_day day) {
  bh_str key = bh_arena_fmt(&k->one, "%d %.*s %.*s", day, BH_STR_ARG(currency), BH_STR_ARG(product));
  earning **slot = (earning **)bh_map_ref(&k->earnings, key);
  if (*slot != NULL) return *slot;
  earning *e = *slot = BH_NEW(&k->arena, earning);
  *e = (earning){.day = day, .product = bh_arena_str(&k->arena, product), .next = k->first};
  snprintf(e->currency, sizeof e->currency, "%.*s", BH_STR_ARG(currency));
  return k->first = e;
}

static bh_day month_end(bh_day d) {
  int year, month, day;
  bh_day_split(d, &year, &month, &day);
  return d - day + bh_month_days(year, month);
}

/* What the posting earns, month by month, up to today. */
static bh_status earn(book *k, const bh_posting *p, bh_error *err) {
  bh_str product = {p->account.ptr + sizeof "deferred:" - 1, p->account.len - (sizeof "deferred:" - 1)};
  int64_t before = 0;
  for (bh_day day = p->day; day <= k->today && before != p->amount; day++) {
    day = month_end(day) < k->today ? month_end(day) : k->today;
    int64_t now = bh_earned(p->amount, p->span, p->day, day);
    if (now != before && !bh_money_add(&earning_of(k, product, p->currency, day)->amount, now - before))
      return bh_fail(err, BH_E_OVERFLOW, "what was earned does not fit a number");
    before = now;
  }
  return BH_OK;
}

static bh_status on_posting(void *ctx, const bh_posting *p, bh_error *err) {
  book *k = ctx;
  bh_status st = BH_OK;
  if (!k->open || k->doc != p->doc || k->entry != p->entry) {
    st = finish(k, err);
    if (st != BH_OK) return st;
    bh_arena_reset(&k->one);
    bh_buf_clear(&k->text);
    k->doc = p->doc;
    k->entry = p->entry;
    k->day = p->day;
    k->rank = p->doc < 0;
    k->open = true;
    st = p->doc > 0 ? begin_document(k, p, err) : begin_event(k, p, err);
    if (st == BH_OK) st = bh_sums_add(&k->currencies, p->currency, k->decimals, 0, err);
    if (st == BH_OK && bh_engine_stopped(k->x->b)) st = bh_fail(err, BH_E_INTERRUPTED, "stopped");
  }
  if (st != BH_OK) return st;
  put_posting(&k->text, p->account, k->client, p->amount, k->decimals, p->currency);
  return bh_str_starts(p->account, BH_S("deferred:")) ? earn(k, p, err) : BH_OK;
}

static bh_status add_earnings(book *k, bh_error *err) {
  bh_status st = finish(k, err);
  for (const earning *e = k->first; e != NULL && st == BH_OK; e = e->next) {
    if (e->amount == 0) continue;
    int decimals = bh_currency_decimals(bh_str_c(e->currency));
    bh_arena_reset(&k->one);
    bh_buf_clear(&k->text);
    k->day = e->day;
    k->rank = 2;
    k->open = true;
    put_head(&k->text, e->day, (bh_str){"", 0}, (bh_str){"", 0}, "earned:", e->product);
    put_posting(&k->text, bh_arena_fmt(&k->one, "deferred:%.*s", BH_STR_ARG(e->product)), (bh_str){"", 0}, -e->amount, decimals, bh_str_c(e->currency));
    put_posting(&k->text, bh_arena_fmt(&k->one, "revenue:%.*s", BH_STR_ARG(e->product)), (bh_str){"", 0}, e->amount, decimals, bh_str_c(e->currency));
    st = finish(k, err);
  }
  return st;
}

static bh_status print_all(book *k, bh_error *err) {
  bh_buf *out = &k->text;
  bh_buf_clear(out);
  bh_buf_putz(out, "decimal-mark .\n");
  for (size_t i = 0; i < k->currencies.count; i++) {
    char text[32];
    int decimals = k->currencies.items[i].decimals;
    bh_money_format(text, decimals == 0 ? 1000 : decimals == 3 ? 1000000 : 100000, decimals);
    bh_buf_fmt(out, "commodity %s%s %s\n", text, decimals == 0 ? "." : "", k->currencies.items[i].code);
  }
  bh_out_buf(k->x->out, out);
  bh_status st = bh_sorter_finish(k->sorter, err);
  for (bool more = st == BH_OK; more && st == BH_OK;) {
    bh_str key, payload;
    st = bh_sorter_next(k->sorter, &key, &payload, &more, err);
    if (st != BH_OK || !more) break;
    bh_buf_clear(out);
    bh_buf_putc(out, '\n');
    bh_buf_puts(out, payload);
    bh_out_buf(k->x->out, out);
  }
  return st;
}

bh_status bh_export_hledger(bh_export *x, bh_error *err) {
  book k = {.x = x, .store = x->b->store, .today = x->b->today};
  bh_arena_init(&k.arena);
  bh_arena_init(&k.one);
  bh_buf_init(&k.text, BH_REPORT_LINE_MAX);
  bh_map_init(&k.earnings, &k.arena);
  bh_status st = bh_sorter_new(&k.sorter, SORT_BYTES, NULL, err);
  if (st == BH_OK) st = bh_store_postings_each(k.store, on_posting, &k, err);
  if (st == BH_OK) st = add_earnings(&k, err);
  if (st == BH_OK) st = print_all(&k, err);
  if (k.sorter != NULL) bh_sorter_free(k.sorter);
  bh_buf_dispose(&k.text);
  bh_arena_dispose(&k.one);
  bh_arena_dispose(&k.arena);
  return st;
}

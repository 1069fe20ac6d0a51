/* The rows, what is worth most first. */
#include "report/csv.h"
#include "report/leakage.h"
#include <stdlib.h>

static const char *const lists[BH_LEAK_KINDS] = {"unbilled", "gone", "unclaimed", "unknown"};

static int by_money(const void *x, const void *y) {
  const bh_leak_row *a = *(bh_leak_row *const *)x, *b = *(bh_leak_row *const *)y;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  if (a->priced != b->priced) return a->priced ? -1 : 1;
  bh_dec da = bh_money_dec(a->monthly, a->decimals), db = bh_money_dec(b->monthly, b->decimals);
  int k = bh_dec_cmp(db, da);
  const bh_str pairs[][2] = {{a->client, b->client}, {a->connector, b->connector}, {a->contract, b->contract}, {a->line, b->line}, {a->product, b->product}, {a->what, b->what}};
  for (size_t i = 0; k == 0 && i < sizeof pairs / sizeof pairs[0]; i++) k = bh_str_cmp(pairs[i][0], pairs[i][1]);
  return k;
}

static void put_if(bh_jw *w, const char *key, bh_str s) {
  bh_jw_key(w, key);
  if (s.len) bh_jw_str(w, s);
  else bh_jw_null(w);
}

static bh_str quantity(char text[32], bh_ratio r) { return (bh_str){text, bh_ratio_format_dec(text, r, 4, NULL)}; }

static void put_things(bh_jw *w, const bh_leak_row *r) {
  bh_jw_key(w, "assets");
  bh_jw_arr(w);
  for (size_t i = 0; i < r->thing_count; i++) {
    bh_jw_obj(w);
    bh_jw_key(w, "id"); bh_jw_str(w, r->things[i].id);
    bh_jw_key(w, "name"); bh_jw_str(w, r->things[i].name);
    bh_jw_key(w, "class"); bh_jw_str(w, r->things[i].klass);
    bh_jw_key(w, "connector"); bh_jw_str(w, r->things[i].connector);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

static void put_money(bh_jw *w, const bh_leak_row *r) {
  bh_jw_key(w, "currency"); bh_jw_str(w, r->currency);
  bh_jw_key(w, "monthly");
  if (r->priced) bh_jw_money(w, r->monthly, r->decimals);
  else bh_jw_null(w);
}

static int64_t things_of(const bh_leak_row *r, const char *kind) {
  int64_t n = 0;
  for (size_t i = 0; i < r->part_count; i++)
    if (bh_str_eqz(r->parts[i]->what, kind)) n += r->parts[i]->count;
  return n;
}

static void put_unclaimed(bh_jw *w, const bh_leak_row *r) {
  bh_jw_obj(w);
  bh_jw_key(w, "connector"); bh_jw_str(w, r->connector);
  bh_jw_key(w, "client"); bh_jw_str(w, r->client);
  put_if(w, "name", r->name);
  bh_jw_key(w, "devices"); bh_jw_int(w, things_of(r, "device"));
  bh_jw_key(w, "users"); bh_jw_int(w, things_of(r, "user"));
  put_money(w, r);
  bh_jw_key(w, "products");
  bh_jw_arr(w);
  for (size_t i = 0; i < r->part_count; i++) {
    bh_jw_obj(w);
    put_if(w, "product", r->parts[i]->product);
    bh_jw_key(w, "kind"); bh_jw_str(w, r->parts[i]->what);
    bh_jw_key(w, "count"); bh_jw_int(w, r->parts[i]->count);
    put_money(w, r->parts[i]);
    put_things(w, r->parts[i]);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
  bh_jw_obj_end(w);
}

static void put_row(bh_jw *w, const bh_leak_row *r) {
  char text[32];
  bh_jw_obj(w);
  bh_jw_key(w, "client"); bh_jw_str(w, r->client);
  put_if(w, "name", r->name);
  if (r->contract.len) {
    bh_jw_key(w, "contract"); bh_jw_str(w, r->contract);
    bh_jw_key(w, "line"); bh_jw_str(w, r->line);
  }
  put_if(w, "product", r->product);
  put_if(w, "kind", r->what);
  if (r->reason.len) {
    bh_jw_key(w, "reason"); bh_jw_str(w, r->reason);
  }
  if (r->kind == BH_LEAK_UNKNOWN) {
    bh_jw_key(w, "message"); bh_jw_str(w, r->message);
    bh_jw_obj_end(w);
    return;
  }
  if (r->contract.len) {
    bh_jw_key(w, "billed"); bh_jw_str(w, quantity(text, r->billed));
    bh_jw_key(w, "counted"); bh_jw_str(w, quantity(text, r->counted));
  }
  if (r->commit.on) {
    bh_jw_key(w, "committed");
    bh_jw_obj(w);
    bh_jw_key(w, "decrease"); bh_jw_str(w, r->commit.decrease);
    bh_jw_key(w, "quantity"); bh_jw_str(w, quantity(text, r->commit.quantity));
    bh_jw_key(w, "until"); bh_jw_day(w, r->commit.until - 1);
    bh_jw_obj_end(w);
  }
  if (r->kind != BH_LEAK_GONE) {
    bh_jw_key(w, "count"); bh_jw_int(w, r->count);
  }
  put_money(w, r);
  if (r->kind != BH_LEAK_GONE) put_things(w, r);
  bh_jw_obj_end(w);
}

static bh_status totals(bh_jw *w, const bh_leakage *l) {
  bh_status st = BH_OK;
  bh_jw_key(w, "totals");
  bh_jw_obj(w);
  for (int k = 0; k < BH_LEAK_UNKNOWN && st == BH_OK; k++) {
    bh_sums sums = {.count = 0};
    for (size_t i = 0; i < l->count && st == BH_OK; i++)
      if (l->rows[i]->kind == (bh_leak_kind)k && l->rows[i]->priced) st = bh_sums_add(&sums, l->rows[i]->currency, l->rows[i]->decimals, l->rows[i]->monthly, l->err);
    bh_jw_key_any(w, lists[k]);
    bh_sums_write(w, &sums);
  }
  bh_jw_obj_end(w);
  return st;
}

static bh_status put_json(bh_buf *out, const bh_leakage *l) {
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "date"); bh_jw_day(&w, l->day);
  for (int k = 0; k < BH_LEAK_KINDS; k++) {
    bh_jw_key_any(&w, lists[k]);
    bh_jw_arr(&w);
    for (size_t i = 0; i < l->count; i++)
      if (l->rows[i]->kind == (bh_leak_kind)k) (k == BH_LEAK_UNCLAIMED ? put_unclaimed : put_row)(&w, l->rows[i]);
    bh_jw_arr_end(&w);
  }
  bh_status st = totals(&w, l);
  bh_jw_obj_end(&w);
  bh_buf_putc(out, '\n');
  return st;
}

static void add_names(bh_buf *names, const bh_leak_row *r) {
  for (size_t k = 0; k < r->thing_count; k++) {
    if (names->len) bh_buf_putz(names, "; ");
    bh_buf_puts(names, r->things[k].name.len ? r->things[k].name : r->things[k].id);
  }
  for (size_t k = 0; k < r->part_count; k++) add_names(names, r->parts[k]);
}

static void put_names(bh_buf *out, const bh_leak_row *r) {
  bh_buf names;
  bh_buf_init(&names, BH_REPORT_LINE_MAX);
  add_names(&names, r);
  bh_csv_text(out, bh_buf_str(&names));
  bh_buf_dispose(&names);
}

static void put_csv(bh_buf *out, const bh_leakage *l) {
  char text[32];
  bh_buf_putz(out, "list,client,name,connector,contract,line,product,kind,reason,billed,counted,count,currency,monthly,assets,committed,committed_until\r\n");
  for (size_t i = 0; i < l->count; i++) {
    const bh_leak_row *r = l->rows[i];
    bool line = r->contract.len && r->kind != BH_LEAK_UNKNOWN;
    bh_buf_putz(out, lists[r->kind]);
    const bh_str texts[] = {r->client, r->name, r->connector, r->contract, r->line, r->product, r->what, r->reason};
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
      bh_buf_putc(out, ',');
      bh_csv_text(out, texts[k]);
    }
    bh_buf_putc(out, ',');
    if (line) bh_buf_puts(out, quantity(text, r->billed));
    bh_buf_putc(out, ',');
    if (line) bh_buf_puts(out, quantity(text, r->counted));
    bh_buf_putc(out, ',');
    if (r->kind == BH_LEAK_UNBILLED || r->kind == BH_LEAK_UNCLAIMED) bh_buf_fmt(out, "%lld", (long long)r->count);
    bh_buf_fmt(out, ",%.*s,", BH_STR_ARG(r->currency));
    if (r->priced) bh_buf_put(out, text, bh_money_format(text, r->monthly, r->decimals));
    bh_buf_putc(out, ',');
    put_names(out, r);
    bh_buf_putc(out, ',');
    if (r->commit.on) bh_buf_puts(out, quantity(text, r->commit.quantity));
    bh_buf_putc(out, ',');
    if (r->commit.on) {
      bh_day_format(text, r->commit.until - 1);
      bh_buf_putz(out, text);
    }
    bh_buf_putz(out, "\r\n");
  }
}

bh_status bh_leak_write(bh_leakage *l, bool csv, const billhook_out *out) {
  bh_buf text;
  bh_status st = BH_OK;
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  if (l->count > 1) qsort(l->rows, l->count, sizeof *l->rows, by_money);
  if (csv) put_csv(&text, l);
  else st = put_json(&text, l);
  if (st == BH_OK && text.failed) st = bh_fail(l->err, BH_E_OVERFLOW, "the report is too large to print");
  if (st == BH_OK) bh_out_buf(out, &text);
  bh_buf_dispose(&text);
  return st;
}

/* Reading documents back. */
#include "report/report.h"

bh_status bh_report_open(bool *present, billhook *b, bh_error *err) {
  (void)err; /* the engine keeps its own words; see below */
  *present = false;
  bh_status st = bh_engine_config(b);
  if (st == BH_OK) {
    st = bh_engine_store(b, BH_STORE_READ);
    if (st == BH_E_NOTFOUND) { /* nothing has been stored yet, and to read makes no store */
      b->error = (bh_error){0};
      return BH_OK;
    }
    *present = st == BH_OK;
  }
  if (st != BH_OK && err != NULL) *err = b->error;
  return st;
}

bh_str bh_report_text(const bh_node *object, const char *key) {
  const bh_node *n = object != NULL ? bh_node_get(object, key) : NULL;
  return n != NULL && (n->kind == BH_NODE_STR || n->kind == BH_NODE_INT) ? n->text : (bh_str){"", 0};
}

bool bh_report_minor(int64_t *out, const bh_node *object, const char *key, int decimals) {
  bh_dec d, back;
  bh_str text = bh_report_text(object, key);
  *out = 0;
  if (!bh_dec_parse(&d, text, BH_DEC_SCALE_MAX) || !bh_money_of_dec(out, d, decimals, BH_HALF_UP)) return false;
  back = bh_money_dec(*out, decimals);
  return bh_dec_cmp(back, d) == 0;
}

bool bh_report_ratio(bh_ratio *out, bh_str text) {
  const char *slash = text.len ? memchr(text.ptr, '/', text.len) : NULL;
  bh_dec num, den;
  if (slash == NULL) return bh_dec_parse(&num, text, BH_DEC_SCALE_MAX) && bh_ratio_of_dec(out, num);
  size_t n = (size_t)(slash - text.ptr);
  return bh_dec_parse(&num, (bh_str){text.ptr, n}, 0) && bh_dec_parse(&den, (bh_str){slash + 1, text.len - n - 1}, 0) &&
         den.coef > 0 && bh_ratio_make(out, num.coef, den.coef);
}

size_t bh_report_items(bh_node ***out, const bh_node *object, const char *key) {
  const bh_node *n = object != NULL ? bh_node_get(object, key) : NULL;
  *out = n != NULL && n->kind == BH_NODE_TABLE ? n->items : NULL;
  return *out != NULL ? n->item_count : 0;
}

bh_str bh_report_copy(bh_arena *a, const bh_buf *b) { return bh_arena_str(a, bh_buf_str(b)); }

static bh_status parse(bh_node **out, bh_arena *a, bh_str text, const char *what, bh_str id, bh_error *err) {
  if (bh_json_parse(out, a, text, NULL, err) == BH_OK) return BH_OK;
  bh_fail_prefix(err, "%s: its %s cannot be read", bh_arena_z(a, id), what);
  if (err != NULL) err->code = BH_E_STORE;
  return BH_E_STORE;
}

bh_status bh_report_doc_of(bh_report_doc *out, bh_arena *a, bh_store *s, const bh_doc_row *row, bh_str client, bh_error *err) {
  *out = (bh_report_doc){.row = *row, .client = client};
  out->id = bh_doc_id(a, client, row->ord);
  bh_status st = bh_store_doc_body(s, &out->body, a, row->doc, err);
  if (st == BH_OK) st = parse(&out->json, a, out->body.json, "text", out->id, err);
  if (st == BH_OK && out->body.evidence.len > 0) st = parse(&out->evidence, a, out->body.evidence, "evidence", out->id, err);
  return st;
}

bh_status bh_report_doc_named(bh_report_doc *out, bh_arena *a, bh_store *s, bh_str what, bh_error *err) {
  bh_doc_row row;
  bh_str client;
  bh_status st = bh_doc_find(&row, &client, a, s, what, err);
  return st == BH_OK ? bh_report_doc_of(out, a, s, &row, client, err) : st;
}

bh_status bh_report_before(bh_doc_row *out, bh_arena *a, bh_store *s, const bh_doc_row *row, bh_error *err) {
  enum { LOOK_BACK_MAX = 64 }; /* other splits and credit notes by hand lie between */
  int64_t doc = row->doc;
  *out = (bh_doc_row){0};
  for (int i = 0; i < LOOK_BACK_MAX; i++) {
    bh_doc_row got = {0};
    bh_status st = bh_store_doc_before(s, &got, a, row->client, row->currency, doc, err);
    if (st != BH_OK || got.doc == 0) return st;
    if (got.batch != row->batch && !got.by_hand && bh_str_eq(got.split, row->split)) {
      *out = got;
      return BH_OK;
    }
    doc = got.doc;
  }
  return BH_OK;
}

bh_node *bh_report_evidence_line(const bh_node *evidence, bh_str line_id) {
  bh_node **lines;
  size_t n = bh_report_items(&lines, evidence, "lines");
  for (size_t i = 0; i < n; i++)
    if (bh_str_eq(bh_report_text(lines[i], "id"), line_id)) return lines[i];
  return NULL;
}

bh_status bh_batch_names_load(bh_batch_names *out, bh_arena *a, bh_store *s, bh_error *err) {
  bh_batch_row last = {0};
  *out = (bh_batch_names){0};
  bh_status st = bh_store_batch_last(s, &last, a, err);
  if (st != BH_OK || last.num == 0) return st;
  out->names = BH_NEWN(a, bh_str, (size_t)last.num + 1);
  out->count = last.num + 1;
  bh_arena scratch; /* a batch's row brings its statistics along */
  bh_arena_init(&scratch);
  for (int32_t i = 1; i <= last.num && st == BH_OK; i++) {
    bh_batch_row row = {0};
    bh_arena_reset(&scratch);
    st = bh_store_batch_get(s, &row, &scratch, i, err);
    if (st == BH_E_NOTFOUND) st = BH_OK;
    else if (st == BH_OK && row.num == i) out->names[i] = bh_batch_format(a, &row);
  }
  bh_arena_dispose(&scratch);
  return st;
}

bh_str bh_batch_name(const bh_batch_names *n, int32_t num) {
  return num > 0 && num < n->count ? n->names[num] : (bh_str){"", 0};
}

size_t bh_report_holds(bh_node ***out, bh_arena *a, const bh_doc_row *row) {
  bh_node *list;
  *out = NULL;
  if (row->hold.len == 0 || bh_json_parse(&list, a, row->hold, NULL, NULL) != BH_OK) return 0;
  *out = list->items;
  if (row->state == BH_DOC_DRAFT) return list->item_count;
  size_t n = 0; /* what was forced through is not held any more, but by hand */
  for (size_t i = 0; i < list->item_count; i++)
    if (bh_str_eqz(bh_report_text(list->items[i], "reason"), "by-hand")) list->items[n++] = list->items[i];
  return n;
}

bh_status bh_sums_add(bh_sums *s, bh_str currency, int32_t decimals, int64_t amount, bh_error *err) {
  size_t i = 0, most = sizeof s->items / sizeof s->items[0];
  while (i < s->count && bh_str_cmp(bh_str_c(s->items[i].code), currency) < 0) i++;
  if (i == s->count || !bh_str_eqz(currency, s->items[i].code)) {
    if (s->count == most || currency.len >= sizeof s->items[0].code)
      return bh_fail(err, BH_E_OVERFLOW, "more than %zu currencies in one report", most);
    for (size_t k = s->count; k > i; k--) s->items[k] = s->items[k - 1];
    memcpy(s->items[i].code, currency.ptr, currency.len);
    s->items[i].code[currency.len] = 0;
    s->items[i].decimals = decimals;
    s->items[i].sum = 0;
    s->count++;
  }
  if (!bh_money_add(&s->items[i].sum, amount))
    return bh_fail(err, BH_E_OVERFLOW, "the total in %s does not fit a number", s->items[i].code);
  return BH_OK;
}

void bh_sums_write(bh_jw *w, const bh_sums *s) {
  bh_jw_obj(w);
  for (size_t i = 0; i < s->count; i++) {
    bh_jw_key(w, s->items[i].code);
    bh_jw_money(w, s->items[i].sum, s->items[i].decimals);
  }
  bh_jw_obj_end(w);
}

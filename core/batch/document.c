#include "batch/document.h"

#include "base/json.h"

/* The stored JSON is canonical, so its top level can be walked as text: no tree is made of a document that only
 * gets its number. */
typedef struct member { bh_str key, value; } member;

static const char *skip_string(const char *p, const char *end) {
  for (p++; p < end; p++) {
    if (*p == '\\') p++;
    else if (*p == '"') return p + 1;
  }
  return NULL;
}

static const char *skip_value(const char *p, const char *end) {
  int depth = 0;
  while (p < end) {
    if (*p == '"') {
      p = skip_string(p, end);
      if (p == NULL) return NULL;
      if (depth == 0) return p;
      continue;
    }
    if (*p == '{' || *p == '[') depth++;
    else if (*p == '}' || *p == ']') {
      if (depth == 0) return p;
      if (--depth == 0) return p + 1;
    } else if (*p == ',' && depth == 0) return p;
    p++;
  }
  return NULL;
}

/* The member at *at, which is moved behind it and its comma. False: no more, or not an object (*bad). */
static bool member_next(member *out, const char **at, const char *end, bool *bad) {
  const char *p = *at;
  if (p < end && *p == '}' && p + 1 == end) return false;
  *bad = true;
  if (p >= end || *p != '"') return false;
  const char *q = skip_string(p, end);
  if (q == NULL || q >= end || *q != ':') return false;
  out->key = (bh_str){p + 1, (size_t)(q - p) - 2};
  const char *v = q + 1;
  p = skip_value(v, end);
  if (p == NULL || p == v || p >= end) return false;
  out->value = (bh_str){v, (size_t)(p - v)};
  if (*p == ',') p++;
  else if (*p != '}') return false;
  *at = p;
  *bad = false;
  return true;
}

static bh_status not_a_document(bh_error *err, const bh_doc_row *row) {
  return bh_fail(err, BH_E_STORE, "the stored text of document %lld is not a document", (long long)row->doc);
}

bh_status bh_doc_frozen(bh_buf *out, const bh_doc_row *row, const bh_doc_body *body, bh_error *err) {
  bh_str json = body->json;
  if (row->number.len == 0) {
    bh_buf_puts(out, json);
    return BH_OK;
  }
  if (json.len < 2 || json.ptr[0] != '{') return not_a_document(err, row);
  /* The members as we write them stand side by side exactly once: no quote inside a text is bare. */
  static const char place[] = ",\"number\":null,\"schema\":\"billhook.invoice/1\",\"subtotal\":";
  const char *here = memmem(json.ptr, json.len, place, sizeof place - 1);
  if (here != NULL && memmem(here + 1, (size_t)(json.ptr + json.len - here - 1), place, sizeof place - 1) == NULL) {
    size_t before = (size_t)(here - json.ptr) + sizeof ",\"number\":" - 1;
    bh_buf_put(out, json.ptr, before);
    bh_json_str(out, row->number);
    bh_buf_put(out, json.ptr + before + 4, json.len - before - 4);
    return BH_OK;
  }
  const char *at = json.ptr + 1, *end = json.ptr + json.len;
  bool bad = false;
  for (member m; member_next(&m, &at, end, &bad);) {
    if (!bh_str_eqz(m.key, "number")) continue;
    if (!bh_str_eqz(m.value, "null"))
      return bh_fail(err, BH_E_STORE, "document %lld has a number in its text already", (long long)row->doc);
    bh_buf_put(out, json.ptr, (size_t)(m.value.ptr - json.ptr));
    bh_json_str(out, row->number);
    const char *rest = m.value.ptr + m.value.len;
    bh_buf_put(out, rest, (size_t)(end - rest));
    return BH_OK;
  }
  return not_a_document(err, row);
}

/* A person's hold stands beyond approval: it stops delivery, Auto Pay and reminders. */
static bh_node *by_hand_only(bh_arena *a, const bh_node *list) {
  bh_node *left = bh_node_new(a, BH_NODE_TABLE);
  left->is_array = true;
  for (size_t i = 0; i < list->item_count; i++) {
    const bh_node *reason = bh_node_get(list->items[i], "reason");
    if (reason != NULL && bh_str_eqz(reason->text, "by-hand")) bh_node_push(a, left, list->items[i]);
  }
  return left;
}

/* The hold as one object: the first reason, and under "more" the others. */
static bh_status hold_shown(bh_str *out, bh_arena *a, const bh_doc_row *row, bh_error *err) {
  *out = BH_S("null");
  if (row->hold.len == 0) return BH_OK;
  bh_node *list;
  bh_status st = bh_json_parse(&list, a, row->hold, NULL, err);
  if (st != BH_OK) return bh_fail(err, BH_E_STORE, "the hold of document %lld cannot be read", (long long)row->doc);
  if (row->state != BH_DOC_DRAFT) list = by_hand_only(a, list); /* what was forced through is not held any more */
  if (list->item_count == 0) return BH_OK;
  bh_node *first = list->items[0];
  if (list->item_count > 1) {
    bh_node *more = bh_node_new(a, BH_NODE_TABLE);
    more->is_array = true;
    for (size_t i = 1; i < list->item_count; i++) bh_node_push(a, more, list->items[i]);
    bh_node_set(a, first, BH_S("more"), more);
  }
  bh_buf text;
  bh_buf_init(&text, (size_t)1 << 20);
  bh_json_write(&text, first);
  *out = bh_arena_str(a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return BH_OK;
}

static bh_str quoted(bh_arena *a, bh_str s) {
  bh_buf b;
  bh_buf_init(&b, s.len * 6 + 16);
  bh_json_str(&b, s);
  bh_str out = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

static bh_str money_quoted(bh_arena *a, int64_t minor, int decimals) {
  char text[32];
  bh_money_format(text, minor, decimals);
  return bh_arena_fmt(a, "\"%s\"", text);
}

static void put_member(bh_buf *out, bh_str key, bh_str value, bool *first) {
  if (!*first) bh_buf_putc(out, ',');
  *first = false;
  bh_buf_putc(out, '"');
  bh_buf_puts(out, key); /* as it stood between its quotes */
  bh_buf_putz(out, "\":");
  bh_buf_puts(out, value);
}

bh_status bh_doc_shown(bh_buf *out, bh_arena *a, const bh_doc_row *row, const bh_doc_body *body, bh_str batch, bh_error *err) {
  bh_str json = body->json;
  if (json.len < 2 || json.ptr[0] != '{') return not_a_document(err, row);
  int64_t paid = row->paid, balance = row->total;
  if (row->state == BH_DOC_VOID) balance = 0;
  else if (paid == INT64_MIN || !bh_money_add(&balance, -paid))
    return bh_fail(err, BH_E_OVERFLOW, "the balance of document %lld does not fit a number", (long long)row->doc);
  member extra[] = {/* sorted, as the document's own members are */
    {BH_S("balance"), money_quoted(a, balance, row->decimals)},
    {BH_S("batch"), batch.len ? quoted(a, batch) : BH_S("null")},
    {BH_S("hold"), {NULL, 0}},
    {BH_S("paid"), money_quoted(a, paid, row->decimals)},
    {BH_S("state"), quoted(a, bh_str_c(bh_doc_state_name(row->state)))},
  };
  enum { EXTRA = sizeof extra / sizeof extra[0], HOLD = 2 };
  bh_status st = hold_shown(&extra[HOLD].value, a, row, err);
  if (st != BH_OK) return st;
  const char *at = json.ptr + 1, *end = json.ptr + json.len;
  bool bad = false, first = true;
  size_t next = 0;
  bh_buf_putc(out, '{');
  for (member m; member_next(&m, &at, end, &bad);) {
    for (; next < EXTRA && bh_str_cmp(extra[next].key, m.key) < 0; next++) put_member(out, extra[next].key, extra[next].value, &first);
    if (next < EXTRA && bh_str_eq(extra[next].key, m.key)) continue; /* what the row says stands */
    bool number = row->number.len > 0 && bh_str_eqz(m.key, "number");
    put_member(out, m.key, number ? quoted(a, row->number) : m.value, &first);
  }
  for (; next < EXTRA; next++) put_member(out, extra[next].key, extra[next].value, &first);
  bh_buf_putc(out, '}');
  return bad ? not_a_document(err, row) : BH_OK;
}

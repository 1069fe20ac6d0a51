/* Typed readers: text, numbers, dates, dated numbers. */
#include "workspace/internal.h"

bool ws_text(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out) {
  if (n->kind != BH_NODE_STR || n->text.len == 0) {
    ws_bad_kind(ck, at, n, "a string");
    return false;
  }
  *out = n->text;
  return true;
}

bool ws_text_any(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out) {
  if (n->kind == BH_NODE_INT) {
    *out = bh_arena_fmt(ck->a, "%lld", (long long)n->integer);
    return true;
  }
  return ws_text(ck, at, n, out);
}

bool ws_texts(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str **out, size_t *count) {
  *out = NULL;
  *count = 0;
  if (n->kind == BH_NODE_STR) {
    *out = BH_NEW(ck->a, bh_str);
    *count = 1;
    return ws_text(ck, at, n, *out);
  }
  if (!ws_is_list(n)) {
    ws_bad_kind(ck, at, n, "a list of strings");
    return false;
  }
  bool ok = true;
  *out = BH_NEWN(ck->a, bh_str, n->item_count ? n->item_count : 1);
  for (size_t i = 0; i < n->item_count; i++) ok = ws_text(ck, WS_AT(at, i), n->items[i], &(*out)[(*count)++]) && ok;
  return ok;
}

bool ws_bool(ws_ck *ck, const ws_path *at, const bh_node *n, bool *out) {
  if (n->kind != BH_NODE_BOOL) {
    ws_bad_kind(ck, at, n, "true or false");
    return false;
  }
  *out = n->boolean;
  return true;
}

bool ws_int(ws_ck *ck, const ws_path *at, const bh_node *n, int32_t min, int32_t max, int32_t *out) {
  bh_dec d;
  int64_t v = 0;
  bool ok = false;
  if (n->kind == BH_NODE_INT) v = n->integer, ok = true;
  else if (n->kind == BH_NODE_STR && bh_dec_parse(&d, n->text, 0)) v = d.coef, ok = true;
  if (!ok || v < min || v > max) {
    char expected[80];
    snprintf(expected, sizeof expected, max == INT32_MAX ? "a whole number, %d or more" : "a whole number from %d to %d", min, max);
    ws_bad_kind(ck, at, n, expected);
    return false;
  }
  *out = (int32_t)v;
  return true;
}

bool ws_choice(ws_ck *ck, const ws_path *at, const bh_node *n, const char *const *choices, size_t count, int *out) {
  if (n->kind == BH_NODE_STR)
    for (size_t i = 0; i < count; i++)
      if (bh_str_eqz(n->text, choices[i])) {
        *out = (int)i;
        return true;
      }
  char expected[300];
  size_t len = 0;
  for (size_t i = 0; i < count && len < sizeof expected - 40; i++) {
    int k = snprintf(expected + len, sizeof expected - len, "%s\"%s\"", i == 0 ? "" : i + 1 == count ? " or " : ", ", choices[i]);
    if (k > 0) len += (size_t)k;
  }
  ws_bad_kind(ck, at, n, expected);
  return false;
}

static const char *const expected_num[] = {"an amount like \"12.50\"", "an amount like \"12.50\"", "a quantity like \"10\" or \"2.5\"",
                                           "a percent like \"5\" or \"5%\"", "a whole number"};

/* How many decimals "-12.345" has; -1 where it is no such number. */
static int decimals_of(bh_str s) {
  size_t i = s.len && s.ptr[0] == '-', first = i, point = s.len;
  for (; i < s.len; i++) {
    if (s.ptr[i] == '.' && point == s.len && i > first) point = i;
    else if (s.ptr[i] < '0' || s.ptr[i] > '9') return -1;
  }
  if (i == first || point + 1 == s.len) return -1;
  return point == s.len ? 0 : (int)(s.len - point - 1);
}

bool ws_num(ws_ck *ck, const ws_path *at, const bh_node *n, ws_num_kind kind, bh_dec *out) {
  static const int scales[] = {9, 9, 6, 9, 0};
  if (n->kind == BH_NODE_INT) {
    *out = bh_dec_int(n->integer);
  } else if (n->kind == BH_NODE_STR) {
    bh_str s = n->text;
    if (kind == WS_PERCENT && s.len > 1 && s.ptr[s.len - 1] == '%') s.len--;
    if (!bh_dec_parse(out, s, scales[kind])) {
      int decimals = decimals_of(s);
      if (decimals > scales[kind])
        ws_bad(ck, at, "\"%.*s\" has too many decimals; expected at most %d", BH_STR_ARG(s), scales[kind]);
      else if (decimals >= 0) ws_bad(ck, at, "\"%.*s\" is too large", BH_STR_ARG(s));
      else ws_bad_kind(ck, at, n, expected_num[kind]);
      return false;
    }
  } else if (n->kind == BH_NODE_FLOAT) {
    ws_bad(ck, at, "%.*s is a float, which is not exact; write it as a string: \"%.*s\"", BH_STR_ARG(n->text), BH_STR_ARG(n->text));
    return false;
  } else {
    ws_bad_kind(ck, at, n, expected_num[kind]);
    return false;
  }
  if (out->coef < 0 && kind != WS_MONEY_SIGNED) {
    static const char *const not_below[] = {"an amount of zero or more (only a once line's price may be negative)", "",
                                            "a quantity of zero or more", "a percent of zero or more", "zero or more"};
    char text[32];
    bh_dec_format(text, *out);
    ws_bad(ck, at, "%s is negative; expected %s", text, not_below[kind]);
    return false;
  }
  return true;
}

bool ws_id_ok(bh_str id) {
  if (id.len == 0 || id.len > WS_ID_MAX) return false;
  for (size_t i = 0; i < id.len; i++)
    if ((unsigned char)id.ptr[i] < 32 || id.ptr[i] == '"' || id.ptr[i] == 127) return false;
  return true;
}

bool ws_currency(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out, int32_t *decimals) {
  int d = n->kind == BH_NODE_STR ? bh_currency_decimals(n->text) : -1;
  if (d < 0) {
    ws_bad_kind(ck, at, n, "an ISO 4217 currency like \"USD\"");
    return false;
  }
  *out = n->text;
  if (decimals) *decimals = d;
  return true;
}


/* "+1 month", "+30 days" */
static bool relative(bh_str s, bh_day base, bool is_end, bh_day *out) {
  size_t i = 1;
  int64_t n = 0;
  while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9' && i < 6) n = n * 10 + (s.ptr[i++] - '0');
  if (i == 1 || i >= s.len || s.ptr[i] != ' ') return false;
  bh_str word = {s.ptr + i + 1, s.len - i - 1};
  bh_unit unit;
  if (!ws_parse_unit(word, &unit)) return false;
  *out = bh_day_add(base, n, unit) - (is_end ? 1 : 0);
  return true;
}

bool ws_date(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bool is_end, bh_day *out) {
  if (n->kind == BH_NODE_STR) {
    if (bh_day_parse(out, n->text)) return true;
    if (n->text.len > 1 && n->text.ptr[0] == '+') {
      if (base == BH_DAY_MIN) {
        ws_bad(ck, at, "\"%.*s\" has no start to count from; expected a date like \"2026-12-01\"", BH_STR_ARG(n->text));
        return false;
      }
      if (relative(n->text, base == WS_BASE_UNKNOWN ? 0 : base, is_end, out)) return true;
    }
  }
  ws_bad_kind(ck, at, n, base == BH_DAY_MIN ? "a date like \"2026-12-01\"" : "a date like \"2026-12-01\", or \"+3 months\" from the start");
  return false;
}

bh_dated ws_dated_one(bh_arena *a, bh_dec v) {
  bh_dated_item *i = BH_NEW(a, bh_dated_item);
  *i = (bh_dated_item){BH_DAY_MIN, v};
  return (bh_dated){i, 1};
}

static void sort_items(bh_dated_item *v, size_t n) { /* few: insertion */
  for (size_t i = 1; i < n; i++) {
    bh_dated_item x = v[i];
    size_t j = i;
    for (; j > 0 && v[j - 1].from > x.from; j--) v[j] = v[j - 1];
    v[j] = x;
  }
}

bool ws_dated(ws_ck *ck, const ws_path *at, const bh_node *n, ws_num_kind kind, bh_day base, bh_dated *out) {
  if (n->kind != BH_NODE_TABLE) {
    bh_dec v;
    if (!ws_num(ck, at, n, kind, &v)) return false;
    *out = ws_dated_one(ck->a, v);
    return true;
  }
  if (n->item_count || n->field_count == 0) {
    ws_bad(ck, at, "%s; expected %s, or { start = …, [\"2027-01-01\"] = … }", n->field_count || n->item_count ? "a list" : "an empty table", expected_num[kind]);
    return false;
  }
  bh_dated_item *items = BH_NEWN(ck->a, bh_dated_item, n->field_count);
  size_t before = ck->bad, count = 0;
  for (size_t i = 0; i < n->field_count; i++) {
    bh_str key = n->fields[i].key;
    const ws_path *here = WS_KEYS(at, key);
    bh_day day = BH_DAY_MIN;
    bh_node as_text = {.kind = BH_NODE_STR, .text = key};
    if (!bh_str_eqz(key, "start")) {
      if (!bh_day_parse(&day, key) && !(key.len > 1 && key.ptr[0] == '+' && ws_date(ck, here, &as_text, base, false, &day))) {
        if (ck->bad == before) ws_bad(ck, here, "expected \"start\" or a date like [\"2027-01-01\"]");
        continue;
      }
    }
    bh_dec v;
    if (ws_num(ck, here, n->fields[i].value, kind, &v)) items[count++] = (bh_dated_item){day, v};
  }
  if (ck->bad != before) return false;
  sort_items(items, count);
  if (items[0].from != BH_DAY_MIN) {
    ws_bad(ck, at, "no value before the first date; expected { start = …, … }");
    return false;
  }
  for (size_t i = 1; i < count; i++)
    if (items[i].from == items[i - 1].from) {
      ws_bad(ck, at, "two values for one date");
      return false;
    }
  *out = (bh_dated){items, count};
  return true;
}

bool ws_opt(ws_ck *ck, const ws_path *at, const bh_node *n, ws_num_kind kind, bh_day base, bh_opt_dated *out) {
  if (!ws_dated(ck, at, n, kind, base, &out->value)) return false;
  out->set = true;
  return true;
}

bh_node *ws_dated_node(bh_arena *a, const bh_dated *d) {
  char text[32];
  if (d->count == 1) {
    size_t k = bh_dec_format(text, d->items[0].value);
    return bh_node_str(a, (bh_str){text, k});
  }
  bh_node *t = bh_node_new(a, BH_NODE_TABLE);
  for (size_t i = 0; i < d->count; i++) {
    char day[12] = "start";
    if (i) bh_day_format(day, d->items[i].from);
    size_t k = bh_dec_format(text, d->items[i].value);
    bh_node_set(a, t, bh_arena_str(a, bh_str_c(day)), bh_node_str(a, (bh_str){text, k}));
  }
  return t;
}

/* Money by currency, in three spellings: price, prices = { EUR = … }, prices_from = { ["2027-01-01"] = … }. */
#include "workspace/internal.h"

typedef struct spelling { bh_node *plain, *by_currency, *from; bh_str plural, later; } spelling;

static spelling spell(ws_ck *ck, const bh_node *t, bh_str key) {
  spelling s = {0};
  if (t->kind != BH_NODE_TABLE) return s;
  for (size_t i = 0; i < t->field_count; i++) {
    bh_str k = t->fields[i].key;
    if (k.len < key.len || memcmp(k.ptr, key.ptr, key.len) != 0 || !ws_set(t->fields[i].value)) continue;
    if (k.len == key.len) s.plain = t->fields[i].value;
    else if (k.len == key.len + 1 && k.ptr[key.len] == 's') s.by_currency = t->fields[i].value, s.plural = k;
    else if (k.len == key.len + 6 && memcmp(k.ptr + key.len, "s_from", 6) == 0) s.from = t->fields[i].value, s.later = k;
  }
  return s;
}

/* The other currencies are right too, whichever a contract asks for later. */
static void check_others(ws_ck *ck, const ws_path *at, const bh_node *table, bh_str currency, ws_num_kind kind, bh_day base) {
  bh_dated d;
  if (!ws_is_record(table)) {
    ws_bad_kind(ck, at, table, "a table like { EUR = \"42.00\" }");
    return;
  }
  for (size_t i = 0; i < table->field_count; i++) {
    const bh_field *f = &table->fields[i];
    if (bh_str_eq(f->key, currency) || !ws_set(f->value)) continue;
    if (bh_currency_decimals(f->key) < 0) ws_bad(ck, WS_KEYS(at, f->key), "not a currency; expected ISO 4217 codes like EUR");
    else ws_dated(ck, WS_KEYS(at, f->key), f->value, kind, base, &d);
  }
}

/* The dated entries of `from` for one currency, put behind what is there. */
static ws_found with_later(ws_ck *ck, const ws_path *at, const spelling *s, ws_num_kind kind, bh_str own, bh_str currency,
                           bh_day base, bh_dated *io) {
  const ws_path *here = WS_KEYS(at, s->later);
  if (!ws_is_record(s->from) || s->from->field_count == 0) {
    ws_bad_kind(ck, here, s->from, "a table like { [\"2027-01-01\"] = \"48.00\" }");
    return WS_WRONG;
  }
  size_t before = ck->bad, n = io->count;
  bh_dated_item *items = BH_NEWN(ck->a, bh_dated_item, n + s->from->field_count);
  if (n) memcpy(items, io->items, n * sizeof *items);
  for (size_t i = 0; i < s->from->field_count; i++) {
    const bh_field *f = &s->from->fields[i];
    const ws_path *day_at = WS_KEYS(here, f->key);
    bh_node day_text = {.kind = BH_NODE_STR, .text = f->key};
    bh_day day;
    if (!ws_date(ck, day_at, &day_text, base, false, &day)) continue;
    const bh_node *value = f->value;
    if (value->kind == BH_NODE_TABLE) {
      if (ck->m) check_others(ck, day_at, value, currency, kind, base);
      if (!(value = bh_node_gets(value, currency))) continue;
    } else if (!bh_str_eq(own, currency)) continue;
    bh_dec v;
    if (!ws_num(ck, day_at, value, kind, &v)) continue;
    size_t k = n;
    while (k > 0 && items[k - 1].from > day) k--;
    if (k > 0 && items[k - 1].from == day) {
      ws_bad(ck, day_at, "two values for one date");
      continue;
    }
    memmove(items + k + 1, items + k, (n - k) * sizeof *items);
    items[k] = (bh_dated_item){day, v};
    n++;
  }
  if (ck->bad != before) return WS_WRONG;
  if (n && items[0].from != BH_DAY_MIN) {
    ws_bad(ck, here, "no value before the first date; expected one beside it");
    return WS_WRONG;
  }
  *io = (bh_dated){items, n};
  return n ? WS_FOUND : WS_MISSING;
}

ws_found ws_money(ws_ck *ck, const ws_path *at, const bh_node *t, bh_str key, ws_num_kind kind, bh_str own, bh_str currency,
                  bh_day base, bh_dated *out) {
  spelling s = spell(ck, t, key);
  *out = (bh_dated){0};
  if (!s.plain && !s.by_currency && !s.from) return WS_ABSENT;
  if (s.by_currency && ck->m) check_others(ck, WS_KEYS(at, s.plural), s.by_currency, currency, kind, base);
  bh_node *v = s.by_currency && s.by_currency->kind == BH_NODE_TABLE ? bh_node_gets(s.by_currency, currency) : NULL;
  if (v) {
    if (!ws_dated(ck, WS_KEYS(WS_KEYS(at, s.plural), currency), v, kind, base, out)) return WS_WRONG;
  } else if (s.plain && bh_str_eq(own, currency)) {
    if (!ws_dated(ck, WS_KEYS(at, key), s.plain, kind, base, out)) return WS_WRONG;
  }
  if (s.from) return with_later(ck, at, &s, kind, own, currency, base, out);
  return out->count ? WS_FOUND : WS_MISSING;
}

void ws_money_check(ws_ck *ck, const ws_path *at, const bh_node *t, bh_str key, ws_num_kind kind, bh_day base) {
  spelling s = spell(ck, t, key);
  bh_dated d;
  if (s.plain) ws_dated(ck, WS_KEYS(at, key), s.plain, kind, base, &d);
  if (s.by_currency) {
    const ws_path *here = WS_KEYS(at, s.plural);
    if (!ws_is_record(s.by_currency)) {
      ws_bad_kind(ck, here, s.by_currency, "a table like { EUR = \"42.00\" }");
      return;
    }
    for (size_t i = 0; i < s.by_currency->field_count; i++) {
      const bh_field *f = &s.by_currency->fields[i];
      if (bh_currency_decimals(f->key) < 0) ws_bad(ck, WS_KEYS(here, f->key), "not a currency; expected ISO 4217 codes like EUR");
      else ws_dated(ck, WS_KEYS(here, f->key), f->value, kind, base, &d);
    }
  }
  if (!s.from || s.from->kind != BH_NODE_TABLE) {
    if (s.from) ws_bad_kind(ck, WS_KEYS(at, s.later), s.from, "a table like { [\"2027-01-01\"] = \"48.00\" }");
    return;
  }
  for (size_t i = 0; i < s.from->field_count; i++) {
    const bh_field *f = &s.from->fields[i];
    const ws_path *here = WS_KEYS(WS_KEYS(at, s.later), f->key);
    bh_day day;
    if (!bh_day_parse(&day, f->key)) {
      ws_bad(ck, here, "expected a date like [\"2027-01-01\"]");
    } else if (f->value->kind == BH_NODE_TABLE) {
      for (size_t j = 0; j < f->value->field_count; j++) {
        if (bh_currency_decimals(f->value->fields[j].key) < 0)
          ws_bad(ck, WS_KEYS(here, f->value->fields[j].key), "not a currency; expected ISO 4217 codes like EUR");
        else ws_num(ck, WS_KEYS(here, f->value->fields[j].key), f->value->fields[j].value, kind, &(bh_dec){0});
      }
    } else {
      ws_num(ck, here, f->value, kind, &(bh_dec){0});
    }
  }
  if (!s.plain && !s.by_currency)
    ws_bad(ck, WS_KEYS(at, s.later), "no value before the first date; expected %.*s beside it", BH_STR_ARG(key));
}

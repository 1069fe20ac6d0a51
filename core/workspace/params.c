/* A model's parameters, typed by its option table, in one currency. */
#include "workspace/internal.h"

typedef struct reading { const ws_path *top; bh_str own, currency; bh_day base; ws_num_kind money; bh_str *missing; } reading;

static bool param_type(bh_str t, bh_param_type *out) {
  static const struct { const char *name; bh_param_type type; } types[] = {
      {"money", BH_PARAM_MONEY}, {"quantity", BH_PARAM_QUANTITY}, {"percent", BH_PARAM_PERCENT}, {"integer", BH_PARAM_INTEGER},
      {"choice", BH_PARAM_CHOICE}, {"records", BH_PARAM_RECORDS}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (bh_str_eqz(t, types[i].name)) {
      *out = types[i].type;
      return true;
    }
  *out = BH_PARAM_TEXT;
  return false;
}

static ws_num_kind num_kind(bh_param_type t, ws_num_kind money) {
  return t == BH_PARAM_MONEY ? money : t == BH_PARAM_QUANTITY ? WS_QUANTITY : t == BH_PARAM_PERCENT ? WS_PERCENT : WS_INTEGER;
}

bool ws_in_group(bh_str k) {
  return bh_str_eqz(k, "price") || bh_str_eqz(k, "prices") || bh_str_eqz(k, "prices_from") || bh_str_eqz(k, "tiers") || bh_str_eqz(k, "levels");
}

static bool read_choice(ws_ck *ck, const ws_path *at, const bh_node *n, const bh_option_spec *o, bh_str *out) {
  if (n->kind == BH_NODE_STR)
    for (size_t i = 0; i < o->choice_count; i++)
      if (bh_str_eq(o->choices[i], n->text)) {
        *out = n->text;
        return true;
      }
  const char **names = BH_NEWN(ck->a, const char *, o->choice_count + 1);
  for (size_t i = 0; i < o->choice_count; i++) names[i] = bh_arena_z(ck->a, o->choices[i]);
  int none;
  return ws_choice(ck, at, n, names, o->choice_count, &none) && (*out = n->text, true);
}

static bool read_text(ws_ck *ck, const ws_path *at, const bh_node *n, const bh_option_spec *o, bh_day base, bh_str *out) {
  bh_day day;
  bool flag;
  if (bh_str_eqz(o->type, "date")) return ws_date(ck, at, n, base, false, &day) && (*out = n->text, true);
  if (bh_str_eqz(o->type, "bool")) return ws_bool(ck, at, n, &flag) && (*out = flag ? BH_S("true") : BH_S("false"), true);
  if (bh_str_eqz(o->type, "products")) return ws_products(ck, at, n, out);
  if (n->kind == BH_NODE_TABLE) { /* a list: its canonical JSON */
    bh_str *texts;
    size_t count;
    if (!ws_texts(ck, at, n, &texts, &count)) return false;
    *out = ws_json(ck->a, n);
    return true;
  }
  return ws_text_any(ck, at, n, out);
}

bh_node *const *ws_records(bh_node *const *n, size_t *count) {
  bool alone = (*n)->kind == BH_NODE_TABLE && (*n)->field_count > 0 && (*n)->item_count == 0;
  *count = alone ? 1 : (*n)->kind == BH_NODE_TABLE ? (*n)->item_count : 0;
  return alone ? n : (*n)->items;
}

static bool read_table(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_option_spec *options, size_t n, reading *r,
                       bh_param **out, size_t *count);

static void unknown_sub_keys(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_option_spec *o) {
  bh_plugin_spec spec = {.options = o->records, .option_count = o->record_count};
  const char **names = NULL;
  size_t n = 0;
  for (size_t i = 0; i < t->field_count; i++) {
    if (ws_option_key(&spec, t->fields[i].key, NULL)) continue;
    if (!names) n = ws_spec_keys(&spec, ck->a, &names);
    ws_bad_key(ck, at, t->fields[i].key, names, n);
  }
}

static bool read_records(ws_ck *ck, const ws_path *at, const bh_node *n, const bh_option_spec *o, reading *r, bh_param *p) {
  bh_node *one = (bh_node *)(uintptr_t)n;
  size_t items;
  bh_node *const *list = ws_records(&one, &items);
  bool alone = list == &one;
  if (!alone && !ws_is_list(n)) {
    ws_bad_kind(ck, at, n, "a list of tables");
    return false;
  }
  if (items == 0) {
    ws_bad(ck, at, "an empty list; expected at least one entry");
    return false;
  }
  size_t before = ck->bad;
  p->records = BH_NEWN(ck->a, bh_param_record, items);
  for (size_t i = 0; i < items; i++) {
    const ws_path *here = alone ? at : WS_AT(at, i);
    if (!ws_is_record(list[i])) {
      ws_bad_kind(ck, here, list[i], "a table like { up_to = 500, price = \"0.10\" }");
      continue;
    }
    unknown_sub_keys(ck, here, list[i], o);
    bh_param_record *rec = &p->records[p->record_count++];
    read_table(ck, here, list[i], o->records, o->record_count, r, &rec->params, &rec->count);
    for (size_t k = 0; k < o->record_count; k++)
      if (o->records[k].required && !bh_str_eqz(o->records[k].type, "money") && !ws_set(bh_node_gets(list[i], o->records[k].key)))
        ws_bad(ck, WS_KEYS(here, o->records[k].key), "missing; each of %.*s needs it", BH_STR_ARG(o->key));
  }
  return ck->bad == before;
}

static void note_missing(ws_ck *ck, const ws_path *at, bh_str key, reading *r) {
  if (!r->missing || r->missing->len) return;
  /* The path below the table: "price", "tiers[2].price". */
  if (at != r->top && at && at->up) *r->missing = bh_arena_fmt(ck->a, "%.*s[%d].%.*s", BH_STR_ARG(at->up->key), at->index, BH_STR_ARG(key));
  else *r->missing = key;
}

static bool read_one(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_option_spec *o, reading *r, bh_param *p) {
  *p = (bh_param){.key = o->key};
  param_type(o->type, &p->type);
  const ws_path *here = WS_KEYS(at, o->key);
  if (p->type == BH_PARAM_MONEY) {
    ws_found f = ws_money(ck, at, t, o->key, r->money, r->own, r->currency, r->base, &p->number);
    if (f == WS_MISSING) note_missing(ck, at, o->key, r);
    return f == WS_FOUND;
  }
  const bh_node *n = bh_node_gets(t, o->key);
  if (!ws_set(n)) return false;
  switch (p->type) {
  case BH_PARAM_CHOICE: return read_choice(ck, here, n, o, &p->text);
  case BH_PARAM_RECORDS: return read_records(ck, here, n, o, r, p);
  case BH_PARAM_TEXT: return read_text(ck, here, n, o, r->base, &p->text);
  default: return ws_dated(ck, here, n, num_kind(p->type, r->money), r->base, &p->number);
  }
}

static bool read_table(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_option_spec *options, size_t n, reading *r,
                       bh_param **out, size_t *count) {
  size_t before = ck->bad;
  *out = BH_NEWN(ck->a, bh_param, n ? n : 1);
  *count = 0;
  for (size_t i = 0; i < n; i++)
    if (read_one(ck, at, t, &options[i], r, &(*out)[*count])) (*count)++;
  return ck->bad == before;
}

bool ws_params(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_plugin_spec *spec, bh_str own, bh_str currency,
               bh_day base, bool signed_money, bh_param **out, size_t *count, bh_str *missing) {
  reading r = {at, own, currency, base, signed_money ? WS_MONEY_SIGNED : WS_MONEY, missing};
  return read_table(ck, at, t, spec->options, spec->option_count, &r, out, count);
}

/* Every currency of every price, whichever a contract asks for later. */
static void check_table(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_option_spec *options, size_t n, bh_day base) {
  for (size_t i = 0; i < n; i++) {
    const bh_option_spec *o = &options[i];
    bh_param_type type;
    param_type(o->type, &type);
    if (type == BH_PARAM_MONEY) {
      ws_money_check(ck, at, t, o->key, WS_MONEY, base);
    } else if (type == BH_PARAM_RECORDS) {
      bh_node *list = bh_node_gets(t, o->key);
      const ws_path *here = WS_KEYS(at, o->key);
      size_t items = 0;
      bh_node *const *each = ws_set(list) ? ws_records(&list, &items) : NULL;
      for (size_t j = 0; j < items; j++)
        check_table(ck, WS_AT(here, j), each[j], o->records, o->record_count, base);
    }
  }
}

void ws_params_check(ws_ck *ck, const ws_path *at, const bh_node *t, const bh_plugin_spec *spec, bh_day base) {
  size_t before = ck->bad;
  check_table(ck, at, t, spec->options, spec->option_count, base);
  if (ck->bad != before) return;
  /* The rest (choices, quantities, the shape of records) in a currency that nobody has: money is looked at no more. */
  bh_param *params;
  size_t count;
  ws_params(ck, at, t, spec, BH_S("???"), BH_S("!!!"), base, false, &params, &count, NULL);
}

/* The number of a record's parameter, or NULL. */
static const bh_dec *number(const bh_param_record *r, const char *key) {
  for (size_t i = 0; i < r->count; i++)
    if (bh_str_eqz(r->params[i].key, key) && r->params[i].number.count) return &r->params[i].number.items[0].value;
  return NULL;
}

static bool cost_at(const bh_param_record *r, bh_dec q, bh_dec *out) {
  const bh_dec *price = number(r, "price"), *flat = number(r, "flat");
  *out = bh_dec_int(0);
  if (price && !bh_dec_mul(out, *price, q)) return false;
  return !flat || bh_dec_add(out, *out, *flat);
}

void ws_tiers_check(ws_ck *ck, const ws_path *at, const bh_param *p, bool volume) {
  for (size_t i = 0; i < p->record_count; i++) {
    const bh_dec *up = number(&p->records[i], "up_to"), *prev = i ? number(&p->records[i - 1], "up_to") : NULL;
    bool last = i + 1 == p->record_count;
    const ws_path *here = WS_KEY(WS_AT(at, i), "up_to");
    char a[32], b[32];
    if (up) bh_dec_format_trim(a, *up);
    if (prev) bh_dec_format_trim(b, *prev);
    if (last && up) ws_bad(ck, here, "%s on the last tier; expected it open, without up_to", a);
    if (!last && !up) ws_bad(ck, here, "missing; only the last tier is open");
    if (up && up->coef == 0) ws_bad(ck, here, "0; expected more than 0");
    if (up && prev && bh_dec_cmp(*up, *prev) <= 0) ws_bad(ck, here, "%s after %s; expected tiers in rising order", a, b);
    bh_dec lower, upper;
    if (volume && prev && cost_at(&p->records[i - 1], *prev, &lower) && cost_at(&p->records[i], *prev, &upper) && bh_dec_cmp(upper, lower) < 0)
      ws_advise(ck, WS_AT(at, i), "just above %s costs less than %s itself: with volume prices more can cost less", b, b);
  }
}

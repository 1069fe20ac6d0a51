/* bh_billing and bh_rated in the frames between the host and its rating workers. Both ends are the same build: no version.
 * A frame from a worker is not trusted: every count is held against the bytes that are left before room is made for it.
 * Strings of what is read point into the frame, which must outlive it; arrays are in the arena. */
#include "base/wire.h"
#include "billing/rating.h"

enum { COUNT_MAX = 1 << 24, RECORD_DEPTH_MAX = 8 };
/* The fewest bytes that one element takes: what keeps a short frame from asking for a large array. */
enum { MIN_RUN = 6, MIN_BOUND = 3, MIN_RECORD = 1, MIN_DISCOUNT = 9, MIN_LINE = 28, MIN_OWED = 23, MIN_OWED_DISCOUNT = 10, MIN_MORE = 3 };

static void put_bool(bh_buf *b, bool v) { bh_put_u8(b, v ? 1 : 0); }
static void put_count(bh_buf *b, size_t n) { bh_put_u32(b, (uint32_t)n); } /* the reader takes no more than COUNT_MAX */
static void put_days(bh_buf *b, bh_day from, bh_day until) {
  bh_put_i64(b, from);
  bh_put_i64(b, until);
}
static void put_opt_dec(bh_buf *b, bool has, bh_dec d) {
  put_bool(b, has);
  if (has) bh_put_dec(b, d);
}

static uint32_t get_enum(bh_get *g, uint32_t last) {
  uint32_t v = bh_get_u8(g);
  if (v <= last) return v;
  g->bad = true;
  return 0;
}
static bool get_bool(bh_get *g) { return get_enum(g, 1) == 1; }
static int32_t get_i32(bh_get *g) {
  int64_t v = bh_get_i64(g);
  if (v >= INT32_MIN && v <= INT32_MAX) return (int32_t)v;
  g->bad = true;
  return 0;
}
static bh_day get_day(bh_get *g) { return get_i32(g); }
static void get_days(bh_get *g, bh_day *from, bh_day *until) {
  *from = get_day(g);
  *until = get_day(g);
}
static bool get_opt_dec(bh_get *g, bh_dec *d) {
  bool has = get_bool(g);
  if (has) *d = bh_get_dec(g);
  return has;
}
static size_t get_count(bh_get *g, size_t min_bytes) {
  uint32_t n = bh_get_count(g, COUNT_MAX);
  if (!g->bad && n <= (size_t)(g->end - g->at) / min_bytes) return n;
  g->bad = true;
  return 0;
}

/* ---- parameters ---- */
static void put_bounds(bh_buf *b, const bh_bound *items, size_t n) {
  put_count(b, n);
  for (size_t i = 0; i < n; i++) {
    const bh_bound *p = &items[i];
    bh_put_str(b, p->key);
    bh_put_u8(b, (uint8_t)p->type);
    put_bool(b, p->set);
    if (!p->set) continue;
    if (p->type == BH_PARAM_TEXT || p->type == BH_PARAM_CHOICE) {
      bh_put_str(b, p->text);
    } else if (p->type != BH_PARAM_RECORDS) {
      bh_put_dec(b, p->number);
    } else {
      put_count(b, p->record_count);
      for (size_t k = 0; k < p->record_count; k++) put_bounds(b, p->records[k].items, p->records[k].count);
    }
  }
}

static bh_bound *get_bounds(size_t *count, bh_arena *a, bh_get *g, int depth) {
  size_t n = *count = get_count(g, MIN_BOUND);
  if (depth > RECORD_DEPTH_MAX) g->bad = true;
  bh_bound *items = BH_NEWN(a, bh_bound, g->bad ? 0 : n);
  for (size_t i = 0; i < n && !g->bad; i++) {
    bh_bound *p = &items[i];
    p->key = bh_get_str(g);
    p->type = (bh_param_type)get_enum(g, BH_PARAM_RECORDS);
    p->set = get_bool(g);
    if (!p->set) continue;
    if (p->type == BH_PARAM_TEXT || p->type == BH_PARAM_CHOICE) {
      p->text = bh_get_str(g);
    } else if (p->type != BH_PARAM_RECORDS) {
      p->number = bh_get_dec(g);
    } else {
      p->record_count = get_count(g, MIN_RECORD);
      p->records = BH_NEWN(a, bh_bound_record, p->record_count);
      for (size_t k = 0; k < p->record_count && !g->bad; k++)
        p->records[k].items = get_bounds(&p->records[k].count, a, g, depth + 1);
    }
  }
  return items;
}

/* ---- discounts as agreed ---- */
static void put_discounts(bh_buf *b, const bh_discount *list, size_t n) {
  put_count(b, n);
  for (size_t i = 0; i < n; i++) {
    const bh_discount *d = &list[i];
    put_bool(b, d->is_percent);
    bh_put_dec(b, d->value);
    bh_put_str(b, d->reason);
    put_days(b, d->from, d->ends);
    bh_of_put(b, &d->of);
    put_bool(b, d->all_contracts);
    bh_put_u32(b, d->ordinal);
  }
}

static bh_discount *get_discounts(size_t *count, bh_arena *a, bh_get *g) {
  size_t n = *count = get_count(g, MIN_DISCOUNT);
  bh_discount *list = BH_NEWN(a, bh_discount, n);
  for (size_t i = 0; i < n && !g->bad; i++) {
    bh_discount *d = &list[i];
    d->is_percent = get_bool(g);
    d->value = bh_get_dec(g);
    d->reason = bh_get_str(g);
    get_days(g, &d->from, &d->ends);
    bh_of_get(&d->of, a, g);
    d->all_contracts = get_bool(g);
    d->ordinal = bh_get_u32(g);
  }
  return list;
}

/* ---- a billing ---- */
static void put_runs(bh_buf *b, const bh_qty_run *runs, size_t n) {
  put_count(b, n);
  for (size_t i = 0; i < n; i++) {
    put_days(b, runs[i].from, runs[i].until);
    bh_put_ratio(b, runs[i].quantity);
    bh_put_ratio(b, runs[i].fraction);
  }
}

static bh_qty_run *get_runs(size_t *count, bh_arena *a, bh_get *g) {
  size_t n = *count = get_count(g, MIN_RUN);
  bh_qty_run *runs = BH_NEWN(a, bh_qty_run, n);
  for (size_t i = 0; i < n && !g->bad; i++) {
    get_days(g, &runs[i].from, &runs[i].until);
    runs[i].quantity = bh_get_ratio(g);
    runs[i].fraction = bh_get_ratio(g);
  }
  return runs;
}

static void put_line(bh_buf *b, const bh_rate_line *l) {
  bh_put_u32(b, l->index);
  const bh_str texts[] = {l->key, l->product, l->description, l->unit, l->category, l->model, l->section, l->po, l->carry};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) bh_put_str(b, texts[i]);
  put_bool(b, l->once);
  put_bool(b, l->recurring);
  put_days(b, l->whole_from, l->whole_until);
  put_days(b, l->from, l->until);
  bh_put_ratio(b, l->fraction);
  put_runs(b, l->runs, l->run_count);
  put_bool(b, l->carries);
  if (l->carries) bh_put_i64(b, l->carry_from);
  put_bool(b, l->by_day);
  if (l->by_day) put_runs(b, l->days, l->day_count);
  bh_put_ratio(b, l->bare);
  put_bounds(b, l->params, l->param_count);
  put_opt_dec(b, l->has_cost, l->cost);
  put_opt_dec(b, l->has_min_amount, l->min_amount);
  put_opt_dec(b, l->has_max_amount, l->max_amount);
  put_discounts(b, l->discounts, l->discount_count);
}

static void get_line(bh_rate_line *l, bh_arena *a, bh_get *g) {
  l->index = bh_get_u32(g);
  bh_str *const texts[] = {&l->key, &l->product, &l->description, &l->unit, &l->category, &l->model, &l->section, &l->po, &l->carry};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = bh_get_str(g);
  l->once = get_bool(g);
  l->recurring = get_bool(g);
  get_days(g, &l->whole_from, &l->whole_until);
  get_days(g, &l->from, &l->until);
  l->fraction = bh_get_ratio(g);
  l->runs = get_runs(&l->run_count, a, g);
  l->carries = get_bool(g);
  l->carry_from = l->carries ? get_day(g) : BH_DAY_MIN;
  l->by_day = get_bool(g);
  if (l->by_day) l->days = get_runs(&l->day_count, a, g);
  l->bare = bh_get_ratio(g);
  l->params = get_bounds(&l->param_count, a, g, 0);
  l->has_cost = get_opt_dec(g, &l->cost);
  l->has_min_amount = get_opt_dec(g, &l->min_amount);
  l->has_max_amount = get_opt_dec(g, &l->max_amount);
  l->discounts = get_discounts(&l->discount_count, a, g);
}

void bh_billing_put(bh_buf *b, const bh_billing *x) {
  bh_put_str(b, x->contract);
  bh_put_str(b, x->client);
  bh_put_str(b, x->currency);
  bh_put_i64(b, x->decimals);
  bh_put_u8(b, (uint8_t)x->rounding);
  bh_put_i64(b, x->issue);
  put_days(b, x->period_from, x->period_until);
  put_count(b, x->line_count);
  for (size_t i = 0; i < x->line_count; i++) put_line(b, &x->lines[i]);
  put_discounts(b, x->discounts, x->discount_count);
  put_discounts(b, x->client_discounts, x->client_discount_count);
  put_bool(b, x->has_minimum);
  bh_put_i64(b, x->minimum_minor);
  bh_of_put(b, &x->minimum_of);
  bh_put_str(b, x->rule_bundle);
  bh_put_str(b, (bh_str){(const char *)x->rule_hash.b, sizeof x->rule_hash.b});
  bh_put_str(b, x->rule_name);
  put_bool(b, x->rule_load_only);
  bh_put_str(b, x->client_json);
  bh_put_str(b, x->tags_json);
  bh_put_i64(b, x->starts);
}

bool bh_billing_get(bh_billing *out, bh_arena *a, struct bh_get *g) {
  *out = (bh_billing){0};
  out->contract = bh_get_str(g);
  out->client = bh_get_str(g);
  out->currency = bh_get_str(g);
  out->decimals = get_i32(g);
  if (out->decimals < 0 || out->decimals > BH_DEC_SCALE_MAX) g->bad = true;
  out->rounding = (bh_rounding)get_enum(g, BH_HALF_EVEN);
  out->issue = get_day(g);
  get_days(g, &out->period_from, &out->period_until);
  out->line_count = get_count(g, MIN_LINE);
  out->lines = BH_NEWN(a, bh_rate_line, out->line_count);
  for (size_t i = 0; i < out->line_count && !g->bad; i++) get_line(&out->lines[i], a, g);
  out->discounts = get_discounts(&out->discount_count, a, g);
  out->client_discounts = get_discounts(&out->client_discount_count, a, g);
  out->has_minimum = get_bool(g);
  out->minimum_minor = bh_get_i64(g);
  bh_of_get(&out->minimum_of, a, g);
  out->rule_bundle = bh_get_str(g);
  bh_str hash = bh_get_str(g);
  if (hash.len == sizeof out->rule_hash.b) memcpy(out->rule_hash.b, hash.ptr, hash.len);
  else g->bad = true;
  out->rule_name = bh_get_str(g);
  out->rule_load_only = get_bool(g);
  out->client_json = bh_get_str(g);
  out->tags_json = bh_get_str(g);
  out->starts = (bh_day)bh_get_i64(g);
  return !g->bad;
}

/* ---- a billing as rated ---- */
static void put_owed(bh_buf *b, const bh_owed_line *l) {
  bh_put_u32(b, l->line_index);
  bh_put_u8(b, (uint8_t)l->kind);
  const bh_str texts[] = {l->key, l->product, l->description, l->unit, l->category, l->section, l->po, l->rule_note};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) bh_put_str(b, texts[i]);
  put_days(b, l->whole_from, l->whole_until);
  put_days(b, l->from, l->until);
  bh_put_ratio(b, l->quantity);
  bh_put_dec(b, l->unit_price);
  bh_put_ratio(b, l->fraction);
  bh_put_i64(b, l->amount);
  put_bool(b, l->removed);
  put_opt_dec(b, l->has_cost, l->cost);
}

static void get_owed(bh_owed_line *l, bh_get *g) {
  l->line_index = bh_get_u32(g);
  l->kind = (bh_owed_kind)get_enum(g, BH_OWED_RULE);
  bh_str *const texts[] = {&l->key, &l->product, &l->description, &l->unit, &l->category, &l->section, &l->po, &l->rule_note};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = bh_get_str(g);
  get_days(g, &l->whole_from, &l->whole_until);
  get_days(g, &l->from, &l->until);
  l->quantity = bh_get_ratio(g);
  l->unit_price = bh_get_dec(g);
  l->fraction = bh_get_ratio(g);
  l->amount = bh_get_i64(g);
  l->removed = get_bool(g);
  l->has_cost = get_opt_dec(g, &l->cost);
}

static void put_owed_discount(bh_buf *b, const bh_owed_discount *d, size_t line_count) {
  bh_put_str(b, d->key);
  put_bool(b, d->on_line);
  bh_put_str(b, d->line_key);
  put_bool(b, d->of_client);
  bh_put_str(b, d->description);
  put_opt_dec(b, d->is_percent, d->percent);
  bh_put_i64(b, d->amount);
  bh_put_i64(b, d->base);
  put_days(b, d->whole_from, d->whole_until);
  put_bool(b, d->shares != NULL);
  for (size_t i = 0; d->shares != NULL && i < line_count; i++) bh_put_i64(b, d->shares[i]);
}

static void get_owed_discount(bh_owed_discount *d, bh_arena *a, bh_get *g, size_t line_count) {
  d->key = bh_get_str(g);
  d->on_line = get_bool(g);
  d->line_key = bh_get_str(g);
  d->of_client = get_bool(g);
  d->description = bh_get_str(g);
  d->is_percent = get_opt_dec(g, &d->percent);
  d->amount = bh_get_i64(g);
  d->base = bh_get_i64(g);
  get_days(g, &d->whole_from, &d->whole_until);
  if (!get_bool(g)) return;
  if (line_count > (size_t)(g->end - g->at)) {
    g->bad = true;
    return;
  }
  d->shares = BH_NEWN(a, int64_t, line_count + 1);
  for (size_t i = 0; i < line_count; i++) d->shares[i] = bh_get_i64(g);
}

void bh_rated_put(bh_buf *b, const bh_rated *x) {
  bh_put_str(b, x->contract);
  bh_put_i64(b, x->issue);
  bh_put_i64(b, x->status);
  bh_put_str(b, x->hold_reason);
  bh_put_str(b, x->hold_message);
  bh_put_str(b, x->rule_trace);
  put_count(b, x->line_count);
  for (size_t i = 0; i < x->line_count; i++) put_owed(b, &x->lines[i]);
  put_count(b, x->discount_count);
  for (size_t i = 0; i < x->discount_count; i++) put_owed_discount(b, &x->discounts[i], x->line_count);
  put_count(b, x->memo_count);
  for (size_t i = 0; i < x->memo_count; i++) bh_put_str(b, x->memos[i]);
  put_count(b, x->more_count);
  for (size_t i = 0; i < x->more_count; i++) {
    bh_put_u32(b, x->more[i].line_index);
    bh_put_str(b, x->more[i].carry);
    bh_put_str(b, x->more[i].notes);
  }
}

bool bh_rated_get(bh_rated *out, bh_arena *a, struct bh_get *g) {
  *out = (bh_rated){0};
  out->contract = bh_get_str(g);
  out->issue = get_day(g);
  out->status = get_i32(g);
  out->hold_reason = bh_get_str(g);
  out->hold_message = bh_get_str(g);
  out->rule_trace = bh_get_str(g);
  out->line_count = out->line_cap = get_count(g, MIN_OWED);
  out->lines = BH_NEWN(a, bh_owed_line, out->line_count);
  for (size_t i = 0; i < out->line_count && !g->bad; i++) get_owed(&out->lines[i], g);
  out->discount_count = out->discount_cap = get_count(g, MIN_OWED_DISCOUNT);
  out->discounts = BH_NEWN(a, bh_owed_discount, out->discount_count);
  for (size_t i = 0; i < out->discount_count && !g->bad; i++) get_owed_discount(&out->discounts[i], a, g, out->line_count);
  out->memo_count = get_count(g, 1);
  out->memos = BH_NEWN(a, bh_str, out->memo_count);
  for (size_t i = 0; i < out->memo_count && !g->bad; i++) out->memos[i] = bh_get_str(g);
  out->more_count = out->more_cap = get_count(g, MIN_MORE);
  out->more = BH_NEWN(a, bh_rated_more, out->more_count);
  for (size_t i = 0; i < out->more_count && !g->bad; i++) {
    out->more[i].line_index = bh_get_u32(g);
    out->more[i].carry = bh_get_str(g);
    out->more[i].notes = bh_get_str(g);
  }
  return !g->bad;
}

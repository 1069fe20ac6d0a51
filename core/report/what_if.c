/* billhook what-if: the stored past billed twice over, with the files as they are and with others laid over them. Both are real runs, over scratch
 * stores that hold the facts and no document: what differs between them is the change alone. The store itself is only read. */
#include "batch/run.h"
#include "report/report.h"
#include <stdlib.h>

enum { MONTHS_MAX = 24, MONTHS = 12, NOW = 0, THEN = 1 };

/* What a client comes to in one currency, before tax. */
typedef struct sum { bh_str client, currency; int32_t decimals; int64_t amount[2]; } sum;
typedef struct held { bh_str client, reason, message; bool in[2]; } held;
typedef struct comparison {
  billhook *b;
  bh_issue_window window;
  int months, side;
  bh_arena arena, scratch;
  bh_map by_name;              /* "CLIENT\nCUR" → sum */
  sum **sums; size_t count, cap;
  held *helds; size_t held_count, held_cap;
} comparison;

/* ---- one side ---- */
static sum *sum_of(comparison *c, bh_str client, bh_str currency, int32_t decimals) {
  void **slot = bh_map_ref(&c->by_name, bh_arena_fmt(&c->scratch, "%.*s\n%.*s", BH_STR_ARG(client), BH_STR_ARG(currency)));
  if (*slot != NULL) return *slot;
  sum *s = *slot = BH_NEW(&c->arena, sum);
  *s = (sum){.client = bh_arena_str(&c->arena, client), .currency = bh_arena_str(&c->arena, currency), .decimals = decimals};
  if (c->count == c->cap) {
    c->cap = c->cap ? c->cap * 2 : 256;
    sum **grown = BH_NEWN(&c->arena, sum *, c->cap);
    if (c->count) memcpy(grown, c->sums, c->count * sizeof(sum *));
    c->sums = grown;
  }
  c->sums[c->count++] = s;
  return s;
}

static bh_status on_document(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  comparison *c = ctx;
  bh_node *doc, **taxes;
  bh_arena_reset(&c->scratch);
  bh_status st = bh_json_parse(&doc, &c->scratch, body->json, NULL, err);
  if (st != BH_OK) return bh_fail(err, BH_E_BUG, "a draft of client \"%.*s\" cannot be read back", BH_STR_ARG(client));
  int64_t net = row->total;
  size_t n = bh_report_items(&taxes, doc, "taxes");
  for (size_t i = 0; i < n; i++) {
    int64_t tax;
    if (!bh_report_minor(&tax, taxes[i], "amount", row->decimals) || !bh_money_add(&net, -tax))
      return bh_fail(err, BH_E_OVERFLOW, "client \"%.*s\": its taxes are out of range", BH_STR_ARG(client));
  }
  sum *s = sum_of(c, client, row->currency, row->decimals);
  return bh_money_add(&s->amount[c->side], net) ? BH_OK : bh_fail(err, BH_E_OVERFLOW, "client \"%.*s\": the sum is out of range", BH_STR_ARG(client));
}

static void note_held(comparison *c, bh_str client, bh_str reason, bh_str message) {
  for (size_t i = 0; i < c->held_count; i++) {
    held *h = &c->helds[i];
    if (!bh_str_eq(h->client, client) || !bh_str_eq(h->reason, reason)) continue;
    h->in[c->side] = true;
    return;
  }
  if (c->held_count == c->held_cap) {
    c->held_cap = c->held_cap ? c->held_cap * 2 : 16;
    held *grown = BH_NEWN(&c->arena, held, c->held_cap);
    if (c->held_count) memcpy(grown, c->helds, c->held_count * sizeof *grown);
    c->helds = grown;
  }
  held *h = &c->helds[c->held_count++];
  *h = (held){.client = bh_arena_str(&c->arena, client), .reason = bh_arena_str(&c->arena, reason), .message = bh_arena_str(&c->arena, message)};
  h->in[c->side] = true;
}

static void keep(void *ctx, const char *bytes, size_t n) { bh_buf_put(ctx, bytes, n); }

static void read_held(comparison *c, bh_str answer) {
  bh_node *doc, **items;
  bh_arena_reset(&c->scratch);
  if (bh_json_parse(&doc, &c->scratch, answer, NULL, NULL) != BH_OK) return;
  size_t n = bh_report_items(&items, doc, "held");
  for (size_t i = 0; i < n; i++)
    note_held(c, bh_report_text(items[i], "client"), bh_report_text(items[i], "reason"), bh_report_text(items[i], "message"));
}

static bh_status sums_of(comparison *c, billhook *h, int jobs, bh_error *err) {
  bh_buf answer;
  bh_buf_init(&answer, BH_REPORT_LINE_MAX);
  billhook_out out = {keep, &answer};
  billhook_run_options o = {.struct_size = sizeof o, .no_pull = 1, .no_digest = 1, .jobs = jobs};
  int status = bh_run_window(h, &o, c->window, &out);
  bh_status st = BH_OK;
  if (status != BILLHOOK_DONE && status != BILLHOOK_SOME) {
    st = status == BILLHOOK_INTERRUPTED ? bh_fail(err, BH_E_INTERRUPTED, "stopped") : h->error.code != BH_OK ? h->error.code : BH_E_WORKSPACE;
    if (err != NULL && status != BILLHOOK_INTERRUPTED) *err = h->error;
  } else {
    read_held(c, bh_buf_str(&answer));
    bh_doc_filter all = {.state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX};
    st = bh_store_docs_each(h->store, &all, true, on_document, c, err);
  }
  bh_buf_dispose(&answer);
  return st;
}

/* The mistakes of what is laid over, as `check` prints them. */
static void print_mistakes(billhook *h, const billhook_out *out) {
  bh_buf json;
  bh_jw w;
  bh_mistakes_sort(&h->mistakes);
  bh_buf_init(&json, BH_REPORT_LINE_MAX);
  bh_jw_init(&w, &json);
  bh_jw_obj(&w);
  bh_jw_key(&w, "ok"); bh_jw_bool(&w, false);
  bh_jw_key(&w, "mistakes");
  bh_jw_arr(&w);
  for (size_t i = 0; i < h->mistakes.count; i++) {
    const bh_mistake *x = &h->mistakes.items[i];
    if (x->advice) continue;
    bh_jw_obj(&w);
    bh_jw_key(&w, "file"); bh_jw_str(&w, x->file);
    bh_jw_key(&w, "line"); bh_jw_int(&w, x->line);
    bh_jw_key(&w, "path"); bh_jw_str(&w, x->path);
    bh_jw_key(&w, "message"); bh_jw_str(&w, x->message);
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "total"); bh_jw_int(&w, (int64_t)h->mistakes.total);
  bh_jw_obj_end(&w);
  bh_out_line(out, &json);
  bh_buf_dispose(&json);
}

/* A handle of its own: the same workspace with files laid over it, and a scratch store with the facts. */
static bh_status one_side(comparison *c, const billhook_what_if_options *o, bool store, const billhook_out *out, bh_error *err) {
  billhook *h = NULL;
  char date[12];
  billhook_options options = c->b->options;
  bh_day_format(date, c->b->today);
  options.workspace = c->b->dir.ptr;
  options.date = date;
  options.log = NULL; /* these runs are nobody's batches */
  bh_status st = billhook_open(&h, &options) == BILLHOOK_DONE ? BH_OK : bh_fail(err, BH_E_NOMEM, "no memory for a second workspace");
  if (st == BH_OK && c->side == THEN) {
    h->overlays = o->with;
    h->overlay_count = o->with_count;
  }
  if (st == BH_OK) {
    st = bh_engine_workspace(h);
    if (st != BH_OK) *err = h->error;
  }
  if (st == BH_OK) st = bh_store_scratch(&h->store, store ? bh_store_path(c->b->store).ptr : NULL, err);
  if (st == BH_OK) {
    h->store_writes = true;
    st = sums_of(c, h, o->jobs, err);
  }
  if (st != BH_OK && h != NULL && h->mistakes.total > 0 && c->side == THEN) {
    print_mistakes(h, out);
    st = bh_fail(err, BH_E_WORKSPACE, "the workspace with what is laid over it has %zu mistake%s: nothing was compared", h->mistakes.total,
                 h->mistakes.total == 1 ? "" : "s");
  }
  billhook_close(h);
  return st;
}

/* ---- the answer ---- */
static int64_t difference(const sum *s) { return s->amount[THEN] - s->amount[NOW]; }

static bh_dec size_of(const sum *s) {
  bh_dec d = bh_money_dec(difference(s), s->decimals);
  if (d.coef < 0) d.coef = -d.coef;
  return d;
}

/* The biggest movers first, by the number, whatever the currency. */
static int mover_order(const void *x, const void *y) {
  const sum *a = *(sum *const *)x, *b = *(sum *const *)y;
  int c = bh_dec_cmp(size_of(b), size_of(a));
  if (c == 0) c = bh_str_cmp(a->client, b->client);
  return c != 0 ? c : bh_str_cmp(a->currency, b->currency);
}

static int held_order(const void *x, const void *y) {
  const held *a = x, *b = y;
  int c = bh_str_cmp(a->client, b->client);
  return c != 0 ? c : bh_str_cmp(a->reason, b->reason);
}

static void put_amounts(bh_jw *w, const int64_t amount[2], int32_t decimals) {
  bh_jw_key(w, "now"); bh_jw_money(w, amount[NOW], decimals);
  bh_jw_key(w, "what_if"); bh_jw_money(w, amount[THEN], decimals);
  bh_jw_key(w, "difference"); bh_jw_money(w, amount[THEN] - amount[NOW], decimals);
}

/* By currency, in the order of the codes. */
static bh_status put_totals(bh_jw *w, const comparison *c, bh_error *err) {
  bool *done = BH_NEWN((bh_arena *)(uintptr_t)&c->arena, bool, c->count + 1);
  bh_jw_obj(w);
  for (;;) {
    const sum *first = NULL;
    for (size_t i = 0; i < c->count; i++)
      if (!done[i] && (first == NULL || bh_str_cmp(c->sums[i]->currency, first->currency) < 0)) first = c->sums[i];
    if (first == NULL) break;
    int64_t amount[2] = {0, 0};
    for (size_t i = 0; i < c->count; i++) {
      if (!bh_str_eq(c->sums[i]->currency, first->currency)) continue;
      done[i] = true;
      if (!bh_money_add(&amount[NOW], c->sums[i]->amount[NOW]) || !bh_money_add(&amount[THEN], c->sums[i]->amount[THEN]))
        return bh_fail(err, BH_E_OVERFLOW, "the sum in %.*s is out of range", BH_STR_ARG(first->currency));
    }
    bh_jw_key_plain(w, first->currency.ptr, first->currency.len);
    bh_jw_obj(w);
    put_amounts(w, amount, first->decimals);
    bh_jw_obj_end(w);
  }
  bh_jw_obj_end(w);
  return BH_OK;
}

static void put_held(bh_jw *w, const comparison *c) {
  bh_jw_arr(w);
  for (size_t i = 0; i < c->held_count; i++) {
    const held *h = &c->helds[i];
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, h->client);
    bh_jw_key(w, "reason"); bh_jw_str(w, h->reason);
    bh_jw_key(w, "message"); bh_jw_str(w, h->message);
    bh_jw_key(w, "in"); bh_jw_z(w, h->in[NOW] && h->in[THEN] ? "both" : h->in[NOW] ? "now" : "what_if");
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

static bh_status report(comparison *c, const billhook_what_if_options *o, const billhook_out *out, bh_error *err) {
  bh_buf json;
  bh_jw w;
  bh_buf_init(&json, BH_REPORT_LINE_MAX);
  bh_jw_init(&w, &json);
  if (c->count > 1) qsort(c->sums, c->count, sizeof(sum *), mover_order);
  if (c->held_count > 1) qsort(c->helds, c->held_count, sizeof *c->helds, held_order);
  bh_jw_obj(&w);
  bh_jw_key(&w, "months"); bh_jw_int(&w, c->months);
  bh_jw_key(&w, "from"); bh_jw_day(&w, c->window.from);
  bh_jw_key(&w, "to"); bh_jw_day(&w, c->window.to);
  bh_jw_key(&w, "with");
  bh_jw_arr(&w);
  for (size_t i = 0; i < o->with_count; i++) bh_jw_z(&w, o->with[i]);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "clients");
  bh_jw_arr(&w);
  for (size_t i = 0; i < c->count; i++) {
    bh_jw_obj(&w);
    bh_jw_key(&w, "client"); bh_jw_str(&w, c->sums[i]->client);
    bh_jw_key(&w, "currency"); bh_jw_str(&w, c->sums[i]->currency);
    put_amounts(&w, c->sums[i]->amount, c->sums[i]->decimals);
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "totals");
  bh_status st = put_totals(&w, c, err);
  bh_jw_key(&w, "held");
  put_held(&w, c);
  bh_jw_obj_end(&w);
  if (st == BH_OK) bh_out_line(out, &json);
  bh_buf_dispose(&json);
  return st;
}

/* Somebody whom the change holds or fails, and who is not held as things are. */
static bool change_holds(const comparison *c) {
  for (size_t i = 0; i < c->held_count; i++)
    if (c->helds[i].in[THEN] && !c->helds[i].in[NOW]) return true;
  return false;
}

static bh_status prepare(comparison *c, const billhook_what_if_options *o, bool *store, bh_error *err) {
  if (o->with_count == 0) return bh_fail(err, BH_E_USAGE, "what-if: --with FILE says what is to be tried: a price book, clients or rules");
  c->months = o->months == 0 ? MONTHS : o->months;
  if (c->months < 1 || c->months > MONTHS_MAX) return bh_fail(err, BH_E_USAGE, "--months %d: expected 1 to %d", o->months, (int)MONTHS_MAX);
  bh_status st = bh_engine_workspace(c->b);
  if (st == BH_OK) st = bh_engine_store(c->b, BH_STORE_READ);
  *store = st == BH_OK;
  if (st == BH_E_NOTFOUND) st = BH_OK; /* nothing was ever stored: what needs no facts can be billed all the same */
  if (st != BH_OK) {
    *err = c->b->error;
    return st;
  }
  c->window = (bh_issue_window){.on = true, .from = bh_day_add(c->b->today, -c->months, BH_UNIT_MONTH) + 1, .to = c->b->today};
  return BH_OK;
}

int billhook_what_if(billhook *b, const billhook_what_if_options *o, const billhook_out *out) {
  bh_error err = {0};
  comparison c = {.b = b};
  bool store = false;
  bh_arena_init(&c.arena);
  bh_arena_init(&c.scratch);
  bh_map_init(&c.by_name, &c.arena);
  bh_status st = prepare(&c, o, &store, &err);
  for (c.side = NOW; st == BH_OK && c.side <= THEN; c.side++) st = one_side(&c, o, store, out, &err);
  if (st == BH_OK) st = report(&c, o, out, &err);
  int status = bh_engine_end(b, st, &err);
  if (st == BH_OK && change_holds(&c)) status = BILLHOOK_SOME;
  bh_arena_dispose(&c.scratch);
  bh_arena_dispose(&c.arena);
  return status;
}

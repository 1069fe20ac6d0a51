/* What line, contract, template, client and invoicing may each say: the schedule, proration, true-up, and so on. */
#include "billing/rating.h"
#include "workspace/internal.h"

#define BILL_KEYS(X) X(align) X(every) X(lag_days) X(lead_days) X(on) X(timing) X(unit)
enum {
#define X(k) BK_##k,
  BILL_KEYS(X)
#undef X
  BK_COUNT
};
static const char *const bill_names[] = {
#define X(k) #k,
  BILL_KEYS(X)
#undef X
};
const ws_names ws_bill_keys = {bill_names, BK_COUNT};
static const char *const timings[] = {"advance", "arrears"};

bool ws_parse_unit(bh_str s, bh_unit *out) {
  static const char *const units[] = {"day", "week", "month", "quarter", "year"};
  for (int i = 0; i < 5; i++)
    if (bh_str_eqz(s, units[i]) || (s.len > 1 && s.ptr[s.len - 1] == 's' && bh_str_eqz((bh_str){s.ptr, s.len - 1}, units[i]))) {
      *out = (bh_unit)i;
      return true;
    }
  return false;
}

static void read_unit(ws_ck *ck, const ws_path *at, const bh_node *n, bh_unit *out) {
  if (n->kind != BH_NODE_STR || !ws_parse_unit(n->text, out))
    ws_bad_kind(ck, at, n, "\"day\", \"week\", \"month\", \"quarter\" or \"year\"");
}

static void read_on(ws_ck *ck, const ws_path *at, const bh_node *n, bh_bill *b) {
  static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  if (n->kind == BH_NODE_STR && n->text.len == 5 && n->text.ptr[2] == '-') {
    char full[11] = "2000-";
    memcpy(full + 5, n->text.ptr, 5);
    bh_day d;
    int y, m, day;
    if (bh_day_parse(&d, (bh_str){full, 10})) {
      bh_day_split(d, &y, &m, &day);
      b->on = day;
      b->on_month = m;
      return;
    }
  }
  if (n->kind == BH_NODE_STR && b->unit == BH_UNIT_WEEK)
    for (int i = 0; i < 7; i++)
      if (bh_str_eqz(n->text, days[i])) {
        b->on = i + 1;
        return;
      }
  if (n->kind == BH_NODE_STR) ws_bad_kind(ck, at, n, b->unit == BH_UNIT_WEEK ? "a weekday, 1 (Monday) to 7" : "a day of the month, or \"MM-DD\"");
  else ws_int(ck, at, n, 1, 31, &b->on);
}

static bool read_bill(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, ws_level *out) {
  bh_bill b = {.every = 1, .unit = BH_UNIT_MONTH, .on = 1, .align = BH_ALIGN_CALENDAR, .timing = BH_ADVANCE};
  bh_node *v[BK_COUNT];
  size_t before = ck->bad;
  if (!ws_pick(ck, at, n, bill_names, BK_COUNT, v, NULL, NULL)) return false;
  int choice;
  if (v[BK_unit]) read_unit(ck, WS_KEY(at, "unit"), v[BK_unit], &b.unit);
  if (v[BK_every]) ws_int(ck, WS_KEY(at, "every"), v[BK_every], 1, 1200, &b.every);
  if (v[BK_align] && ws_choice(ck, WS_KEY(at, "align"), v[BK_align], (const char *const[]){"calendar", "anniversary"}, 2, &choice))
    b.align = (bh_align)choice;
  if (v[BK_on]) read_on(ck, WS_KEY(at, "on"), v[BK_on], &b);
  if (v[BK_timing] && ws_choice(ck, WS_KEY(at, "timing"), v[BK_timing], timings, 2, &choice)) {
    out->timing = (bh_timing)choice;
    out->has |= WS_HAS_TIMING;
  }
  if (v[BK_lead_days]) ws_int(ck, WS_KEY(at, "lead_days"), v[BK_lead_days], 0, 3650, &b.lead_days);
  if (v[BK_lag_days]) ws_int(ck, WS_KEY(at, "lag_days"), v[BK_lag_days], 0, 3650, &b.lag_days);
  if (ck->bad != before) return false;
  bh_schedule s;
  bh_error err;
  if (bh_schedule_init(&s, &b, base <= WS_BASE_UNKNOWN ? bh_day_make(2026, 1, 1) : base, &err) != BH_OK) {
    ws_bad(ck, at, "%s", err.message);
    return false;
  }
  out->bill = b;
  return true;
}

static bool read_adjust(ws_ck *ck, const ws_path *at, const bh_node *n, ws_level *out) {
  size_t before = ck->bad;
  if (n->kind == BH_NODE_TABLE) {
    static const char *const keys[] = {"every", "unit"};
    bh_node *v[2];
    out->adjust = BH_ADJUST_EVERY;
    out->adjust_every = 1;
    out->adjust_unit = BH_UNIT_MONTH;
    if (!ws_pick(ck, at, n, keys, 2, v, NULL, NULL)) return false;
    if (v[0]) ws_int(ck, WS_KEY(at, "every"), v[0], 1, 1200, &out->adjust_every);
    if (v[1]) read_unit(ck, WS_KEY(at, "unit"), v[1], &out->adjust_unit);
    return ck->bad == before;
  }
  if (n->kind == BH_NODE_STR && bh_str_eqz(n->text, "next")) out->adjust = BH_ADJUST_NEXT;
  else if (n->kind == BH_NODE_STR && bh_str_eqz(n->text, "now")) out->adjust = BH_ADJUST_NOW;
  else ws_bad_kind(ck, at, n, "\"next\", \"now\" or { every = 3, unit = \"month\" }");
  return ck->bad == before;
}

static bool read_uplift(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bh_uplift *out) {
  static const char *const keys[] = {"every", "from", "percent"};
  *out = (bh_uplift){.on = true, .every_months = 12, .from = BH_DAY_MAX};
  if (n->kind == BH_NODE_BOOL && !n->boolean) {
    out->on = false;
    return true;
  }
  bh_node *v[3];
  size_t before = ck->bad;
  if (!ws_pick(ck, at, n, keys, 3, v, NULL, NULL)) return false;
  if (v[0]) ws_int(ck, WS_KEY(at, "every"), v[0], 1, 1200, &out->every_months);
  if (v[1]) ws_date(ck, WS_KEY(at, "from"), v[1], base, false, &out->from);
  else if (base > WS_BASE_UNKNOWN) out->from = bh_day_add(base, out->every_months, BH_UNIT_MONTH);
  else if (base == BH_DAY_MIN) ws_bad(ck, WS_KEY(at, "from"), "missing; there is no start to count it from here");
  if (!v[2]) ws_bad(ck, WS_KEY(at, "percent"), "missing; expected a percent like \"3.5\"");
  else if (ws_dated(ck, WS_KEY(at, "percent"), v[2], WS_PERCENT, base, &out->percents)) {
    out->percent = out->percents.items[0].value;
    if (out->percents.count == 1 && out->percent.coef == 0) ws_advise(ck, WS_KEY(at, "percent"), "an uplift of 0 changes nothing");
  }
  return ck->bad == before;
}

/* "PO-7781", or { number = "PO-7781", limit = "10000.00", ends = "2026-12-31" }. */
static bool read_po(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, ws_level *out) {
  static const char *const keys[] = {"ends", "limit", "number"};
  if (n->kind != BH_NODE_TABLE) return ws_text_any(ck, at, n, &out->po);
  bh_node *v[3];
  size_t before = ck->bad;
  bh_po *po = BH_NEW(ck->a, bh_po);
  *po = (bh_po){.ends = BH_DAY_MAX};
  if (!ws_pick(ck, at, n, keys, 3, v, NULL, NULL)) return false;
  if (v[0]) ws_date(ck, WS_KEY(at, "ends"), v[0], base, true, &po->ends);
  if (v[1] && ws_num(ck, WS_KEY(at, "limit"), v[1], WS_MONEY, &po->limit)) po->has_limit = true;
  if (!v[2]) ws_bad(ck, WS_KEY(at, "number"), "missing; expected the order's number, like \"PO-7781\"");
  else ws_text_any(ck, WS_KEY(at, "number"), v[2], &po->number);
  if (ck->bad != before) return false;
  out->po = po->number;
  if (v[0] || v[1]) out->po_order = po;
  return true;
}

static bool read_guard(ws_ck *ck, const ws_path *at, const bh_node *n, ws_level *out) {
  static const char *const keys[] = {"amount", "change"};
  if (n->kind == BH_NODE_BOOL && !n->boolean) return out->guard_off = true;
  bh_node *v[2];
  size_t before = ck->bad;
  out->guard_change = bh_dec_int(50);
  if (!ws_pick(ck, at, n, keys, 2, v, NULL, NULL)) return false;
  if (v[0] && ws_num(ck, WS_KEY(at, "amount"), v[0], WS_MONEY, &out->guard_amount)) out->guard_amount_set = true;
  if (v[1]) ws_num(ck, WS_KEY(at, "change"), v[1], WS_PERCENT, &out->guard_change);
  return ck->bad == before;
}

bool ws_terms_check(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out) {
  if (!ws_text(ck, at, n, out)) return false;
  if (!ck->m) return true;
  bh_day due;
  bh_error err;
  if (bh_due_date(&due, *out, bh_day_make(2026, 1, 1), &err) == BH_OK) return true;
  ws_bad(ck, at, "%s", err.message);
  return false;
}

void ws_level_read(ws_ck *ck, const ws_path *at, const ws_level_nodes *n, bh_day base, ws_level *out) {
  int choice;
  *out = (ws_level){0};
  if (n->bill && read_bill(ck, WS_KEY(at, "bill"), n->bill, base, out)) out->has |= WS_HAS_BILL;
  if (n->timing && ws_choice(ck, WS_KEY(at, "timing"), n->timing, timings, 2, &choice))
    out->timing = (bh_timing)choice, out->has |= WS_HAS_TIMING;
  if (n->prorate && ws_choice(ck, WS_KEY(at, "prorate"), n->prorate, (const char *const[]){"daily", "30/360", "none", "full"}, 4, &choice))
    out->prorate = (bh_prorate)choice, out->has |= WS_HAS_PRORATE;
  if (n->true_up && ws_choice(ck, WS_KEY(at, "true_up"), n->true_up, (const char *const[]){"contract", "all", "none"}, 3, &choice))
    out->true_up = (bh_true_up)choice, out->has |= WS_HAS_TRUE_UP;
  if (n->adjust && read_adjust(ck, WS_KEY(at, "adjust"), n->adjust, out)) out->has |= WS_HAS_ADJUST;
  if (n->uplift && read_uplift(ck, WS_KEY(at, "uplift"), n->uplift, base, &out->uplift)) out->has |= WS_HAS_UPLIFT;
  if (n->section && ws_text(ck, WS_KEY(at, "section"), n->section, &out->section)) out->has |= WS_HAS_SECTION;
  if (n->po && read_po(ck, WS_KEY(at, "po"), n->po, base, out)) out->has |= WS_HAS_PO;
  if (n->rule && ws_text(ck, WS_KEY(at, "rule"), n->rule, &out->rule)) {
    const struct bh_workspace_impl *x = ck->ws->impl;
    if (!bh_map_get(&x->rules, out->rule)) {
      const char *near = bh_str_nearest(out->rule, x->rule_ids, x->rule_count);
      if (near) ws_bad(ck, WS_KEY(at, "rule"), "no rules/%.*s.lua; did you mean \"%s\"?", BH_STR_ARG(out->rule), near);
      else ws_bad(ck, WS_KEY(at, "rule"), "no rules/%.*s.lua", BH_STR_ARG(out->rule));
    } else out->has |= WS_HAS_RULE;
  }
  if (n->terms && ws_terms_check(ck, WS_KEY(at, "terms"), n->terms, &out->terms)) out->has |= WS_HAS_TERMS;
  if (n->approval && ws_choice(ck, WS_KEY(at, "approval"), n->approval, (const char *const[]){"manual", "auto"}, 2, &choice))
    out->approval_auto = choice == 1, out->has |= WS_HAS_APPROVAL;
  if (n->guard && read_guard(ck, WS_KEY(at, "guard"), n->guard, out)) out->has |= WS_HAS_GUARD;
  if (n->reminders) ws_reminders_check(ck, WS_KEY(at, "reminders"), n->reminders);
}

void ws_level_under(ws_level *t, const ws_level *b) {
  uint32_t add = b->has & ~t->has;
  if (add == 0) return;
  if (add & WS_HAS_BILL) t->bill = b->bill;
  if (add & WS_HAS_TIMING) t->timing = b->timing;
  if (add & WS_HAS_PRORATE) t->prorate = b->prorate;
  if (add & WS_HAS_TRUE_UP) t->true_up = b->true_up;
  if (add & WS_HAS_ADJUST) t->adjust = b->adjust, t->adjust_every = b->adjust_every, t->adjust_unit = b->adjust_unit;
  if (add & WS_HAS_UPLIFT) t->uplift = b->uplift;
  if (add & WS_HAS_SECTION) t->section = b->section;
  if (add & WS_HAS_PO) t->po = b->po, t->po_order = b->po_order;
  if (add & WS_HAS_RULE) t->rule = b->rule;
  if (add & WS_HAS_TERMS) t->terms = b->terms;
  if (add & WS_HAS_APPROVAL) t->approval_auto = b->approval_auto;
  if (add & WS_HAS_GUARD)
    t->guard_off = b->guard_off, t->guard_change = b->guard_change, t->guard_amount = b->guard_amount, t->guard_amount_set = b->guard_amount_set;
  t->has |= add;
}

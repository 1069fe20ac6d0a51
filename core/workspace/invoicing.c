/* invoicing: numbers, terms, approval, guard, and the lowest level of what contracts inherit. */
#include "workspace/internal.h"

#define INVOICING_KEYS(X) \
  X(adjust) X(approval) X(bill) X(closed_through) X(credit_number) X(group) X(guard) X(late_fee) X(max_total) X(negative) \
  X(number) X(prorate) X(reminders) X(retries) X(rounding) X(rule) X(sections) X(stale_days) X(terms) X(timing) X(true_up) \
  X(true_up_months) X(uplift)
enum {
#define X(k) IK_##k,
  INVOICING_KEYS(X)
#undef X
  IK_COUNT
};
static const char *const names[] = {
#define X(k) #k,
  INVOICING_KEYS(X)
#undef X
};
const ws_names ws_invoicing_keys = {names, IK_COUNT};

void ws_invoicing_defaults(bh_workspace *ws) {
  bh_invoicing *i = &ws->invoicing;
  i->number = BH_S("INV-{year}-{seq:6}");
  i->credit_number = BH_S("CN-{year}-{seq:6}");
  i->terms = BH_S("net 15");
  i->rounding = BH_HALF_UP;
  i->stale_days = 3;
  i->guard_change_percent = bh_dec_int(50);
  i->adjust_every = 1;
  i->adjust_unit = BH_UNIT_MONTH;
  i->true_up_months = 13;
  ws->impl->invoicing_json = BH_S("{}");
}

static void number_format(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out) {
  bh_str s;
  if (!ws_text(ck, at, n, &s)) return;
  bool seq = false, ok = true;
  for (size_t i = 0; i < s.len && ok; i++) {
    if (s.ptr[i] == '}') ok = false;
    if (s.ptr[i] != '{') continue;
    const char *end = memchr(s.ptr + i, '}', s.len - i);
    if (!end) {
      ok = false;
      break;
    }
    bh_str word = {s.ptr + i + 1, (size_t)(end - s.ptr) - i - 1};
    bool digits = word.len == 5 && bh_str_starts(word, BH_S("seq:")) && word.ptr[4] >= '1' && word.ptr[4] <= '9';
    if (bh_str_eqz(word, "seq") || digits) ok = !seq, seq = true;
    else ok = bh_str_eqz(word, "year") || bh_str_eqz(word, "month");
    i += word.len + 1;
  }
  if (ok && seq) *out = s;
  else ws_bad_kind(ck, at, n, "one like \"INV-{year}-{seq:6}\"");
}

bool ws_reminders_check(ws_ck *ck, const ws_path *at, const bh_node *n) {
  int32_t d;
  bool ok = ws_is_list(n) || (n->kind == BH_NODE_BOOL && !n->boolean);
  if (!ok) ws_bad_kind(ck, at, n, "a list of days from the due date like { -3, 1, 7 }");
  for (size_t i = 0; n->kind == BH_NODE_TABLE && i < n->item_count; i++) ok = ws_int(ck, WS_AT(at, i), n->items[i], -3650, 3650, &d) && ok;
  return ok;
}

bool ws_retries_check(ws_ck *ck, const ws_path *at, const bh_node *n) {
  int32_t d;
  bool ok = ws_is_list(n);
  if (!ok) ws_bad_kind(ck, at, n, "a list of days like { 3, 5, 7 }");
  for (size_t i = 0; ok && i < n->item_count; i++) ok = ws_int(ck, WS_AT(at, i), n->items[i], 0, 3650, &d);
  return ok;
}

bool ws_late_fee_check(ws_ck *ck, const ws_path *at, const bh_node *n) {
  static const char *const keys[] = {"after", "amount", "percent"};
  bh_node *v[3];
  int32_t days;
  bh_dec d;
  size_t before = ck->bad;
  if (n->kind == BH_NODE_BOOL && !n->boolean) return true;
  if (!ws_pick(ck, at, n, keys, 3, v, NULL, NULL)) return false;
  if (v[0]) ws_int(ck, WS_KEY(at, "after"), v[0], 0, 3650, &days);
  if (v[1]) ws_num(ck, WS_KEY(at, "amount"), v[1], WS_MONEY, &d);
  if (v[2]) ws_num(ck, WS_KEY(at, "percent"), v[2], WS_PERCENT, &d);
  if (!v[1] && !v[2]) ws_bad(ck, at, "neither a percent nor an amount");
  return ck->bad == before;
}

/* { "Managed services", { "Licences", show = "total" } }: the order, and of which only the total is printed. */
bool ws_sections(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str **out, bool **totals, size_t *count) {
  size_t before = ck->bad;
  if (!ws_is_list(n)) {
    ws_bad_kind(ck, at, n, "a list of sections");
    return false;
  }
  *out = BH_NEWN(ck->a, bh_str, n->item_count + 1);
  *totals = BH_NEWN(ck->a, bool, n->item_count + 1);
  for (size_t i = 0; i < n->item_count; i++) {
    const bh_node *x = n->items[i];
    const ws_path *here = WS_AT(at, i);
    if (x->kind == BH_NODE_TABLE) {
      static const char *const keys[] = {"1", "show"};
      bh_node *v[2];
      int choice = 0;
      if (!ws_pick(ck, here, x, keys, 2, v, NULL, NULL)) continue;
      if (v[1] && ws_choice(ck, WS_KEY(here, "show"), v[1], (const char *const[]){"lines", "total"}, 2, &choice)) (*totals)[*count] = choice == 1;
      if (!v[0]) ws_bad(ck, here, "expected a name, like { \"Licences\", show = \"total\" }");
      else x = v[0];
    }
    if (x->kind == BH_NODE_TABLE || !ws_text(ck, here, x, &(*out)[*count])) continue;
    for (size_t k = 0; k < *count; k++)
      if (bh_str_eq((*out)[k], (*out)[*count])) ws_bad(ck, here, "\"%.*s\" again; expected each section once", BH_STR_ARG((*out)[k]));
    ++*count;
  }
  return ck->bad == before;
}

void ws_invoicing_read(ws_ck *ck, const bh_node *n) {
  bh_workspace *ws = ck->ws;
  bh_invoicing *t = &ws->invoicing;
  ws_level *l = &ws->impl->invoicing_level;
  bh_node *v[IK_COUNT];
  int c;
  ws_pick(ck, NULL, n, names, IK_COUNT, v, NULL, NULL);
  if (n->kind != BH_NODE_TABLE) return;
  ws_level_nodes ln = {.bill = v[IK_bill], .timing = v[IK_timing], .prorate = v[IK_prorate], .true_up = v[IK_true_up], .adjust = v[IK_adjust],
                       .uplift = v[IK_uplift], .rule = v[IK_rule], .terms = v[IK_terms], .approval = v[IK_approval], .guard = v[IK_guard],
                       .reminders = v[IK_reminders]};
  ws_level_read(ck, NULL, &ln, BH_DAY_MIN, l);
  if (v[IK_number]) number_format(ck, WS_KEY(NULL, "number"), v[IK_number], &t->number);
  if (v[IK_credit_number]) number_format(ck, WS_KEY(NULL, "credit_number"), v[IK_credit_number], &t->credit_number);
  if (l->has & WS_HAS_TERMS) t->terms = l->terms;
  if (v[IK_rounding] && ws_choice(ck, WS_KEY(NULL, "rounding"), v[IK_rounding], (const char *const[]){"half-up", "half-even"}, 2, &c)) t->rounding = (bh_rounding)c;
  if (l->has & WS_HAS_APPROVAL) t->approval_auto = l->approval_auto;
  if (v[IK_group] && ws_choice(ck, WS_KEY(NULL, "group"), v[IK_group], (const char *const[]){"client", "contract"}, 2, &c)) t->group_by_contract = c == 1;
  if (v[IK_negative] && ws_choice(ck, WS_KEY(NULL, "negative"), v[IK_negative], (const char *const[]){"credit_note", "carry"}, 2, &c)) t->negative_carry = c == 1;
  if (v[IK_stale_days]) ws_int(ck, WS_KEY(NULL, "stale_days"), v[IK_stale_days], 0, 36500, &t->stale_days);
  if (l->has & WS_HAS_GUARD) {
    t->guard_off = l->guard_off;
    t->guard_change_percent = l->guard_change;
    t->guard_amount_set = l->guard_amount_set;
    t->guard_amount = l->guard_amount;
  }
  if (v[IK_max_total] && ws_num(ck, WS_KEY(NULL, "max_total"), v[IK_max_total], WS_MONEY, &t->max_total)) t->has_max_total = true;
  if (l->has & WS_HAS_ADJUST) t->adjust = l->adjust, t->adjust_every = l->adjust_every, t->adjust_unit = l->adjust_unit;
  if (v[IK_sections]) ws_sections(ck, WS_KEY(NULL, "sections"), v[IK_sections], &t->sections, &t->section_totals, &t->section_count);
  if (v[IK_closed_through] && ws_date(ck, WS_KEY(NULL, "closed_through"), v[IK_closed_through], BH_DAY_MIN, false, &t->closed_through)) t->has_closed_through = true;
  if (v[IK_true_up_months]) ws_int(ck, WS_KEY(NULL, "true_up_months"), v[IK_true_up_months], 0, 1200, &t->true_up_months);
  if (v[IK_retries]) ws_retries_check(ck, WS_KEY(NULL, "retries"), v[IK_retries]);
  if (v[IK_late_fee]) ws_late_fee_check(ck, WS_KEY(NULL, "late_fee"), v[IK_late_fee]);
  /* What may change what is owed for charged periods: documents' own matters (numbers, terms, holds) stay out. */
  bh_node *owed = bh_node_new(ck->a, BH_NODE_TABLE);
  static const int kept[] = {IK_adjust, IK_bill, IK_prorate, IK_rounding, IK_rule, IK_timing, IK_true_up, IK_uplift};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    if (v[kept[i]]) bh_node_set(ck->a, owed, bh_str_c(names[kept[i]]), v[kept[i]]);
  ws->impl->invoicing_json = ws_json(&ws->arena, owed);
}

/* decrease, term, window_days, coterm, committed, release: what holds a line's quantity up. */
#include "billing/commit.h"
#include "billing/schedule.h"
#include "workspace/line_keys.h"

enum { TERM_MONTHS = 12, WINDOW_DAYS = 7, TERM_MONTHS_MAX = 120, WINDOW_DAYS_MAX = 366 };

static void taken_over(ws_ck *ck, const ws_path *at, const bh_node *n, bh_commitment *io) {
  static const char *const keys[] = {"quantity", "until"};
  bh_node *v[2];
  size_t before = ck->bad;
  if (!ws_pick(ck, at, n, keys, 2, v, NULL, NULL)) return;
  if (!v[0]) ws_bad(ck, WS_KEY(at, "quantity"), "missing; expected what is committed, like { quantity = 10, until = \"2027-04-16\" }");
  else ws_num(ck, WS_KEY(at, "quantity"), v[0], WS_QUANTITY, &io->taken_quantity);
  if (!v[1]) ws_bad(ck, WS_KEY(at, "until"), "missing; expected the commitment's last day, like { quantity = 10, until = \"2027-04-16\" }");
  else ws_date(ck, WS_KEY(at, "until"), v[1], BH_DAY_MIN, false, &io->taken_until);
  io->taken = ck->bad == before;
}

void ws_commit_none(bh_commitment *out) {
  *out = (bh_commitment){.term_months = TERM_MONTHS, .window_days = WINDOW_DAYS, .coterm = BH_DAY_MIN};
}

void ws_commit_read(ws_ck *ck, const ws_path *at, const ws_commit_nodes *n, bh_day base, bh_commitment *io) {
  const struct { const char *key; const bh_node *n; } terms[] = {{"term", n->term}, {"window_days", n->window_days}, {"coterm", n->coterm}, {"committed", n->committed}};
  int choice;
  bool chosen = n->decrease && ws_choice(ck, WS_KEY(at, "decrease"), n->decrease, (const char *const[]){"now", "next_period", "renewal"}, 3, &choice);
  if (chosen) io->decrease = (bh_decrease)choice;
  for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
    if (!terms[i].n) continue;
    if (!n->decrease) io->decrease = BH_DECREASE_RENEWAL; /* only a renewal has a term */
    else if (chosen && io->decrease != BH_DECREASE_RENEWAL)
      ws_bad(ck, WS_KEYS(at, bh_str_c(terms[i].key)), "goes with a renewal; expected decrease = \"renewal\" beside it");
  }
  if (n->term) ws_int(ck, WS_KEY(at, "term"), n->term, 1, TERM_MONTHS_MAX, &io->term_months);
  if (n->window_days) ws_int(ck, WS_KEY(at, "window_days"), n->window_days, 0, WINDOW_DAYS_MAX, &io->window_days);
  if (n->coterm) ws_date(ck, WS_KEY(at, "coterm"), n->coterm, base, true, &io->coterm);
  if (n->committed) taken_over(ck, WS_KEY(at, "committed"), n->committed, io);
  if (n->release && ws_bool(ck, WS_KEY(at, "release"), n->release, &io->release) && io->release && io->decrease != BH_DECREASE_RENEWAL)
    ws_bad(ck, WS_KEY(at, "release"), "nothing is committed; expected decrease = \"renewal\" beside it");
}

/* A line that is billed by the year and has a common end date: its years end on that day. */
static void align_years(ws_ck *ck, const ws_path *at, bh_line_terms *t, bh_day starts) {
  int32_t unit = t->bill.unit == BH_UNIT_MONTH ? 1 : t->bill.unit == BH_UNIT_QUARTER ? 3 : t->bill.unit == BH_UNIT_YEAR ? 12 : 0, months = unit * t->bill.every;
  if (months == 0 || months % 12 != 0) return;
  int year, month, day;
  bh_day_split(t->commit.coterm + 1, &year, &month, &day);
  bool named = t->bill.align == BH_ALIGN_CALENDAR && t->bill.on_month != 0;
  if (named && (t->bill.on_month != month || t->bill.on != day)) {
    ws_bad(ck, WS_KEY(at, "coterm"), "its years begin on %02d-%02d, and this ends them on another day; expected bill = { …, on = \"%02d-%02d\" }, or a coterm that goes with it",
           t->bill.on_month, t->bill.on, month, day);
    return;
  }
  t->bill.align = BH_ALIGN_CALENDAR;
  t->bill.on_month = month;
  t->bill.on = day;
  bh_schedule s;
  bh_error none;
  if (months > 12 && bh_schedule_init(&s, &t->bill, starts, &none) == BH_OK && bh_schedule_period_at(&s, t->commit.coterm + 1).from != t->commit.coterm + 1)
    ws_bad(ck, WS_KEY(at, "coterm"), "no period of %d months ends on it; expected the end of one", months);
}

void ws_commit_settle(ws_ck *ck, const ws_path *at, const ws_commit_nodes *own, bh_day starts, bh_line_terms *t) {
  bh_commitment *c = &t->commit;
  if (c->decrease == BH_DECREASE_NOW) return;
  const char *key = own->decrease ? "decrease" : own->committed ? "committed" : own->coterm ? "coterm" : own->term ? "term" : own->window_days ? "window_days" : NULL;
  if (t->once) {
    if (key) ws_bad(ck, WS_KEYS(at, bh_str_c(key)), "a once line has its one date; expected none");
    ws_commit_none(c);
    return;
  }
  if (t->counted && t->count.kind == BH_SEL_USAGE)
    ws_bad(ck, WS_KEYS(at, bh_str_c(key ? key : "decrease")), "what was used is not committed; expected a count or a quantity");
  bh_day first = t->from > starts ? t->from : starts;
  if (c->taken && c->taken_until < first)
    ws_bad(ck, WS_KEY(WS_KEY(at, "committed"), "until"), "before the line begins; expected a day on or after its first");
  if (c->decrease == BH_DECREASE_RENEWAL && c->coterm > BH_DAY_MIN) align_years(ck, at, t, starts);
}

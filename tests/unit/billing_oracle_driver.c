/* Reads cases of billing_oracle.py from standard input, one a line, and prints what core/billing makes of each:
 *   STARTS EVERY UNIT ON ON_MONTH ALIGN TIMING LEAD LAG PRORATE DAY FROM UNTIL LIFE_FROM LIFE_UNTIL PRICE QNUM QDEN DECIMALS MODE
 *   → FROM UNTIL ISSUE NUM/DEN AMOUNT, or "invalid"
 * Days are day numbers; the words are the numbers of the enums. */
#include "billing/rating.h"

typedef struct job {
  int starts, every, unit, on, on_month, align, timing, lead, lag, prorate, day, from, until, life_from, life_until, decimals, mode;
  char price[40];
  long long qnum, qden;
} job;

static bool answer(const job *c) {
  bh_bill bill = {.every = c->every, .unit = (bh_unit)c->unit, .on = c->on, .on_month = c->on_month, .align = (bh_align)c->align,
                  .timing = (bh_timing)c->timing, .lead_days = c->lead, .lag_days = c->lag};
  bh_schedule s;
  bh_dec price;
  bh_ratio quantity, fraction;
  int64_t amount;
  if (bh_schedule_init(&s, &bill, c->starts, NULL) != BH_OK) return false;
  bh_sched_period p = bh_schedule_period_at(&s, c->day);
  bh_day issue = bh_schedule_issue_date(&s, &p, c->life_from, c->life_until);
  if (bh_prorate_fraction(&fraction, (bh_prorate)c->prorate, &bill, p.from, p.until, c->from, c->until, NULL) != BH_OK) return false;
  if (!bh_dec_parse(&price, bh_str_c(c->price), 9) || !bh_ratio_make(&quantity, c->qnum, c->qden)) return false;
  if (!bh_money_amount(&amount, price, quantity, fraction, c->decimals, (bh_rounding)c->mode)) return false;
  printf("%d %d %d %lld/%lld %lld\n", p.from, p.until, issue, (long long)fraction.num, (long long)fraction.den, (long long)amount);
  return true;
}

int main(void) {
  job c;
  while (scanf("%d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %39s %lld %lld %d %d", &c.starts, &c.every, &c.unit, &c.on, &c.on_month,
               &c.align, &c.timing, &c.lead, &c.lag, &c.prorate, &c.day, &c.from, &c.until, &c.life_from, &c.life_until, c.price,
               &c.qnum, &c.qden, &c.decimals, &c.mode) == 20)
    if (!answer(&c)) puts("invalid");
  return 0;
}

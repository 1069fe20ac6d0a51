/* Periods and issue dates (BILLING 2). Pure. */
#ifndef BH_SCHEDULE_H
#define BH_SCHEDULE_H
#include "billing/terms.h"

/* One scheduled period: [from, until), its ordinal k (boundary k .. k+1) and the stub rules already left out:
 * this is always the WHOLE period. */
typedef struct bh_sched_period { int64_t k; bh_day from, until; } bh_sched_period;

/* A schedule bound to a contract's start: boundaries can be computed for any k. */
typedef struct bh_schedule { bh_bill bill; bh_day anchor; int32_t day; int64_t month0; } bh_schedule;

/* BH_E_INVALID with the reason where `on` or `every` do not go with the unit (BILLING 2's rules). */
bh_status bh_schedule_init(bh_schedule *out, const bh_bill *bill, bh_day starts, bh_error *err);
bh_day bh_schedule_boundary(const bh_schedule *s, int64_t k);
/* The whole period that contains `day`. */
bh_sched_period bh_schedule_period_at(const bh_schedule *s, bh_day day);
bh_sched_period bh_schedule_period(const bh_schedule *s, int64_t k);

/* The scheduled issue date of a period of a contract whose life is [life_from, life_until): advance: the first day of
 * the period in the contract's life − lead_days; arrears: the day after its last day (or after the contract's end
 * inside it) + lag_days. A line's own from/ends never move it. */
bh_day bh_schedule_issue_date(const bh_schedule *s, const bh_sched_period *p, bh_day life_from, bh_day life_until);

/* The share of the whole period that [from, until) is (BILLING 4's table); from/until are the days in force, cut to the
 * whole period. BH_E_INVALID for 30/360 with days or weeks. BH_E_OVERFLOW. */
bh_status bh_prorate_fraction(bh_ratio *out, bh_prorate how, const bh_bill *bill, bh_day whole_from, bh_day whole_until,
                              bh_day from, bh_day until, bh_error *err);
/* The share of the days [from, until) among days in force that begin on `in_force`: what these come to up to `until`, less what they come to up to
 * `from`. By days that is the share of [from, until) alone; 30/360 counts a 31st and the end of February by what stands before them, and only so do
 * the parts of a period add up to it. Errors as above. */
bh_status bh_prorate_part(bh_ratio *out, bh_prorate how, const bh_bill *bill, bh_day whole_from, bh_day whole_until, bh_day in_force,
                          bh_day from, bh_day until, bh_error *err);
/* NASD 30/360 days with the last of February counted as the 30th; `until` exclusive. */
int32_t bh_days360(bh_day from, bh_day until);
#endif

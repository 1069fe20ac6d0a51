/* Timesheet events are usage. */
#include "halopsa.h"

static const char *const fields[] = {"id", "client_id", "start_date", "timetaken", "agent_id", "ticket_id", "contract_id", "charge_type_name", "subject",
  "break_type", "holiday_id"};
enum { ID, CLIENT, START, HOURS, AGENT, TICKET, CONTRACT, CHARGE_TYPE, SUBJECT, BREAK, HOLIDAY, FIELDS };

/* Halo's ids of what there is not: 0, -1, -2 … */
static bh_str real_id(bh_str id)
{
  return id.len && id.ptr[0] != '-' && !bhk_is(id, "0") ? id : (bh_str){"", 0};
}

static bh_status row(void *user, const bh_json_record *r)
{
  halo *x = user;
  const bh_host *h = x->p.api.h;
  const bh_str *t = r->texts;
  if (real_id(t[BREAK]).len || real_id(t[HOLIDAY]).len || t[START].len == 0 || t[HOURS].len == 0)
    return BH_OK;
  psa_time e = {.id = t[ID], .client = t[CLIENT], .description = t[SUBJECT], .billable = !bhk_like(x->no_charge, t[CHARGE_TYPE]) && !bhk_like(BHK("*non*billable*"), t[CHARGE_TYPE]),
    .work_type = t[CHARGE_TYPE], .agent = t[AGENT], .ticket = real_id(t[TICKET]), .contract = real_id(t[CONTRACT])};
  bh_status rc = h->parse_date(h->ctx, t[START], &e.date);
  if (rc == BH_OK)
    rc = psa_hours(&x->p, t[HOURS], 1, &e.hours);
  return rc ? rc : psa_time_emit(&x->p, &e);
}

bh_status halo_time(halo *x, bh_date today)
{
  /* A day more at either end: the company's day is not UTC's. */
  bhk_clear(&x->path);
  bhk_putz(&x->path, "/TimesheetEvent?start_date=");
  psa_put_day(&x->path, psa_day_add(x->p.since, -1));
  bhk_putz(&x->path, "T00:00:00Z&end_date=");
  psa_put_day(&x->path, psa_day_add(today, 2));
  bhk_put(&x->path, (bh_str){"T00:00:00Z", sizeof "T00:00:00Z"});
  const bhk_list list = {.path = x->path.ptr, .each = "$[*]", .fields = fields, .field_count = FIELDS, .row = row};
  bh_status rc = x->path.broken ? psa_no_memory(&x->p) : psa_scope(&x->p, "time.hours", 0);
  if (rc == BH_OK)
    rc = psa_read(&x->p, &list, x, NULL, 0, NULL, NULL);
  return rc ? rc : psa_scope(&x->p, "time.hours", BH_SCOPE_PARTIAL);
}

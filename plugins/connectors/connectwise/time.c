/* Time entries are usage. */
#include "connectwise.h"

static const char *const fields[] = {"id", "company.id", "timeStart", "actualHours", "hoursBilled", "billableOption", "status", "workType.name",
  "workRole.name", "member.identifier", "agreement.id", "ticket.id", "ticket.summary", "chargeToType"};
enum { ID, COMPANY, START, ACTUAL, BILLED, BILLABLE, STATUS, WORK_TYPE, ROLE, MEMBER, AGREEMENT, TICKET, SUMMARY, CHARGE_TO, FIELDS };
static const char ask[] = "id,company/id,timeStart,actualHours,hoursBilled,billableOption,status,workType/name,workRole/name,member/identifier,agreement/id,"
                          "ticket/id,ticket/summary,chargeToType";

static bh_status row(void *user, const bh_json_record *r)
{
  cw *c = user;
  const bh_host *h = c->p.api.h;
  const bh_str *t = r->texts;
  bh_str hours = c->actual_hours || t[BILLED].len == 0 ? t[ACTUAL] : t[BILLED];
  bool dead = bhk_is(t[STATUS], "Rejected") || bhk_is(t[STATUS], "WrittenOff");
  psa_time x = {.id = t[ID], .client = t[COMPANY], .description = t[SUMMARY], .billable = !dead && bhk_is(t[BILLABLE], "Billable"),
    .work_type = t[WORK_TYPE], .role = t[ROLE], .agent = t[MEMBER], .ticket = t[TICKET], .contract = t[AGREEMENT]};
  if (hours.len == 0)
    hours = BHK("0"); /* begun, and not ended yet */
  bh_status rc = h->parse_date(h->ctx, t[START], &x.date);
  if (rc == BH_OK)
    rc = psa_hours(&c->p, dead ? BHK("0") : hours, 1, &x.hours);
  return rc ? rc : psa_time_emit(&c->p, &x);
}

bh_status cw_time_entries(cw *c)
{
  bhk_buf conditions = {0};
  cw_since(&conditions, "timeStart", c->p.since);
  const cw_list list = {.path = "/time/entries", .conditions = bhk_text(&conditions), .ask = ask, .fields = fields, .field_count = FIELDS, .row = row};
  bh_status rc = conditions.broken ? psa_no_memory(&c->p) : psa_scope(&c->p, "time.hours", 0);
  if (rc == BH_OK)
    rc = cw_read(c, &list, c, NULL, 0, NULL);
  bhk_dispose(&conditions);
  return rc ? rc : psa_scope(&c->p, "time.hours", BH_SCOPE_PARTIAL);
}

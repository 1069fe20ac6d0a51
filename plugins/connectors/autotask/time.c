/* Time entries are usage. One knows its ticket or its task, and those know the company. */
#include "autotask.h"

static const char *const fields[] = {"id", "ticketID", "taskID", "resourceID", "dateWorked", "hoursToBill", "hoursWorked", "isNonBillable", "contractID",
  "billingCodeID", "roleID"};
enum { ID, TICKET, TASK, RESOURCE, DATE, TO_BILL, WORKED, NON_BILLABLE, CONTRACT, CODE, ROLE, FIELDS };

typedef struct entries {
  at *x;
  psa_rows rows;
  bhk_map codes, roles; /* id -> name */
} entries;

static bh_status on_entry(void *user, const bh_json_record *r)
{
  entries *e = user;
  return psa_rows_add(&e->x->p, &e->rows, r);
}

static bh_status on_code(void *user, const bh_json_record *r)
{
  entries *e = user;
  return bhk_add(&e->codes, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&e->x->p) : BH_OK;
}

static bh_status on_role(void *user, const bh_json_record *r)
{
  entries *e = user;
  return bhk_add(&e->roles, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&e->x->p) : BH_OK;
}

static bh_str value_of(const bhk_map *m, bh_str key)
{
  const bhk_entry *e = key.len ? bhk_get(m, key) : NULL;
  return e ? e->value : (bh_str){"", 0};
}

static bh_status emit(entries *e, const bh_str *t)
{
  at *x = e->x;
  psa *p = &x->p;
  bh_str hours = x->hours_worked || t[TO_BILL].len == 0 ? t[WORKED] : t[TO_BILL];
  psa_time out = {.id = t[ID], .billable = !psa_true(t[NON_BILLABLE]), .work_type = value_of(&e->codes, t[CODE]), .role = value_of(&e->roles, t[ROLE]),
    .agent = t[RESOURCE], .ticket = t[TICKET], .contract = t[CONTRACT]};
  if (t[TICKET].len == 0 && t[TASK].len == 0)
    return BH_OK; /* the MSP's own time */
  out.client = t[TICKET].len ? value_of(&x->tickets, t[TICKET]) : value_of(&x->projects, value_of(&x->tasks, t[TASK]));
  if (out.client.len == 0)
    return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "time entry %.*s: its %s %.*s cannot be seen: the API user's security level hides it", (int)t[ID].len,
                          t[ID].ptr, t[TICKET].len ? "ticket" : "task", t[TICKET].len ? (int)t[TICKET].len : (int)t[TASK].len, t[TICKET].len ? t[TICKET].ptr : t[TASK].ptr);
  bh_status rc = psa_day(p, t[DATE], &out.date);
  if (rc == BH_OK)
    rc = psa_hours(p, hours.len ? hours : BHK("0"), 1, &out.hours);
  return rc ? rc : psa_time_emit(p, &out);
}

static bh_status read_all(entries *e)
{
  static const char *const code_fields[] = {"id", "name"};
  at *x = e->x;
  bhk_buf filter = {0};
  at_condition(&filter, "gte", "dateWorked", x->p.since);
  bhk_put(&filter, (bh_str){"", 1});
  bh_status rc = filter.broken ? psa_no_memory(&x->p) : at_read(x, "TimeEntries", filter.ptr, fields, FIELDS, on_entry, e);
  bhk_dispose(&filter);
  for (size_t i = 0; i < e->rows.n && rc == BH_OK; i++) {
    const bh_str *t = &e->rows.v[i * FIELDS];
    rc = at_want(x, t[TICKET].len ? &x->tickets : &x->tasks, t[TICKET].len ? t[TICKET] : t[TASK]);
  }
  if (rc == BH_OK)
    rc = at_look_up(x);
  if (rc == BH_OK)
    rc = at_read(x, "BillingCodes", "", code_fields, 2, on_code, e);
  return rc ? rc : at_read(x, "Roles", "", code_fields, 2, on_role, e);
}

bh_status at_time(at *x)
{
  entries e = {.x = x, .rows = {.width = FIELDS}};
  bh_status rc = psa_scope(&x->p, "time.hours", 0);
  if (rc == BH_OK)
    rc = read_all(&e);
  for (size_t i = 0; i < e.rows.n && rc == BH_OK; i++)
    rc = emit(&e, &e.rows.v[i * FIELDS]);
  psa_rows_dispose(&e.rows);
  bhk_map_dispose(&e.codes);
  bhk_map_dispose(&e.roles);
  return rc ? rc : psa_scope(&x->p, "time.hours", BH_SCOPE_PARTIAL);
}

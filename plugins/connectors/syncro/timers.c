/* Ticket timers are usage. One knows its ticket, and the ticket its customer. */
#include "syncro.h"

static const char *const fields[] = {"id", "ticket_id", "user_id", "start_time", "billable", "billable_time", "active_duration", "product_id"};
enum { ID, TICKET, USER, START, BILLABLE, BILLABLE_TIME, ACTIVE, PRODUCT, FIELDS };

typedef struct timers {
  syncro *s;
  psa_rows rows;
} timers;

static bh_status on_timer(void *user, const bh_json_record *r)
{
  timers *x = user;
  return psa_rows_add(&x->s->p, &x->rows, r);
}

static bh_status on_ticket(void *user, const bh_json_record *r)
{
  syncro *s = user;
  return bhk_add(&s->tickets, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&s->p) : BH_OK;
}

/* A ticket that was not in the list of those that changed. */
typedef struct one {
  syncro *s;
  bh_str id;
} one;

static bh_status on_one(void *user, const bh_json_record *r)
{
  const one *o = user;
  if (!bhk_eq(r->texts[0], o->id) || r->texts[1].len == 0)
    return o->s->p.api.h->fail(o->s->p.api.h->ctx, BH_E_PERMANENT, "ticket %.*s: the answer does not say whose it is", (int)o->id.len, o->id.ptr);
  return bhk_add(&o->s->tickets, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&o->s->p) : BH_OK;
}

static bh_status one_ticket(syncro *s, bh_str id, bh_str timer)
{
  static const char *const ticket_fields[] = {"ticket.id", "ticket.customer_id"};
  one o = {s, id};
  bh_http_answer answer = {.struct_size = sizeof answer};
  const bh_json_query query = {.struct_size = sizeof query, .each = "$", .fields = ticket_fields, .field_count = 2, .record = on_one, .user = &o};
  const bh_json_query *const queries[] = {&query};
  bhk_clear(&s->path);
  bhk_put(&s->path, bhk_text(&s->p.api.base));
  bhk_putz(&s->path, "/tickets/");
  bhk_put(&s->path, id);
  if (s->path.broken)
    return psa_no_memory(&s->p);
  const bh_http_request q = {.struct_size = sizeof q, .url = bhk_text(&s->path), .headers = s->p.api.headers, .header_count = s->p.api.header_count};
  bh_status rc = s->p.api.json->http(s->p.api.h->ctx, &q, NULL, queries, 1, &answer);
  if (rc != BH_E_PERMANENT || answer.status != 404)
    return rc;
  if (s->skip_lost)
    return bhk_add(&s->tickets, id, BHK("")) < 0 ? psa_no_memory(&s->p) : BH_OK;
  return s->p.api.h->fail(s->p.api.h->ctx, BH_E_PERMANENT, "timer %.*s: the server answered with status 404 for its ticket %.*s: if it was deleted, say lost_timers = \"skip\"",
                          (int)timer.len, timer.ptr, (int)id.len, id.ptr);
}

static bh_status emit(syncro *s, const bh_str *t)
{
  psa *p = &s->p;
  bh_status rc = BH_OK;
  if (t[TICKET].len == 0 || t[START].len == 0)
    return BH_OK;
  if (!bhk_get(&s->tickets, t[TICKET]) && (rc = one_ticket(s, t[TICKET], t[ID])))
    return rc;
  const bhk_entry *ticket = bhk_get(&s->tickets, t[TICKET]);
  bool billable = psa_true(t[BILLABLE]);
  bh_str seconds = t[BILLABLE_TIME].len && (billable || t[ACTIVE].len == 0) ? t[BILLABLE_TIME] : t[ACTIVE];
  psa_time x = {.id = t[ID], .client = ticket ? ticket->value : (bh_str){"", 0}, .billable = billable, .work_type = t[PRODUCT], .agent = t[USER], .ticket = t[TICKET]};
  if ((rc = p->api.h->parse_date(p->api.h->ctx, t[START], &x.date)) == BH_OK)
    rc = psa_hours(p, seconds.len ? seconds : BHK("0"), 3600, &x.hours);
  return rc ? rc : psa_time_emit(p, &x);
}

bh_status syncro_timers(syncro *s)
{
  static const char *const ticket_fields[] = {"id", "customer_id"};
  timers x = {.s = s, .rows = {.width = FIELDS}};
  bhk_buf created = {0}, updated = {0};
  bh_date since = psa_day_add(s->p.since, -1); /* the company's day is not UTC's */
  bhk_putz(&created, "created_at_gt=");
  psa_put_day(&created, since);
  bhk_put(&created, (bh_str){"T00:00:00Z&", sizeof "T00:00:00Z&"});
  bhk_putz(&updated, "since_updated_at=");
  psa_put_day(&updated, since);
  bhk_put(&updated, (bh_str){"T00:00:00Z&", sizeof "T00:00:00Z&"});
  const syncro_list list = {.path = "/ticket_timers", .query = created.ptr, .each = "$.ticket_timers[*]", .fields = fields, .field_count = FIELDS, .row = on_timer};
  const syncro_list tickets = {.path = "/tickets", .query = updated.ptr, .each = "$.tickets[*]", .fields = ticket_fields, .field_count = 2, .row = on_ticket};
  bh_status rc = created.broken || updated.broken ? psa_no_memory(&s->p) : psa_scope(&s->p, "time.hours", 0);
  if (rc == BH_OK)
    rc = syncro_read(s, &list, &x);
  if (rc == BH_OK && x.rows.n)
    rc = syncro_read(s, &tickets, s);
  for (size_t i = 0; i < x.rows.n && rc == BH_OK; i++)
    rc = emit(s, &x.rows.v[i * FIELDS]);
  psa_rows_dispose(&x.rows);
  bhk_dispose(&created);
  bhk_dispose(&updated);
  return rc ? rc : psa_scope(&s->p, "time.hours", BH_SCOPE_PARTIAL);
}

/* Time worked is usage: each transaction with time taken. A person who sets a ticket's time worked back makes a transaction of less than no time: it
 * takes from the ones before it, the last first, so that the sum is the ticket's. */
#include "rt.h"

static const char *const fields[] = {"id", "ObjectId", "TimeTaken", "Created", "Creator.id", "Type"};
enum { ID, TICKET, TAKEN, CREATED, CREATOR, TYPE, FIELDS };
static const char search_fields[] = "ObjectId%2CTimeTaken%2CCreated%2CCreator%2CType";

/* A transaction. */
typedef struct entry {
  bh_str id, ticket, creator, type; /* in rows */
  uint64_t number;   /* its id: their order */
  int64_t minutes;
  bh_date date;
  bool touched;      /* something was taken from it within the time that is read */
} entry;

typedef struct work {
  rt *x;
  psa_rows rows;
  psa_ids tickets, corrected;
  entry *v;
  size_t n;
} work;

static bool integer(bh_str s, int64_t *out)
{
  size_t i = s.len && s.ptr[0] == '-';
  int64_t n = 0;
  if (s.len == i)
    return false;
  for (; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9' || n > (INT64_MAX - (s.ptr[i] - '0')) / 10)
      return false;
    n = n * 10 + (s.ptr[i] - '0');
  }
  *out = s.ptr[0] == '-' ? -n : n;
  return true;
}

/* ---- reading ---- */

static bh_status on_transaction(void *user, const bh_json_record *r)
{
  work *w = user;
  int64_t minutes;
  if (!integer(r->texts[TAKEN], &minutes))
    return w->x->p.api.h->fail(w->x->p.api.h->ctx, BH_E_PERMANENT, "transaction %.*s: its time taken is \"%.*s\"", (int)r->texts[ID].len, r->texts[ID].ptr,
                               (int)r->texts[TAKEN].len, r->texts[TAKEN].ptr);
  bh_status rc = psa_ids_add(&w->x->p, &w->tickets, r->texts[TICKET]);
  if (rc == BH_OK && minutes < 0)
    rc = psa_ids_add(&w->x->p, &w->corrected, r->texts[TICKET]);
  return rc ? rc : psa_rows_add(&w->x->p, &w->rows, r);
}

static bh_status search(work *w)
{
  bhk_buf path = {0}, body = {0};
  bhk_putz(&path, "/REST/2.0/transactions?per_page=100&orderby=id&fields=");
  bhk_putz(&path, search_fields);
  bhk_putz(&body, "[{\"field\":\"ObjectType\",\"value\":\"RT::Ticket\"},{\"field\":\"TimeTaken\",\"operator\":\"!=\",\"value\":\"0\"},"
                  "{\"field\":\"Created\",\"operator\":\">=\",\"value\":\"");
  psa_put_day(&body, psa_day_add(w->x->p.since, -1)); /* the company's day is not UTC's */
  bhk_putz(&body, " 00:00:00\"}]");
  bh_status rc = body.broken ? psa_no_memory(&w->x->p) : rt_read(w->x, &path, bhk_text(&body), fields, FIELDS, on_transaction, w);
  bhk_dispose(&path);
  bhk_dispose(&body);
  return rc;
}

/* What a correction takes from may lie before the time that is read. */
static bh_status earlier(work *w)
{
  bh_status rc = BH_OK;
  bhk_buf path = {0}, body = {0};
  for (size_t i = 0; i < w->corrected.n && rc == BH_OK; i++) {
    bhk_clear(&path);
    bhk_clear(&body);
    bhk_putz(&path, "/REST/2.0/transactions?per_page=100&orderby=id&fields=");
    bhk_putz(&path, search_fields);
    bhk_putz(&body, "[{\"field\":\"ObjectType\",\"value\":\"RT::Ticket\"},{\"field\":\"TimeTaken\",\"operator\":\"!=\",\"value\":\"0\"},{\"field\":\"ObjectId\",\"value\":");
    bhk_put_json(&body, w->corrected.v[i]);
    bhk_putz(&body, "}]");
    rc = body.broken ? psa_no_memory(&w->x->p) : rt_read(w->x, &path, bhk_text(&body), fields, FIELDS, on_transaction, w);
  }
  bhk_dispose(&path);
  bhk_dispose(&body);
  return rc;
}

/* ---- working it out ---- */

static int by_ticket_and_number(const void *a, const void *b)
{
  const entry *x = a, *y = b;
  size_t n = x->ticket.len < y->ticket.len ? x->ticket.len : y->ticket.len;
  int c = n ? memcmp(x->ticket.ptr, y->ticket.ptr, n) : 0;
  if (c == 0 && x->ticket.len != y->ticket.len)
    c = x->ticket.len < y->ticket.len ? -1 : 1;
  return c ? c : x->number < y->number ? -1 : x->number > y->number;
}

static bh_status make_entries(work *w)
{
  const bh_host *h = w->x->p.api.h;
  bh_status rc = BH_OK;
  w->v = calloc(w->rows.n ? w->rows.n : 1, sizeof *w->v);
  if (!w->v)
    return psa_no_memory(&w->x->p);
  for (size_t i = 0; i < w->rows.n && rc == BH_OK; i++) {
    const bh_str *t = &w->rows.v[i * FIELDS];
    entry *e = &w->v[w->n];
    int64_t number = 0;
    *e = (entry){.id = t[ID], .ticket = t[TICKET], .creator = t[CREATOR], .type = t[TYPE]};
    if (!integer(t[ID], &number) || !integer(t[TAKEN], &e->minutes))
      rc = h->fail(h->ctx, BH_E_PERMANENT, "transaction \"%.*s\": its id is no number", (int)t[ID].len, t[ID].ptr);
    else
      rc = h->parse_date(h->ctx, t[CREATED], &e->date);
    e->number = (uint64_t)number;
    w->n++;
  }
  if (rc == BH_OK)
    qsort(w->v, w->n, sizeof *w->v, by_ticket_and_number);
  /* The second search of a corrected ticket brings again what the first one had. */
  size_t kept = 0;
  for (size_t i = 0; i < w->n && rc == BH_OK; i++)
    if (kept == 0 || by_ticket_and_number(&w->v[kept - 1], &w->v[i]) != 0)
      w->v[kept++] = w->v[i];
  w->n = rc ? w->n : kept;
  return rc;
}

static void settle(work *w)
{
  for (size_t i = 0; i < w->n; i++) {
    if (w->v[i].minutes >= 0)
      continue;
    for (size_t j = i; j-- > 0 && w->v[i].minutes < 0 && bhk_eq(w->v[j].ticket, w->v[i].ticket);) {
      int64_t take = w->v[j].minutes < -w->v[i].minutes ? w->v[j].minutes : -w->v[i].minutes;
      if (take <= 0)
        continue;
      w->v[j].minutes -= take;
      w->v[i].minutes += take;
      w->v[j].touched = w->v[j].touched || psa_day_cmp(w->v[i].date, w->x->p.since) >= 0;
    }
    w->v[i].minutes = 0;
  }
}

static bh_status emit(work *w, const entry *e)
{
  rt *x = w->x;
  const bhk_entry *ticket = bhk_get(&x->tickets, e->ticket), *name = bhk_get(&x->names, e->ticket);
  char minutes[24];
  if (psa_day_cmp(e->date, x->p.since) < 0 && !e->touched)
    return BH_OK;
  if (!ticket)
    return x->p.api.h->fail(x->p.api.h->ctx, BH_E_PERMANENT, "ticket %.*s, on which time was worked, cannot be seen", (int)e->ticket.len, e->ticket.ptr);
  bool deleted = bhk_get(&x->deleted, e->ticket) != NULL;
  snprintf(minutes, sizeof minutes, "%lld", deleted ? 0 : (long long)e->minutes);
  psa_time t = {.id = e->id, .client = ticket->value, .description = name ? name->value : (bh_str){"", 0}, .date = e->date,
    .billable = !deleted && !bhk_get(&x->not_billable, e->ticket), .agent = e->creator, .ticket = e->ticket, .work_type = e->type};
  bh_status rc = psa_hours(&x->p, bhk_str(minutes), 60, &t.hours);
  return rc ? rc : psa_time_emit(&x->p, &t);
}

static void dispose(work *w)
{
  psa_rows_dispose(&w->rows);
  psa_ids_dispose(&w->tickets);
  psa_ids_dispose(&w->corrected);
  free(w->v);
}

bh_status rt_time(rt *x)
{
  work w = {.x = x, .rows = {.width = FIELDS}};
  bh_status rc = psa_scope(&x->p, "time.hours", 0);
  if (rc == BH_OK)
    rc = search(&w);
  if (rc == BH_OK)
    rc = earlier(&w);
  if (rc == BH_OK)
    rc = rt_tickets(x, &w.tickets);
  if (rc == BH_OK)
    rc = make_entries(&w);
  if (rc == BH_OK)
    settle(&w);
  for (size_t i = 0; i < w.n && rc == BH_OK; i++)
    rc = emit(&w, &w.v[i]);
  dispose(&w);
  return rc ? rc : psa_scope(&x->p, "time.hours", BH_SCOPE_PARTIAL);
}

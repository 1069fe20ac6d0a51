/* Queues are the clients. Tickets by id: whose they are, what they are about, whether their time is billable. */
#include "rt.h"

enum { IDS_AT_A_TIME = 100 };

bh_status rt_put_escaped(rt *x, bhk_buf *b, bh_str text)
{
  bh_str escaped;
  bh_status rc = x->p.api.http->escape(x->p.api.h->ctx, text, &escaped);
  if (rc == BH_OK)
    bhk_put(b, escaped);
  return rc;
}

bh_status rt_read(rt *x, const bhk_buf *path, bh_str body, const char *const *fields, size_t field_count, bh_status (*row)(void *user, const bh_json_record *r),
                  void *user)
{
  /* 100 is the most that RT gives; the total counts what may not be seen, too, and such a list fails rather than come short. */
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_NUMBER, .param = "page", .first = 1, .page_size = 100, .total = "$.total"};
  bhk_clear(&x->path);
  bhk_put(&x->path, bhk_text(path));
  bhk_put(&x->path, (bh_str){"", 1}); /* the end of a C string */
  const bhk_list list = {.path = x->path.ptr, .each = "$.items[*]", .fields = fields, .field_count = field_count, .row = row, .pages = &pages, .body = body,
    .post = body.len > 0};
  return x->path.broken || path->broken ? psa_no_memory(&x->p) : psa_read(&x->p, &list, user, NULL, 0, NULL, NULL);
}

/* ---- queues ---- */

static bh_status on_queue(void *user, const bh_json_record *r)
{
  rt *x = user;
  return bhk_like(x->queues, r->texts[1]) ? psa_client(&x->p, r->texts[0], r->texts[1], BHK(""), psa_true(r->texts[2])) : BH_OK;
}

static bh_status ignore(void *user, const bh_json_record *r)
{
  return BH_OK;
}

bh_status rt_queues(rt *x, bool emit)
{
  static const char *const fields[] = {"id", "Name", "Disabled"};
  bhk_buf path = {0};
  bhk_putz(&path, "/REST/2.0/queues/all?per_page=100&orderby=id&fields=Name%2CDisabled");
  bh_status rc = rt_read(x, &path, BHK(""), fields, 3, emit ? on_queue : ignore, x);
  bhk_dispose(&path);
  if (rc == BH_OK && emit && x->p.clients.n == 0)
    rc = x->p.api.h->fail(x->p.api.h->ctx, BH_E_INVALID, "no queue can be seen: the user lacks the right SeeQueue, or none fits the option queues");
  return rc;
}

/* ---- tickets ---- */

static bh_status remember(rt *x, bh_str id, bh_str queue, bh_str status, bh_str subject)
{
  if (queue.len == 0)
    return x->p.api.h->fail(x->p.api.h->ctx, BH_E_PERMANENT, "ticket %.*s: the answer does not say its queue", (int)id.len, id.ptr);
  bool gone = bhk_is(status, "deleted") && bhk_add(&x->deleted, id, BHK("")) < 0;
  return gone || bhk_add(&x->tickets, id, queue) < 0 || bhk_add(&x->names, id, subject) < 0 ? psa_no_memory(&x->p) : BH_OK;
}

static bh_status on_ticket(void *user, const bh_json_record *r)
{
  const bh_str *t = r->texts; /* id, Queue.id, Status, Subject */
  return remember(user, t[0], t[1], t[2], t[3]);
}

static bh_status on_billable(void *user, const bh_json_record *r)
{
  return bhk_add(user, r->texts[0], BHK("")) < 0 ? BH_E_NOMEM : BH_OK;
}

/* A ticket that no search finds: it was deleted, or merged into another one, which RT shows in its place. */
typedef struct one {
  rt *x;
  bh_str id;
} one;

static bh_status on_one(void *user, const bh_json_record *r)
{
  const one *o = user;
  const bh_host *h = o->x->p.api.h;
  if (r->texts[0].len == 0)
    return h->fail(h->ctx, BH_E_PERMANENT, "ticket %.*s: the answer does not say whose it is (Queue.id)", (int)o->id.len, o->id.ptr);
  return remember(o->x, o->id, r->texts[0], r->texts[1], r->texts[2]);
}

static bh_status read_one(rt *x, bh_str id)
{
  static const char *const fields[] = {"Queue.id", "Status", "Subject"};
  one o = {x, id};
  bhk_clear(&x->path);
  bhk_putz(&x->path, "/REST/2.0/ticket/");
  bhk_put(&x->path, id);
  bhk_put(&x->path, (bh_str){"", 1});
  const bhk_list list = {.path = x->path.ptr, .each = "$", .fields = fields, .field_count = 3, .row = on_one};
  return x->path.broken ? psa_no_memory(&x->p) : bhk_read(&x->p.api, &list, &o, NULL, 0);
}

/* `ids`: "id=1 OR id=2", of the tickets v[0..n). */
static bh_status ask(rt *x, const bhk_buf *ids, const bh_str *v, size_t n)
{
  static const char *const fields[] = {"id", "Queue.id", "Status", "Subject"};
  bhk_map billable = {NULL, 0, 0};
  bhk_buf path = {0}, query = {0};
  bhk_putz(&path, "/REST/2.0/tickets?per_page=100&orderby=id&fields=Queue%2CStatus%2CSubject&query=");
  bh_status rc = rt_put_escaped(x, &path, bhk_text(ids));
  if (rc == BH_OK)
    rc = rt_read(x, &path, BHK(""), fields, 4, on_ticket, x);
  for (size_t i = 0; i < n && rc == BH_OK; i++)
    if (!bhk_get(&x->tickets, v[i]))
      rc = read_one(x, v[i]);
  if (rc == BH_OK && x->billable.len) {
    bhk_putz(&query, "(");
    bhk_put(&query, bhk_text(ids));
    bhk_putz(&query, ") AND (");
    bhk_put(&query, x->billable);
    bhk_putz(&query, ")");
    bhk_clear(&path);
    bhk_putz(&path, "/REST/2.0/tickets?per_page=100&orderby=id&query=");
    if ((rc = rt_put_escaped(x, &path, bhk_text(&query))) == BH_OK)
      rc = rt_read(x, &path, BHK(""), fields, 1, on_billable, &billable);
    for (size_t i = 0; i < n && rc == BH_OK; i++)
      if (!bhk_get(&billable, v[i]) && bhk_add(&x->not_billable, v[i], BHK("")) < 0)
        rc = psa_no_memory(&x->p);
  }
  bhk_map_dispose(&billable);
  bhk_dispose(&query);
  bhk_dispose(&path);
  return rc;
}

bh_status rt_tickets(rt *x, const psa_ids *ids)
{
  bhk_buf terms = {0};
  bh_str v[IDS_AT_A_TIME];
  size_t n = 0;
  bh_status rc = BH_OK;
  for (size_t i = 0; i < ids->n && rc == BH_OK; i++) {
    bhk_putz(&terms, n ? " OR id=" : "id=");
    bhk_put(&terms, ids->v[i]);
    v[n++] = ids->v[i];
    if (n == IDS_AT_A_TIME || i + 1 == ids->n) {
      rc = ask(x, &terms, v, n);
      bhk_clear(&terms);
      n = 0;
    }
  }
  bhk_dispose(&terms);
  return rc;
}

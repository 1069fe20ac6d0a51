/* Whose a ticket, a task, a project is: asked for by id, so many at a time. */
#include "autotask.h"

enum { IDS_AT_A_TIME = 200 /* an address stays below four thousand characters */ };

typedef struct want {
  bhk_map *known;
  psa_ids *open;
  at *x;
} want;

bh_status at_want(at *x, bhk_map *of, bh_str id)
{
  psa_ids *open = of == &x->tickets ? &x->open_tickets : of == &x->tasks ? &x->open_tasks : &x->open_projects;
  return bhk_get(of, id) ? BH_OK : psa_ids_add(&x->p, open, id);
}

static bh_status on_parent(void *user, const bh_json_record *r)
{
  want *w = user;
  if (bhk_add(w->known, r->texts[0], r->texts[1]) < 0)
    return psa_no_memory(&w->x->p);
  return w->known == &w->x->tasks ? at_want(w->x, &w->x->projects, r->texts[1]) : BH_OK;
}

static bh_status ask(want *w, const char *entity, const char *field, const bhk_buf *ids)
{
  const char *const fields[] = {"id", field};
  bhk_buf filter = {0};
  bhk_putz(&filter, "{\"op\":\"in\",\"field\":\"id\",\"value\":[");
  bhk_put(&filter, bhk_text(ids));
  bhk_put(&filter, (bh_str){"]}", 3});
  bh_status rc = filter.broken || ids->broken ? psa_no_memory(&w->x->p) : at_read(w->x, entity, filter.ptr, fields, 2, on_parent, w);
  bhk_dispose(&filter);
  return rc;
}

static bool digits(bh_str s)
{
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
  return s.len > 0;
}

static bh_status ask_all(want *w, const char *entity, const char *field)
{
  bhk_buf ids = {0};
  size_t n = 0;
  bh_status rc = BH_OK;
  for (size_t i = 0; i < w->open->n && rc == BH_OK; i++) {
    if (!digits(w->open->v[i]))
      continue;
    bhk_putz(&ids, n ? "," : "");
    bhk_put(&ids, w->open->v[i]);
    if (++n == IDS_AT_A_TIME) {
      rc = ask(w, entity, field, &ids);
      bhk_clear(&ids);
      n = 0;
    }
  }
  if (rc == BH_OK && n)
    rc = ask(w, entity, field, &ids);
  bhk_dispose(&ids);
  psa_ids_dispose(w->open);
  return rc;
}

bh_status at_look_up(at *x)
{
  want tickets = {&x->tickets, &x->open_tickets, x}, tasks = {&x->tasks, &x->open_tasks, x}, projects = {&x->projects, &x->open_projects, x};
  bh_status rc = ask_all(&tickets, "Tickets", "companyID");
  if (rc == BH_OK) /* each says its project, which is then wanted, too: on_parent() */
    rc = ask_all(&tasks, "Tasks", "projectID");
  return rc ? rc : ask_all(&projects, "Projects", "companyID");
}

/* Whose a ticket, a task, a project is: asked for by id, so many at a time. */
#include "autotask.h"

enum { IDS_AT_A_TIME = 200 /* an address stays below four thousand characters */ };

typedef struct want {
  bhk_map *known, *open;
  at *x;
} want;

bh_status at_want(at *x, bhk_map *of, bh_str id)
{
  bhk_map *open = of == &x->tickets ? &x->open_tickets : of == &x->tasks ? &x->open_tasks : &x->open_projects;
  return id.len && !bhk_get(of, id) && bhk_add(open, id, BHK("")) < 0 ? psa_no_memory(&x->p) : BH_OK;
}

static bh_status on_parent(void *user, const bh_json_record *r)
{
  want *w = user;
  return bhk_add(w->known, r->texts[0], r->texts[1]) < 0 ? psa_no_memory(&w->x->p) : BH_OK;
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
  for (size_t i = 0; i < w->open->cap && rc == BH_OK; i++) {
    if (!w->open->v[i].key.ptr || !digits(w->open->v[i].key))
      continue;
    bhk_putz(&ids, n ? "," : "");
    bhk_put(&ids, w->open->v[i].key);
    if (++n == IDS_AT_A_TIME) {
      rc = ask(w, entity, field, &ids);
      bhk_clear(&ids);
      n = 0;
    }
  }
  if (rc == BH_OK && n)
    rc = ask(w, entity, field, &ids);
  bhk_dispose(&ids);
  bhk_map_dispose(w->open);
  return rc;
}

bh_status at_look_up(at *x)
{
  want tickets = {&x->tickets, &x->open_tickets, x}, tasks = {&x->tasks, &x->open_tasks, x}, projects = {&x->projects, &x->open_projects, x};
  bh_status rc = ask_all(&tickets, "Tickets", "companyID");
  if (rc == BH_OK)
    rc = ask_all(&tasks, "Tasks", "projectID");
  for (size_t i = 0; i < x->tasks.cap && rc == BH_OK; i++)
    if (x->tasks.v[i].key.ptr)
      rc = at_want(x, &x->projects, x->tasks.v[i].value);
  return rc ? rc : ask_all(&projects, "Projects", "companyID");
}

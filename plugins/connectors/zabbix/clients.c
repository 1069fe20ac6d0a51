/* Groups below the prefix are the clients: "Clients/Acme" is "Acme". */
#include "zabbix.h"
#include <stdlib.h>

typedef struct reading { zbx_map *m; zbx_groups *into; bool users; const char *method; } reading;

static bh_str kept(const zbx_map *m, bh_str s)
{
  char *copy = m->z->h->scratch(m->z->h->ctx, s.len);
  if (copy)
    memcpy(copy, s.ptr, s.len);
  return (bh_str){copy, s.len};
}

static bh_status on_group(void *user, const bh_json_record *r)
{
  reading *x = user;
  zbx *z = x->m->z;
  zbx_group g = {.client = 0};
  bh_str name = r->texts[1];
  if (!zbx_number(&g.id, r->texts[0]) || r->kinds[1] != BH_JSON_STRING)
    return z->h->fail(z->h->ctx, BH_E_PERMANENT, "%s: a group without id or name", x->method);
  /* Zabbix's search takes no notice of case: only what begins exactly so is ours. */
  if (name.len <= z->prefix.len || !zbx_eq((bh_str){name.ptr, z->prefix.len}, z->prefix))
    return BH_OK;
  g.path = kept(x->m, (bh_str){name.ptr + z->prefix.len, name.len - z->prefix.len});
  if (!g.path.ptr)
    return zbx_no_memory(z);
  if (x->into->n == x->into->cap) {
    size_t cap = x->into->cap ? x->into->cap * 2 : 64;
    zbx_group *v = realloc(x->into->v, cap * sizeof *v);
    if (!v)
      return zbx_no_memory(z);
    x->into->v = v;
    x->into->cap = cap;
  }
  x->into->v[x->into->n++] = g;
  return BH_OK;
}

static int group_order(const void *a, const void *b)
{
  uint64_t x = ((const zbx_group *)a)->id, y = ((const zbx_group *)b)->id;
  return (x > y) - (x < y);
}

static bh_status read_groups(zbx_map *m, zbx_groups *into, const char *method, const char *id)
{
  zbx *z = m->z;
  const char *const fields[] = {id, "name"};
  reading x = {.m = m, .into = into, .method = method};
  const bh_json_query each = {.struct_size = sizeof each, .each = "$.result[*]", .fields = fields, .field_count = 2, .record = on_group, .user = &x};
  const bh_json_query *const queries[] = {&each};
  zbx_buf params = {0};
  zbx_putz(&params, "{\"output\":[\"");
  zbx_putz(&params, id);
  zbx_putz(&params, "\",\"name\"]");
  if (z->prefix.len) {
    zbx_putz(&params, ",\"startSearch\":true,\"search\":{\"name\":");
    zbx_put_json(&params, z->prefix);
    zbx_putz(&params, "}");
  }
  zbx_putz(&params, "}");
  bh_status rc = zbx_call(z, method, &params, NULL, queries, 1);
  zbx_buf_dispose(&params);
  if (rc)
    return rc;
  if (into->n == 0)
    return z->h->fail(z->h->ctx, BH_E_INVALID, "%s: no group below \"%.*s\" that this Zabbix user may see", method,
                      (int)(z->prefix.len < 200 ? z->prefix.len : 200), z->prefix.ptr);
  qsort(into->v, into->n, sizeof *into->v, group_order);
  for (size_t i = 1; i < into->n; i++)
    if (into->v[i].id == into->v[i - 1].id)
      return z->h->fail(z->h->ctx, BH_E_PERMANENT, "%s: one group came twice", method);
  return BH_OK;
}

static bh_str client_of(const zbx *z, bh_str path)
{
  for (size_t i = 1; z->nested_top && i < path.len; i++)
    if (path.ptr[i] == '/')
      return (bh_str){path.ptr, i};
  return path;
}

static int client_order(const void *a, const void *b)
{
  const zbx_client *x = a, *y = b;
  size_t n = x->ref.len < y->ref.len ? x->ref.len : y->ref.len;
  int order = memcmp(x->ref.ptr, y->ref.ptr, n);
  return order ? order : (x->ref.len > y->ref.len) - (x->ref.len < y->ref.len);
}

static void join_clients(zbx_map *m, zbx_groups *groups, bool users)
{
  for (size_t i = 0; i < groups->n; i++) {
    const zbx_client key = {.ref = client_of(m->z, groups->v[i].path)};
    zbx_client *c = bsearch(&key, m->clients.v, m->clients.n, sizeof *m->clients.v, client_order);
    if (!c)
      continue; /* each was added below */
    groups->v[i].client = (size_t)(c - m->clients.v);
    c->devices = c->devices || !users;
    c->users = c->users || users;
  }
}

static bh_status make_clients(zbx_map *m)
{
  zbx_client *v = calloc(m->hosts.n + m->users.n, sizeof *v);
  if (!v)
    return zbx_no_memory(m->z);
  m->clients = (zbx_clients){v, 0, m->hosts.n + m->users.n};
  for (size_t i = 0; i < m->hosts.n; i++)
    v[m->clients.n++].ref = client_of(m->z, m->hosts.v[i].path);
  for (size_t i = 0; i < m->users.n; i++)
    v[m->clients.n++].ref = client_of(m->z, m->users.v[i].path);
  qsort(v, m->clients.n, sizeof *v, client_order);
  size_t distinct = 1;
  for (size_t i = 1; i < m->clients.n; i++)
    if (!zbx_eq(v[i].ref, v[distinct - 1].ref))
      v[distinct++] = v[i];
  m->clients.n = distinct;
  join_clients(m, &m->hosts, false);
  join_clients(m, &m->users, true);
  return BH_OK;
}

bh_status zbx_map_read(zbx_map *m, zbx *z)
{
  *m = (zbx_map){.z = z};
  bh_status rc = read_groups(m, &m->hosts, "hostgroup.get", "groupid");
  if (rc == BH_OK && z->with_users)
    rc = read_groups(m, &m->users, "usergroup.get", "usrgrpid");
  return rc ? rc : make_clients(m);
}

void zbx_map_dispose(zbx_map *m)
{
  free(m->hosts.v);
  free(m->users.v);
  free(m->clients.v);
  *m = (zbx_map){0};
}

bh_status zbx_map_emit(const zbx_map *m, const bh_emit *emit)
{
  for (size_t i = 0; i < m->clients.n; i++) {
    const bh_client c = {.struct_size = sizeof c, .id = m->clients.v[i].ref, .name = m->clients.v[i].ref};
    bh_status rc = emit->client(emit->ctx, &c);
    if (rc)
      return rc;
  }
  return BH_OK;
}

const zbx_group *zbx_group_find(const zbx_groups *g, uint64_t id)
{
  const zbx_group key = {.id = id};
  return g->n ? bsearch(&key, g->v, g->n, sizeof *g->v, group_order) : NULL;
}

bh_status zbx_scopes_begin(const zbx_map *m, const bh_emit *emit)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && i < m->clients.n; i++) {
    const zbx_client *c = &m->clients.v[i];
    if (c->devices)
      rc = emit->scope_begin(emit->ctx, ZBX_TEXT("device"), c->ref);
    if (rc == BH_OK && c->users)
      rc = emit->scope_begin(emit->ctx, ZBX_TEXT("user"), c->ref);
  }
  return rc;
}

bh_status zbx_scopes_complete(const zbx_map *m, const bh_emit *emit)
{
  bh_status rc = BH_OK;
  for (size_t i = m->clients.n; rc == BH_OK && i-- > 0;) { /* as they nest: the last one begun first */
    const zbx_client *c = &m->clients.v[i];
    if (c->users)
      rc = emit->scope_end(emit->ctx, ZBX_TEXT("user"), c->ref, BH_SCOPE_COMPLETE);
    if (rc == BH_OK && c->devices)
      rc = emit->scope_end(emit->ctx, ZBX_TEXT("device"), c->ref, BH_SCOPE_COMPLETE);
  }
  return rc;
}

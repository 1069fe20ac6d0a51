/* Members of the user groups below the prefix are the clients' users. */
#include "zabbix.h"
#include <stdlib.h>

enum { U_ID, U_USERNAME, U_NAME, U_SURNAME, U_STATUS, U_GROUPS, U_COUNT };
static const char *const user_fields[U_COUNT] = {"userid", "username", "name", "surname", "users_status", "usrgrps"};

typedef struct users {
  const zbx_map *m;
  const bh_emit *emit;
  size_t clients[ZBX_PARTS_MAX], client_count;
  zbx_buf name;
} users;

static bh_status on_user_group(void *user, const bh_json_record *r)
{
  users *x = user;
  const bh_host *h = x->m->z->h;
  uint64_t id;
  if (!zbx_number(&id, r->texts[0]))
    return h->fail(h->ctx, BH_E_PERMANENT, "user.get: a user's group without id");
  const zbx_group *g = zbx_group_find(&x->m->users, id);
  for (size_t i = 0; g && i < x->client_count; i++)
    if (x->clients[i] == g->client)
      return BH_OK;
  if (g && x->client_count == ZBX_PARTS_MAX)
    return h->fail(h->ctx, BH_E_PERMANENT, "user.get: a user in more than %d groups", ZBX_PARTS_MAX);
  if (g)
    x->clients[x->client_count++] = g->client;
  return BH_OK;
}

static void reset(void *user)
{
  users *x = user;
  x->client_count = x->name.len = 0;
}

static bh_status on_user(void *user, uint64_t id, const bh_json_record *r, bool *took)
{
  users *x = user;
  zbx *z = x->m->z;
  bool enabled = zbx_eq(r->texts[U_STATUS], ZBX_TEXT("0"));
  if ((!enabled && !zbx_eq(r->texts[U_STATUS], ZBX_TEXT("1"))) || r->kinds[U_GROUPS] != BH_JSON_ARRAY)
    return z->h->fail(z->h->ctx, BH_E_PERMANENT, "user.get: user %lu came without users_status or usrgrps", (unsigned long)id);
  if (x->client_count == 0)
    return BH_OK; /* has left its group since it was listed */
  *took = true;
  if (!enabled && !z->include_disabled)
    return BH_OK;
  zbx_put(&x->name, r->texts[U_NAME]);
  zbx_putz(&x->name, r->texts[U_NAME].len && r->texts[U_SURNAME].len ? " " : "");
  zbx_put(&x->name, r->texts[U_SURNAME]);
  if (x->name.len == 0)
    zbx_put(&x->name, r->texts[U_USERNAME]);
  if (x->name.broken)
    return zbx_no_memory(z);
  const bh_str attrs[] = {ZBX_TEXT("username"), r->texts[U_USERNAME], ZBX_TEXT("status"), enabled ? ZBX_TEXT("enabled") : ZBX_TEXT("disabled")};
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .kind = ZBX_TEXT("user"), .klass = ZBX_TEXT("user"), .id = r->texts[U_ID],
    .name = {x->name.ptr, x->name.len}, .attrs = attrs, .attr_count = sizeof attrs / sizeof attrs[0]};
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && i < x->client_count; i++) {
    a.client = x->m->clients.v[x->clients[i]].ref;
    rc = x->emit->asset(x->emit->ctx, &a);
  }
  return rc;
}

bh_status zbx_users_pull(const zbx_map *m, const bh_emit *emit)
{
  static const char *const group_fields[] = {"usrgrpid"};
  zbx *z = m->z;
  users *x = calloc(1, sizeof *x);
  zbx_ids ids = {0};
  if (!x)
    return zbx_no_memory(z);
  x->m = m;
  x->emit = emit;
  const bh_json_query groups = {.struct_size = sizeof groups, .each = "$.result[*].usrgrps[*]", .fields = group_fields, .field_count = 1,
    .record = on_user_group, .user = x};
  const bh_json_query *const parts[] = {&groups};
  zbx_walk w = {.method = "user.get", .id = "userid", .ids = "userids", .what = "users", .fields = user_fields, .field_count = U_COUNT,
    .parts = parts, .part_count = 1, .item = on_user, .reset = reset, .user = x};
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && i < m->users.n; i++)
    rc = zbx_ids_add(&ids, m->users.v[i].id) ? BH_OK : zbx_no_memory(z);
  zbx_putz(&w.shared, "\"usrgrpids\":");
  zbx_put_ids(&w.shared, ids.v, ids.n);
  /* getAccess brings users_status: 1 where any of the user's groups, also one outside the prefix, is disabled. */
  zbx_putz(&w.detail, "\"output\":[\"userid\",\"username\",\"name\",\"surname\"],\"selectUsrgrps\":[\"usrgrpid\"],\"getAccess\":true");
  if (rc == BH_OK)
    rc = zbx_walk_run(z, &w);
  zbx_buf_dispose(&w.shared);
  zbx_buf_dispose(&w.detail);
  zbx_buf_dispose(&x->name);
  zbx_ids_dispose(&ids);
  free(x);
  return rc;
}

/* Reading long lists from an API without pages, in bounded answers. */
#include "zabbix.h"

typedef struct walking {
  zbx *z;
  const zbx_walk *w;
  zbx_ids listed, done, unread; /* sorted; of this round, of all rounds, listed and not done */
  zbx_ids arrived;              /* of one chunk, as it came */
  const uint64_t *asked;        /* the chunk */
  size_t asked_count;
} walking;

static bh_status not_asked(walking *k)
{
  return k->z->h->fail(k->z->h->ctx, BH_E_PERMANENT, "%s: the answer holds %s that were not asked for", k->w->method, k->w->what);
}

static bh_status on_listed(void *user, const bh_json_record *r)
{
  walking *k = user;
  uint64_t id;
  if (!zbx_number(&id, r->texts[0]))
    return k->z->h->fail(k->z->h->ctx, BH_E_PERMANENT, "%s: an entry without %s", k->w->method, k->w->id);
  return zbx_ids_add(&k->listed, id) ? BH_OK : zbx_no_memory(k->z);
}

/* All ids of this moment, as many as Zabbix itself counts. */
static bh_status list(walking *k)
{
  const char *const fields[] = {k->w->id};
  const bh_json_query each = {.struct_size = sizeof each, .each = "$.result[*]", .fields = fields, .field_count = 1, .record = on_listed, .user = k};
  const bh_json_query *const queries[] = {&each};
  zbx_buf params = {0};
  zbx_putz(&params, "{\"output\":[\"");
  zbx_putz(&params, k->w->id);
  zbx_putz(&params, k->w->shared.len ? "\"]," : "\"]");
  zbx_put(&params, (bh_str){k->w->shared.ptr, k->w->shared.len});
  zbx_putz(&params, "}");
  uint64_t count = 0;
  bh_status rc = BH_OK;
  for (int i = 0; i < ZBX_ROUNDS_MAX; i++) {
    k->listed.n = 0;
    if ((rc = zbx_count(k->z, k->w->method, &k->w->shared, &count)) || (rc = zbx_call(k->z, k->w->method, &params, NULL, queries, 1)))
      break;
    zbx_ids_sort(&k->listed);
    if (k->listed.n == count)
      break;
  }
  zbx_buf_dispose(&params);
  if (rc == BH_OK && k->listed.n != count)
    rc = k->z->h->fail(k->z->h->ctx, BH_E_TRANSIENT, "%s: %zu %s listed, but Zabbix counts %lu", k->w->method, k->listed.n, k->w->what,
                       (unsigned long)count);
  return rc;
}

static bh_status on_thing(void *user, const bh_json_record *r)
{
  walking *k = user;
  uint64_t id;
  if (!zbx_number(&id, r->texts[0]) || !zbx_ids_has(&(zbx_ids){(uint64_t *)(uintptr_t)k->asked, k->asked_count, 0}, id))
    return not_asked(k);
  if (!zbx_ids_add(&k->arrived, id))
    return zbx_no_memory(k->z);
  bool took = false;
  bh_status rc = k->w->item(k->w->user, id, r, &took);
  k->w->reset(k->w->user);
  return rc == BH_OK && took && !zbx_ids_add(&k->done, id) ? zbx_no_memory(k->z) : rc;
}

static bh_status read_chunk(walking *k)
{
  enum { PARTS_MAX = 6 };
  const bh_json_query each = {.struct_size = sizeof each, .each = "$.result[*]", .fields = k->w->fields, .field_count = k->w->field_count,
    .record = on_thing, .user = k};
  const bh_json_query *queries[PARTS_MAX + 1];
  size_t n = 0;
  for (; n < k->w->part_count && n < PARTS_MAX; n++)
    queries[n] = k->w->parts[n];
  queries[n++] = &each;
  zbx_buf params = {0};
  zbx_putz(&params, "{\"");
  zbx_putz(&params, k->w->ids);
  zbx_putz(&params, "\":");
  zbx_put_ids(&params, k->asked, k->asked_count);
  zbx_putz(&params, ",");
  zbx_put(&params, (bh_str){k->w->detail.ptr, k->w->detail.len});
  zbx_putz(&params, "}");
  k->arrived.n = 0;
  k->w->reset(k->w->user);
  bh_status rc = zbx_call(k->z, k->w->method, &params, NULL, queries, n);
  zbx_buf_dispose(&params);
  size_t sent = k->arrived.n;
  zbx_ids_sort(&k->arrived);
  if (rc == BH_OK && sent != k->arrived.n)
    rc = k->z->h->fail(k->z->h->ctx, BH_E_PERMANENT, "%s: one of the %s came twice", k->w->method, k->w->what);
  return rc;
}

static bh_status find_unread(walking *k)
{
  zbx_ids_sort(&k->done);
  k->unread.n = 0;
  for (size_t i = 0, d = 0; i < k->listed.n; i++) {
    while (d < k->done.n && k->done.v[d] < k->listed.v[i])
      d++;
    if ((d == k->done.n || k->done.v[d] != k->listed.v[i]) && !zbx_ids_add(&k->unread, k->listed.v[i]))
      return zbx_no_memory(k->z);
  }
  return BH_OK;
}

bh_status zbx_walk_run(zbx *z, const zbx_walk *w)
{
  walking k = {.z = z, .w = w};
  bh_status rc = w->shared.broken || w->detail.broken ? zbx_no_memory(z) : BH_OK;
  for (int round = 0; rc == BH_OK; round++) {
    if ((rc = list(&k)) || (rc = find_unread(&k)) || k.unread.n == 0)
      break;
    if (round == ZBX_ROUNDS_MAX) {
      rc = z->h->fail(z->h->ctx, BH_E_TRANSIENT, "%s: %zu %s are listed and could not be read", w->method, k.unread.n, w->what);
      break;
    }
    for (size_t at = 0; rc == BH_OK && at < k.unread.n; at += ZBX_CHUNK) {
      k.asked = k.unread.v + at;
      k.asked_count = k.unread.n - at < ZBX_CHUNK ? k.unread.n - at : ZBX_CHUNK;
      rc = read_chunk(&k);
    }
  }
  zbx_ids_dispose(&k.listed);
  zbx_ids_dispose(&k.done);
  zbx_ids_dispose(&k.unread);
  zbx_ids_dispose(&k.arrived);
  return rc;
}

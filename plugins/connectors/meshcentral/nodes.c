/* Nodes are the devices. A server may hand them out in pages (its setting maxDeviceView): then it says so, and tells the last connections of the page
 * in hand alone. So a page is kept, its last connections are asked for, and then it is emitted. */
#include "meshcentral.h"

enum { F_ID, F_NAME, F_HOST, F_OS, F_ICON, F_MTYPE, F_AGENT, F_TAGS, F_CONN, F_RNAME, F_COUNT };

typedef struct span { size_t at, len; } span; /* of `text`, which moves as it grows */
typedef struct node { span group, f[F_COUNT]; } node;

typedef struct nodes {
  mesh *m;
  const bh_emit *emit;
  const bh_pull *what;
  node *v;                /* of the page in hand */
  size_t n, cap;
  bhk_buf text;
  bhk_map seen;           /* ids that were emitted */
  bhk_map last;           /* id → date of the last connection, of the page in hand */
  int64_t limit, total;   /* as the page says; -1: it does not */
  size_t taken;           /* so far, on all pages */
} nodes;

static span keep(nodes *x, bh_str s)
{
  span at = {x->text.len, s.len};
  bhk_put(&x->text, s);
  return at;
}

static bh_str text_of(const nodes *x, span s)
{
  return (bh_str){s.len ? x->text.ptr + s.at : "", s.len};
}

static bh_status on_node(void *user, const bh_json_record *r)
{
  nodes *x = user;
  const bh_host *h = x->m->h;
  if (r->kinds[F_ID] != BH_JSON_STRING || r->texts[F_ID].len == 0 || r->key_count < 2)
    return h->fail(h->ctx, BH_E_PERMANENT, "\"nodes\": a device came without an _id");
  if (x->n == x->cap) {
    size_t cap = x->cap ? 2 * x->cap : 256;
    node *grown = realloc(x->v, cap * sizeof *grown);
    if (!grown)
      return mesh_no_memory(x->m);
    x->v = grown;
    x->cap = cap;
  }
  node *d = &x->v[x->n++];
  d->group = keep(x, r->keys[0]);
  for (size_t i = 0; i < F_COUNT; i++)
    d->f[i] = keep(x, r->texts[i]);
  return x->text.broken ? mesh_no_memory(x->m) : BH_OK;
}

static int64_t number(const bh_json_record *r, size_t i)
{
  int64_t n = 0;
  if (r->kinds[i] != BH_JSON_NUMBER || r->texts[i].len > 15)
    return -1;
  for (size_t k = 0; k < r->texts[i].len; k++) {
    if (r->texts[i].ptr[k] < '0' || r->texts[i].ptr[k] > '9')
      return -1;
    n = n * 10 + (r->texts[i].ptr[k] - '0');
  }
  return n;
}

static bh_status on_page(void *user, const bh_json_record *r)
{
  nodes *x = user;
  x->limit = number(r, 0);
  x->total = number(r, 1);
  return BH_OK;
}

static bh_status read_page(nodes *x)
{
  static const char *const fields[F_COUNT] = {"_id", "name", "host", "osdesc", "icon", "mtype", "agent.id", "tags", "conn", "rname"};
  static const char *const page_fields[] = {"limit", "totalcount"};
  const bh_json_query each = {.struct_size = sizeof each, .each = "$.nodes.*[*]", .fields = fields, .field_count = F_COUNT, .record = on_node, .user = x};
  const bh_json_query page = {.struct_size = sizeof page, .each = "$", .fields = page_fields, .field_count = 2, .record = on_page, .user = x};
  const bh_json_query *const queries[] = {&each, &page};
  const mesh_wanted wanted = {.action = "nodes", .queries = queries, .query_count = 2};
  char request[120];
  x->n = 0;
  bhk_clear(&x->text);
  x->limit = x->total = -1;
  snprintf(request, sizeof request, "{\"action\":\"nodes\",\"responseid\":\"billhook\",\"skip\":%zu}", x->taken);
  return mesh_ask(x->m, request, &wanted);
}

/* ---- when a device was last there ---- */

static bh_status on_last(void *user, const bh_json_record *r)
{
  nodes *x = user;
  const bh_host *h = x->m->h;
  int64_t ms = number(r, 0);
  bh_date d;
  char text[12];
  if (ms <= 0)
    return BH_OK;
  bh_status rc = h->civil(h->ctx, ms / 1000, &d);
  if (rc)
    return rc;
  memcpy(text, &d, sizeof d);
  return bhk_add(&x->last, r->keys[0], (bh_str){text, sizeof d}) < 0 ? mesh_no_memory(x->m) : BH_OK;
}

static bh_status read_last(nodes *x)
{
  static const char *const fields[] = {""};
  const bh_json_query each = {.struct_size = sizeof each, .each = "$.lastconnects.*", .fields = fields, .field_count = 1, .record = on_last, .user = x};
  const bh_json_query *const queries[] = {&each};
  const mesh_wanted wanted = {.action = "lastconnects", .queries = queries, .query_count = 1};
  bhk_map_dispose(&x->last);
  return mesh_ask(x->m, "{\"action\":\"lastconnects\"}", &wanted);
}

/* ---- what it is ---- */

/* MeshCentral has no classes: the operating system's name says more than the icon, which somebody has picked. */
static bh_str class_of(const nodes *x, const node *d)
{
  static const char *const icons[] = {NULL, "workstation", "workstation", "mobile", "server", "server", "network", "other", "virtual"};
  bh_str os = text_of(x, d->f[F_OS]), icon = text_of(x, d->f[F_ICON]), rest = BHK("other");
  size_t i = icon.len == 1 && icon.ptr[0] >= '1' && icon.ptr[0] <= '8' ? (size_t)(icon.ptr[0] - '0') : 0;
  if (bhk_like(BHK("*server*"), os))
    rest = BHK("server");
  else if (bhk_like(BHK("*windows*"), os) || bhk_like(BHK("*macos*"), os) || bhk_like(BHK("*mac os*"), os))
    rest = BHK("workstation");
  else if (bhk_like(BHK("android*"), os) || bhk_like(BHK("ios*"), os))
    rest = BHK("mobile");
  else if (i)
    rest = bhk_str(icons[i]);
  return bhk_class(x->m->h, os, rest);
}

/* Tags come as the JSON of their list. */
static int tagged(const nodes *x, const node *d, bh_str tag)
{
  bhk_buf b = {0};
  bhk_put_json(&b, tag);
  bh_str all = text_of(x, d->f[F_TAGS]), one = bhk_text(&b);
  int found = 0;
  for (size_t i = 0; tag.len && !found && i + one.len <= all.len; i++)
    found = memcmp(all.ptr + i, one.ptr, one.len) == 0;
  bhk_dispose(&b);
  return found;
}

static bh_status group_of(nodes *x, bh_str group, bh_str *client)
{
  const bhk_entry *e = bhk_get(&x->m->groups, group);
  if (e) {
    *client = e->value;
    return BH_OK;
  }
  /* A device that the account may see though it may not see its group: said under the group's id, as a client that nobody claims. */
  const bh_client c = {.struct_size = sizeof c, .id = group};
  *client = group;
  if (bhk_add(&x->m->groups, group, group) < 0)
    return mesh_no_memory(x->m);
  return x->emit->client(x->emit->ctx, &c);
}

static bh_status emit_one(nodes *x, const node *d)
{
  bh_str id = text_of(x, d->f[F_ID]), conn = text_of(x, d->f[F_CONN]);
  int fresh = bhk_add(&x->seen, id, BHK(""));
  if (fresh < 0)
    return mesh_no_memory(x->m);
  if (!fresh || tagged(x, d, x->m->archived)) /* a page may repeat what moved meanwhile */
    return BH_OK;
  bhk_attrs attrs = {.n = 0};
  bhk_attr(&attrs, "host", text_of(x, d->f[F_RNAME]));
  bhk_attr(&attrs, "address", text_of(x, d->f[F_HOST]));
  bhk_attr(&attrs, "os", text_of(x, d->f[F_OS]));
  bhk_attr(&attrs, "tags", text_of(x, d->f[F_TAGS]));
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .kind = BHK("device"), .klass = class_of(x, d), .id = id,
    .name = text_of(x, d->f[F_NAME]), .attrs = attrs.v, .attr_count = attrs.n};
  const bhk_entry *last = bhk_get(&x->last, id);
  if (conn.len && !bhk_is(conn, "0"))
    a.last_seen = x->what->today;
  else if (last)
    memcpy(&a.last_seen, last->value.ptr, sizeof a.last_seen);
  bh_status rc = group_of(x, text_of(x, d->group), &a.client);
  return rc ? rc : x->emit->asset(x->emit->ctx, &a);
}

static bh_status pages(nodes *x)
{
  for (int more = 1; more;) {
    bh_status rc = read_page(x);
    if (rc == BH_OK && x->n)
      rc = read_last(x);
    for (size_t i = 0; rc == BH_OK && i < x->n; i++)
      rc = emit_one(x, &x->v[i]);
    if (rc)
      return rc;
    x->taken += x->n;
    more = x->n > 0 && x->limit > 0 && x->n >= (size_t)x->limit;
  }
  if (x->total >= 0 && x->seen.n < (size_t)x->total)
    return x->m->h->fail(x->m->h->ctx, BH_E_TRANSIENT, "the server counts %lld devices, and %zu came: the list moved while it was read", (long long)x->total,
                         x->seen.n);
  return BH_OK;
}

bh_status mesh_nodes_pull(mesh *m, const bh_pull *what, const bh_emit *emit)
{
  nodes x = {.m = m, .emit = emit, .what = what};
  bh_status rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"));
  if (rc == BH_OK)
    rc = pages(&x);
  if (rc == BH_OK)
    rc = emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
  free(x.v);
  bhk_dispose(&x.text);
  bhk_map_dispose(&x.seen);
  bhk_map_dispose(&x.last);
  return rc;
}

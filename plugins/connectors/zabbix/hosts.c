/* Hosts are the devices. */
#include "zabbix.h"
#include <stdlib.h>

enum { F_ID, F_HOST, F_NAME, F_STATUS, F_OS, F_OS_FULL, F_SERIAL, F_TAGS, F_TEMPLATES, F_INVENTORY, F_GROUPS, F_COUNT };

typedef struct span { size_t at, len; } span; /* of `text`, which moves as it grows */
typedef struct pair { span name, value; } pair;

/* What has come of one host before the host itself: its groups, tags and templates; and what will be said about it. */
typedef struct hosts {
  const zbx_map *m;
  const bh_emit *emit;
  const zbx_group *groups[ZBX_PARTS_MAX];
  pair tags[ZBX_PARTS_MAX];
  span templates[ZBX_PARTS_MAX];
  pair attrs[ZBX_ATTRS_MAX];
  size_t group_count, tag_count, template_count, attr_count;
  zbx_buf text;
  bh_str out[2 * ZBX_ATTRS_MAX], names[ZBX_PARTS_MAX];
} hosts;

static bh_status too_many(const hosts *x)
{
  const zbx *z = x->m->z;
  return z->h->fail(z->h->ctx, BH_E_PERMANENT, "host.get: a host with more than %d groups, tags or templates", ZBX_PARTS_MAX);
}

static span keep(hosts *x, bh_str s)
{
  span at = {x->text.len, s.len};
  zbx_put(&x->text, s);
  return at;
}

/* The same once more at the end. Room first: the original stands in the text that grows. */
static span copy(hosts *x, span s)
{
  span at = {x->text.len, s.len};
  if (zbx_room(&x->text, s.len))
    zbx_put(&x->text, (bh_str){x->text.ptr + s.at, s.len});
  return at;
}

static bh_str text_of(const hosts *x, span s)
{
  return (bh_str){s.len ? x->text.ptr + s.at : "", s.len};
}

static bh_status on_host_group(void *user, const bh_json_record *r)
{
  hosts *x = user;
  uint64_t id;
  if (!zbx_number(&id, r->texts[0]))
    return x->m->z->h->fail(x->m->z->h->ctx, BH_E_PERMANENT, "host.get: a host's group without id");
  const zbx_group *g = zbx_group_find(&x->m->hosts, id);
  if (!g)
    return BH_OK;
  if (x->group_count == ZBX_PARTS_MAX)
    return too_many(x);
  x->groups[x->group_count++] = g;
  return BH_OK;
}

static bh_status on_tag(void *user, const bh_json_record *r)
{
  hosts *x = user;
  if (x->tag_count == ZBX_PARTS_MAX)
    return too_many(x);
  pair *t = &x->tags[x->tag_count++];
  t->name = keep(x, r->texts[0]);
  t->value = keep(x, r->texts[1]);
  return BH_OK;
}

static bh_status on_template(void *user, const bh_json_record *r)
{
  hosts *x = user;
  if (x->template_count == ZBX_PARTS_MAX)
    return too_many(x);
  x->templates[x->template_count++] = keep(x, r->texts[0]);
  return BH_OK;
}

static void reset(void *user)
{
  hosts *x = user;
  x->group_count = x->tag_count = x->template_count = x->attr_count = 0;
  x->text.len = 0;
}

/* Tags sorted by name, then value: what is said about a host does not depend on the order in which Zabbix says it. */
static int text_order(bh_str a, bh_str b)
{
  size_t n = a.len < b.len ? a.len : b.len;
  int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
  return order ? order : (a.len > b.len) - (a.len < b.len);
}

static bool tag_before(const hosts *x, pair a, pair b)
{
  int order = text_order(text_of(x, a.name), text_of(x, b.name));
  return order < 0 || (order == 0 && text_order(text_of(x, a.value), text_of(x, b.value)) < 0);
}

static void sort_tags(hosts *x) /* a handful; qsort has no place for x */
{
  for (size_t i = 1; i < x->tag_count; i++)
    for (size_t k = i; k > 0 && tag_before(x, x->tags[k], x->tags[k - 1]); k--) {
      pair t = x->tags[k];
      x->tags[k] = x->tags[k - 1];
      x->tags[k - 1] = t;
    }
}

static bh_str find_class(hosts *x)
{
  const zbx *z = x->m->z;
  for (size_t i = 0; i < x->tag_count; i++)
    if (zbx_eq(text_of(x, x->tags[i].name), z->class_tag) && x->tags[i].value.len && x->tags[i].value.len <= ZBX_WORD_BYTES_MAX)
      return text_of(x, x->tags[i].value);
  for (size_t i = 0; i < x->template_count; i++)
    x->names[i] = text_of(x, x->templates[i]);
  const zbx_rule *rule = zbx_rule_find(z, x->names, x->template_count);
  return rule ? rule->klass : z->class_default;
}

/* One host with a hundred tags is no reason to bring none: those that are too many or too long are left out. */
static void add_attr(hosts *x, span name, span value)
{
  if (x->attr_count == ZBX_ATTRS_MAX || name.len > ZBX_WORD_BYTES_MAX)
    return;
  x->attrs[x->attr_count++] = (pair){name, value};
}

static void add_text(hosts *x, const char *name, bh_str value)
{
  if (value.len)
    add_attr(x, keep(x, (bh_str){name, strlen(name)}), keep(x, value));
}

/* Words that mean something else on an asset or in a selector: a tag of that name is "tag.NAME". */
static bool reserved(bh_str name)
{
  static const char *const words[] = {"id", "name", "class", "kind", "client", "connector", "from", "to", "last_seen", "seen_within",
    "except", "metric", "host", "status", "os", "serial", "group"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (zbx_eq(name, (bh_str){words[i], strlen(words[i])}))
      return true;
  return false;
}

/* Each tag but the class is an attribute; one that stands there several times has its values in order: "a, b". */
static void add_tags(hosts *x)
{
  for (size_t i = 0, next; i < x->tag_count; i = next) {
    for (next = i + 1; next < x->tag_count && zbx_eq(text_of(x, x->tags[next].name), text_of(x, x->tags[i].name));)
      next++;
    if (x->tags[i].name.len == 0 || zbx_eq(text_of(x, x->tags[i].name), x->m->z->class_tag))
      continue;
    span name = x->tags[i].name, value = x->tags[i].value;
    if (reserved(text_of(x, name))) {
      span prefix = keep(x, ZBX_TEXT("tag."));
      name = (span){prefix.at, prefix.len + copy(x, name).len};
    }
    if (next > i + 1) {
      value = copy(x, x->tags[i].value);
      for (size_t k = i + 1; k < next; k++) {
        value.len += keep(x, ZBX_TEXT(", ")).len;
        value.len += copy(x, x->tags[k].value).len;
      }
    }
    add_attr(x, name, value);
  }
}

/* A host in "Acme" and in "Acme/Troy" is Troy's: the group of a part of a client is the more exact statement. */
static bool more_exact(const hosts *x, const zbx_group *g)
{
  for (size_t i = 0; i < x->group_count; i++) {
    bh_str deeper = x->groups[i]->path;
    if (deeper.len > g->path.len && deeper.ptr[g->path.len] == '/' && zbx_eq((bh_str){deeper.ptr, g->path.len}, g->path))
      return true;
  }
  return false;
}

static bool client_done(const hosts *x, size_t i)
{
  for (size_t k = 0; k < i; k++)
    if (x->groups[k]->client == x->groups[i]->client)
      return true;
  return false;
}

/* Zabbix ignores parameters that it does not know: a version that calls one of them otherwise would bring hosts without tags, and so of
 * another class, or in no group at all. */
static const char *missing(const bh_json_record *r)
{
  return r->kinds[F_HOST] != BH_JSON_STRING         ? "host"
         : r->kinds[F_GROUPS] != BH_JSON_ARRAY      ? "groups"
         : r->kinds[F_TAGS] != BH_JSON_ARRAY        ? "tags"
         : r->kinds[F_TEMPLATES] != BH_JSON_ARRAY   ? "parentTemplates"
         : r->kinds[F_INVENTORY] == BH_JSON_MISSING ? "inventory"
                                                    : NULL;
}

static bh_status on_host(void *user, uint64_t id, const bh_json_record *r, bool *took)
{
  hosts *x = user;
  const zbx *z = x->m->z;
  bool enabled = zbx_eq(r->texts[F_STATUS], ZBX_TEXT("0"));
  const char *without = enabled || zbx_eq(r->texts[F_STATUS], ZBX_TEXT("1")) ? missing(r) : "status";
  if (without)
    return z->h->fail(z->h->ctx, BH_E_PERMANENT, "host.get: host %lu came without \"%s\"", (unsigned long)id, without);
  if (x->group_count == 0 || (!enabled && !z->include_disabled))
    return BH_OK; /* moved or disabled since it was listed */
  *took = true;
  sort_tags(x);
  add_text(x, "host", r->texts[F_HOST]);
  add_text(x, "status", enabled ? ZBX_TEXT("enabled") : ZBX_TEXT("disabled"));
  add_text(x, "os", r->texts[F_OS].len ? r->texts[F_OS] : r->texts[F_OS_FULL]);
  add_text(x, "serial", r->texts[F_SERIAL]);
  add_tags(x);
  if (x->text.broken)
    return zbx_no_memory(x->m->z);
  for (size_t i = 0; i < x->attr_count; i++) {
    x->out[2 * i] = text_of(x, x->attrs[i].name);
    x->out[2 * i + 1] = text_of(x, x->attrs[i].value);
  }
  bh_asset a = {.struct_size = sizeof a, .mode = BH_ASSET_PRESENT, .kind = ZBX_TEXT("device"), .id = r->texts[F_ID],
    .name = r->texts[F_NAME].len ? r->texts[F_NAME] : r->texts[F_HOST], .klass = find_class(x), .attrs = x->out,
    .attr_count = 2 * x->attr_count};
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && i < x->group_count; i++) {
    if (client_done(x, i) || (!z->nested_top && more_exact(x, x->groups[i])))
      continue;
    a.client = x->m->clients.v[x->groups[i]->client].ref;
    rc = x->emit->asset(x->emit->ctx, &a);
  }
  return rc;
}

/* A part that stands below a host: told to the host itself by their order alone, which is the document's. */
static bh_json_query part(hosts *x, const char *each, const char *const *fields, size_t n, bh_status (*record)(void *, const bh_json_record *))
{
  return (bh_json_query){.struct_size = sizeof(bh_json_query), .each = each, .fields = fields, .field_count = n, .record = record, .user = x};
}

bh_status zbx_hosts_pull(const zbx_map *m, const bh_emit *emit)
{
  static const char *const group_fields[] = {"groupid"}, *const tag_fields[] = {"tag", "value"}, *const template_fields[] = {"name"};
  zbx *z = m->z;
  hosts *x = calloc(1, sizeof *x);
  zbx_ids ids = {0};
  if (!x)
    return zbx_no_memory(z);
  x->m = m;
  x->emit = emit;
  const char *const fields[F_COUNT] = {"hostid", "host", "name", "status", "inventory.os", "inventory.os_full", "inventory.serialno_a",
    "tags", "parentTemplates", "inventory", z->hostgroups ? "hostgroups" : "groups"};
  const bh_json_query groups = part(x, z->hostgroups ? "$.result[*].hostgroups[*]" : "$.result[*].groups[*]", group_fields, 1, on_host_group);
  const bh_json_query tags = part(x, "$.result[*].tags[*]", tag_fields, 2, on_tag);
  const bh_json_query templates = part(x, "$.result[*].parentTemplates[*]", template_fields, 1, on_template);
  const bh_json_query *const parts[] = {&groups, &tags, &templates};
  zbx_walk w = {.method = "host.get", .id = "hostid", .ids = "hostids", .what = "hosts", .fields = fields, .field_count = F_COUNT,
    .parts = parts, .part_count = 3, .item = on_host, .reset = reset, .user = x};
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && i < m->hosts.n; i++)
    rc = zbx_ids_add(&ids, m->hosts.v[i].id) ? BH_OK : zbx_no_memory(z);
  zbx_putz(&w.shared, "\"groupids\":");
  zbx_put_ids(&w.shared, ids.v, ids.n);
  zbx_putz(&w.shared, z->include_disabled ? "" : ",\"filter\":{\"status\":0}");
  zbx_putz(&w.detail, "\"output\":[\"hostid\",\"host\",\"name\",\"status\"],\"selectTags\":[\"tag\",\"value\"],\"selectParentTemplates\":[\"name\"],"
                      "\"selectInventory\":[\"os\",\"os_full\",\"serialno_a\"],");
  zbx_putz(&w.detail, z->hostgroups ? "\"selectHostGroups\":[\"groupid\"]" : "\"selectGroups\":[\"groupid\"]");
  if (rc == BH_OK)
    rc = zbx_walk_run(z, &w);
  zbx_buf_dispose(&w.shared);
  zbx_buf_dispose(&w.detail);
  zbx_buf_dispose(&x->text);
  zbx_ids_dispose(&ids);
  free(x);
  return rc;
}

/* Which fields of which queries a session ever answers: one that no record has is misspelt, or the session tests nothing of what it is for. One run at a
 * time, one thread: this is a process that runs one test. */
#include "plugin/check/inside.h"
#include <stdlib.h>

enum { LISTS_MAX = 200, FIELDS_MAX = 256, SHOWN_MAX = 20, WHERE_LEN_MAX = 160 };

/* A query: the same path of records and the same fields, whatever it was asked of. */
typedef struct list {
  bh_str each, where;            /* where: the request that it was asked of first, without its query */
  bh_str *fields; size_t field_count;
  size_t *had;                   /* of each field: in how many records it was there */
  size_t records;
} list;

/* One query on its way to the plugin's own function. */
typedef struct watched { bh_json_query query; const bh_json_query *own; list *of; } watched;

static struct {
  bool on;
  bh_arena arena;
  list lists[LISTS_MAX]; size_t count;
} x;

void bh_check_fields_begin(void)
{
  bh_arena_init(&x.arena);
  x.count = 0;
  x.on = true;
}

void bh_check_fields_end(void)
{
  bh_arena_dispose(&x.arena);
  x.on = false;
}

static bool same(const list *l, const bh_json_query *q)
{
  if (l->field_count != q->field_count || !bh_str_eqz(l->each, q->each))
    return false;
  for (size_t i = 0; i < l->field_count; i++)
    if (!bh_str_eqz(l->fields[i], q->fields[i]))
      return false;
  return true;
}

static list *list_of(const bh_json_query *q, bh_str method, bh_str url)
{
  for (size_t i = 0; i < x.count; i++)
    if (same(&x.lists[i], q))
      return &x.lists[i];
  if (x.count == LISTS_MAX || q->field_count > FIELDS_MAX)
    return NULL;
  const char *query = url.len ? memchr(url.ptr, '?', url.len) : NULL;
  size_t len = query ? (size_t)(query - url.ptr) : url.len;
  list *l = &x.lists[x.count++];
  *l = (list){.each = bh_arena_str(&x.arena, bh_str_c(q->each)), .field_count = q->field_count, .fields = BH_NEWN(&x.arena, bh_str, q->field_count + 1),
    .had = BH_NEWN(&x.arena, size_t, q->field_count + 1),
    .where = url.len ? bh_arena_fmt(&x.arena, "%.*s %.*s", BH_STR_ARG(method.len ? method : BH_S("GET")), (int)(len < WHERE_LEN_MAX ? len : WHERE_LEN_MAX), url.ptr)
                     : BH_S("a message")};
  for (size_t i = 0; i < q->field_count; i++)
    l->fields[i] = bh_arena_str(&x.arena, bh_str_c(q->fields[i]));
  return l;
}

static bh_status on_record(void *user, const bh_json_record *r)
{
  watched *w = user;
  for (size_t i = 0; w->of && i < w->of->field_count; i++)
    w->of->had[i] += r->kinds[i] != BH_JSON_MISSING;
  if (w->of)
    w->of->records++;
  return w->own->record(w->own->user, r);
}

const bh_json_query *const *bh_check_fields_watch(void **keep, const bh_json_query *const *queries, size_t n, bh_str method, bh_str url)
{
  *keep = NULL;
  if (!x.on || n == 0)
    return queries;
  for (size_t i = 0; i < n; i++)
    if (!queries[i] || !queries[i]->record || !queries[i]->each)
      return queries; /* the host says what is wrong with it */
  watched *all = calloc(n, sizeof *all + sizeof(bh_json_query *));
  if (!all)
    bh_out_of_memory(n * sizeof *all);
  const bh_json_query **list_out = (const bh_json_query **)(void *)(all + n);
  for (size_t i = 0; i < n; i++) {
    all[i] = (watched){.query = {.struct_size = sizeof all[i].query, .each = queries[i]->each, .fields = queries[i]->fields, .field_count = queries[i]->field_count,
      .record = on_record, .user = &all[i]}, .own = queries[i], .of = list_of(queries[i], method, url)};
    list_out[i] = &all[i].query;
  }
  *keep = all;
  return list_out;
}

/* "web", "sn" */
static size_t never(bh_buf *out, const list *l)
{
  size_t n = 0;
  for (size_t i = 0; i < l->field_count; i++)
    if (l->had[i] == 0 && n++ < SHOWN_MAX) {
      bh_buf_putz(out, n > 1 ? ", \"" : "\"");
      bh_buf_puts(out, l->fields[i]);
      bh_buf_putc(out, '"');
    }
  if (n > SHOWN_MAX)
    bh_buf_putz(out, ", …");
  return n;
}

void bh_check_fields_judge(bh_check *k)
{
  for (size_t i = 0; i < x.count; i++) {
    const list *l = &x.lists[i];
    bh_buf names;
    bh_buf_init(&names, (size_t)1 << 16);
    size_t n = l->records ? never(&names, l) : 0;
    if (n)
      bh_check_warn(k, "none of %zu records of %.*s in %.*s has %s %.*s: misspelt, or a session that cannot show what becomes of %s", l->records,
                    BH_STR_ARG(l->each), BH_STR_ARG(l->where), n > 1 ? "the fields" : "the field", BH_STR_ARG(bh_buf_str(&names)), n > 1 ? "them" : "it");
    bh_buf_dispose(&names);
  }
}

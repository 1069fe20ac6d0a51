/* Two pulls side by side: the same facts, or an honest gap. */
#include "plugin/check/inside.h"
#include "plugin/fact_lines.h"
#include "plugin/fact_wire.h"
#include <stdlib.h>

void bh_check_facts_init(bh_check_facts *f)
{
  *f = (bh_check_facts){0};
  bh_arena_init(&f->arena);
}

void bh_check_facts_dispose(bh_check_facts *f)
{
  bh_arena_dispose(&f->arena);
}

void bh_check_facts_clear(bh_check_facts *f)
{
  bh_check_facts_dispose(f);
  bh_check_facts_init(f);
}

/* Room for one more in an array of the arena. */
static void *room(bh_arena *a, void *items, size_t count, size_t *cap, size_t size)
{
  if (count < *cap)
    return items;
  *cap = *cap ? *cap * 2 : 32;
  void *grown = bh_arena_array(a, *cap, size);
  if (count)
    memcpy(grown, items, count * size);
  return grown;
}

static void on_line(void *ctx, const bh_fact_line *l)
{
  bh_check_facts *f = ctx;
  bh_str kind = bh_arena_str(&f->arena, l->kind), client = bh_arena_str(&f->arena, l->client);
  if (strcmp(l->what, "scope") == 0) {
    if (l->complete) {
      f->complete = room(&f->arena, f->complete, f->complete_count, &f->complete_cap, sizeof *f->complete);
      f->complete[f->complete_count++] = (bh_check_scope){kind, client};
    } else {
      f->partial = room(&f->arena, f->partial, f->partial_count, &f->partial_cap, sizeof *f->partial);
      f->partial[f->partial_count++] = (bh_check_scope){kind, client};
    }
  } else if (strcmp(l->what, "failed") == 0) {
    f->failed = room(&f->arena, f->failed, f->failed_count, &f->failed_cap, sizeof *f->failed);
    f->failed[f->failed_count++] = client;
  } else {
    f->items = room(&f->arena, f->items, f->count, &f->cap, sizeof *f->items);
    f->items[f->count++] = (bh_check_fact){l->what, bh_arena_str(&f->arena, l->json), kind, client};
  }
}

bh_status bh_check_facts_take(bh_check_facts *f, bh_str packed, bh_error *err)
{
  bh_fact_lines lines;
  bh_fact_lines_init(&lines, on_line, f);
  bh_status rc = bh_facts_unpack(packed, &bh_fact_lines_sink, &lines, err);
  bh_fact_lines_dispose(&lines);
  return rc;
}

static int by_json(const void *x, const void *y)
{
  return bh_str_cmp(((const bh_check_fact *)x)->json, ((const bh_check_fact *)y)->json);
}

void bh_check_facts_done(bh_check_facts *f)
{
  size_t n = 0;
  if (f->count > 1)
    qsort(f->items, f->count, sizeof *f->items, by_json);
  for (size_t i = 0; i < f->count; i++)
    if (n == 0 || !bh_str_eq(f->items[n - 1].json, f->items[i].json))
      f->items[n++] = f->items[i];
  f->count = n;
}

static bool has(const bh_check_facts *f, const bh_check_fact *x)
{
  return f->count && bsearch(x, f->items, f->count, sizeof *f->items, by_json);
}

static bool failed(const bh_check_facts *f, bh_str client)
{
  for (size_t i = 0; i < f->failed_count; i++)
    if (bh_str_eq(f->failed[i], client))
      return true;
  return false;
}

/* Scopes are of assets, gauges and usage: nobody says that all charges have come. */
static bool within(const bh_check_scope *scopes, size_t n, const bh_check_fact *x)
{
  if (x->kind.len == 0)
    return false;
  for (size_t i = 0; i < n; i++)
    if ((bh_str_eqz(scopes[i].kind, "*") || bh_str_eq(scopes[i].kind, x->kind)) && (bh_str_eqz(scopes[i].client, "*") || bh_str_eq(scopes[i].client, x->client)))
      return true;
  return false;
}

static bool complete(const bh_check_facts *f, const bh_check_fact *x)
{
  return within(f->complete, f->complete_count, x);
}

bool bh_check_facts_open(const bh_check_facts *f, const bh_check_fact *x)
{
  return !complete(f, x) && !within(f->partial, f->partial_count, x) && !memmem(x->json.ptr, x->json.len, "\"mode\":\"changed\"", sizeof "\"mode\":\"changed\"" - 1);
}

static bool judge(char out[600], const bh_check_facts *good, const bh_check_facts *got, bool files)
{
  const bh_check_fact *lost = NULL, *extra = NULL;
  size_t lost_count = 0, extra_count = 0;
  for (size_t i = 0; i < got->count; i++)
    if (!has(good, &got->items[i]) && extra_count++ == 0)
      extra = &got->items[i];
  for (size_t i = 0; i < good->count; i++) {
    const bh_check_fact *x = &good->items[i];
    if (has(got, x) || failed(got, x->client) || ((files || complete(good, x)) && !complete(got, x)))
      continue;
    if (lost_count++ == 0)
      lost = x;
  }
  if (lost)
    snprintf(out, 600, "%zu of %zu facts are missing and nothing says so, the first: %.300s", lost_count, good->count, lost->json.ptr);
  else if (extra)
    snprintf(out, 600, "%zu facts are there that the session does not have, the first: %.300s", extra_count, extra->json.ptr);
  return !lost && !extra;
}

bool bh_check_facts_judge(char out[600], const bh_check_facts *good, const bh_check_facts *got)
{
  return judge(out, good, got, false);
}

bool bh_check_facts_judge_files(char out[600], const bh_check_facts *good, const bh_check_facts *got)
{
  return judge(out, good, got, true);
}

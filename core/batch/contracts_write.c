/* clients/NAME.jsonl put together anew: what came, what stays as it was, and what the workspace takes of it. */
#include "batch/contracts.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { FILE_BYTES_MAX = 1 << 30, TRIES_MAX = 3 };

typedef struct line { bh_str id, ref, client, currency, text, theirs /* the platform's client */; bool changed; } line;
typedef struct writing {
  bh_contracts_done *out;
  bh_contracts *c;
  bh_mapping *m;
  billhook *b;
  bh_str connector;
  bh_arena *a;
  bh_contract_old *old; size_t old_count;
  line *lines; size_t line_count;
  bh_error *err;
} writing;

static bh_contract_old *old_of(const writing *w, bh_str ref)
{
  size_t low = 0, high = w->old_count; /* in the order of refs */
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (bh_str_cmp(w->old[mid].ref, ref) < 0)
      low = mid + 1;
    else
      high = mid;
  }
  return low < w->old_count && bh_str_eq(w->old[low].ref, ref) ? &w->old[low] : NULL;
}

static void keep_old(writing *w, bh_contract_old *old)
{
  if (old == NULL || old->kept)
    return;
  old->kept = true;
  w->lines[w->line_count++] = (line){ .id = old->id, .ref = old->ref, .client = old->client, .currency = old->currency, .text = old->text };
}

static void leave_out(writing *w, bh_left_out x, bh_contract_old *old) /* what came dies with the pull */
{
  x.contract = bh_arena_str(w->a, x.contract);
  x.client = bh_arena_str(w->a, x.client);
  x.tax = bh_arena_str(w->a, x.tax);
  for (size_t i = 0; i < x.product_count; i++)
    x.products[i] = bh_arena_str(w->a, x.products[i]);
  w->out->left[w->out->left_count++] = x;
  keep_old(w, old);
}

/* A contract that was billed can change neither its client nor its currency: the run would say so of the whole workspace. */
static bh_str moved(const line *now, const bh_contract_old *old, bh_arena *a)
{
  if (old != NULL && !bh_str_eq(now->client, old->client))
    return bh_arena_fmt(a, "it belongs to client \"%.*s\" now, and stands here with \"%.*s\": a contract of its own on the platform, or `ids` of the client, puts this right",
                        BH_STR_ARG(now->client), BH_STR_ARG(old->client));
  if (old != NULL && !bh_str_eq(now->currency, old->currency))
    return bh_arena_fmt(a, "its currency is \"%.*s\" now, and stands here as \"%.*s\": a contract of its own on the platform puts this right", BH_STR_ARG(now->currency),
                        BH_STR_ARG(old->currency));
  return (bh_str){ "", 0 };
}

static void take(writing *w, const bh_contract_in *x)
{
  if (bh_use_ignores(w->b->ws, w->connector, x->client))
    return;
  bh_contract_old *old = old_of(w, x->id);
  bh_left_out left = { .contract = x->id, .client = x->client };
  line now = { .ref = x->id, .theirs = x->client };
  now.text = bh_contract_mapped(&left, &now.id, &now.client, &now.currency, x, w->m, w->connector, w->a);
  if (now.text.len > 0)
    left.why = moved(&now, old, w->a);
  if (left.why.len > 0) {
    leave_out(w, left, old);
    return;
  }
  now.changed = old == NULL || !bh_str_eq(old->text, now.text);
  if (old != NULL)
    old->kept = true; /* its place is taken */
  w->lines[w->line_count++] = now;
}

/* Clients of ours that the platform's names in the list stand for. */
static void hide(bh_map *hidden, writing *w, const bh_str *refs, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    const bh_mapped *client = bh_mapping_client(w->m, w->connector, refs[i]);
    if (client != NULL)
      bh_map_put(hidden, client->id, w);
  }
}

/* What is in the file and did not come is gone, unless not all was sent there. */
static void missing(writing *w)
{
  bool none = w->c->count == 0 && !w->c->complete;
  bh_map hidden;
  bh_map_init(&hidden, w->a);
  hide(&hidden, w, w->c->unread, w->c->unread_count);
  for (size_t i = 0; i < w->old_count; i++)
    if (none || w->c->partial || bh_map_get(&hidden, w->old[i].client) != NULL)
      keep_old(w, &w->old[i]);
}

static int by_client(const void *x, const void *y)
{
  const line *a = x, *b = y;
  int k = bh_str_cmp(a->client, b->client);
  return k != 0 ? k : bh_str_cmp(a->id, b->id);
}

static bh_str join(writing *w)
{
  bh_buf text;
  bh_buf_init(&text, FILE_BYTES_MAX);
  if (w->line_count > 1)
    qsort(w->lines, w->line_count, sizeof *w->lines, by_client);
  for (size_t i = 0; i < w->line_count; i++) {
    bh_buf_puts(&text, w->lines[i].text);
    bh_buf_putc(&text, '\n');
  }
  bh_str out = text.failed ? (bh_str){ NULL, 0 } : bh_arena_str(w->a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return out;
}

static const bh_contract_bad *bad_of(const bh_contract_bad *bad, size_t n, bh_str id)
{
  for (size_t i = 0; i < n; i++)
    if (bh_str_eq(bad[i].id, id))
      return &bad[i];
  return NULL;
}

/* Puts back what the workspace would not take. False: nothing of what it complains about is new here. */
static bool put_back(writing *w, const bh_contract_bad *bad, size_t bad_n)
{
  size_t n = w->line_count, kept = 0;
  line *back = BH_NEWN(w->a, line, n + 1);
  size_t back_n = 0;
  for (size_t i = 0; i < n; i++) {
    const bh_contract_bad *why = w->lines[i].changed ? bad_of(bad, bad_n, w->lines[i].id) : NULL;
    if (why == NULL)
      w->lines[kept++] = w->lines[i];
    else
      back[back_n++] = w->lines[i];
  }
  w->line_count = kept;
  for (size_t i = 0; i < back_n; i++) {
    bh_contract_old *old = old_of(w, back[i].ref);
    if (old != NULL)
      old->kept = false;
    leave_out(w, (bh_left_out){ .contract = back[i].ref, .client = back[i].theirs, .why = bad_of(bad, bad_n, back[i].id)->why }, old);
  }
  return back_n > 0;
}

static bh_str file_now(writing *w)
{
  bh_buf text;
  bh_buf_init(&text, FILE_BYTES_MAX);
  if (bh_file_read(&text, bh_contracts_path(w->a, w->b, w->connector).ptr, NULL) != BH_OK)
    bh_buf_clear(&text);
  bh_str out = bh_arena_str(w->a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return out;
}

/* As the file stays: everything that would have changed is left out. */
static void stay(writing *w, bh_str why)
{
  w->out->left[w->out->left_count++] = (bh_left_out){ .contract = BH_S("*"), .client = BH_S("*"), .why = why };
  w->line_count = 0;
  for (size_t i = 0; i < w->old_count; i++) {
    w->old[i].kept = false;
    keep_old(w, &w->old[i]);
  }
}

/* The file's text as the workspace takes it; *now is what it is. */
static bh_status settle(writing *w, bh_str *text, bh_str *now)
{
  bh_status st = BH_OK;
  *now = file_now(w);
  for (int i = 0; st == BH_OK; i++) {
    bh_contract_bad *bad;
    size_t n;
    *text = join(w);
    if (text->ptr == NULL)
      return bh_fail(w->err, BH_E_INVALID, "connector \"%.*s\": its contracts are larger than 1 GiB", BH_STR_ARG(w->connector));
    if (bh_str_eq(*text, *now))
      return BH_OK;
    st = bh_contracts_try(&bad, &n, w->a, w->b, w->connector, *text, w->err);
    if (st != BH_OK || n == 0)
      return st;
    if (i == TRIES_MAX || !put_back(w, bad, n)) {
      stay(w, bad[0].why);
      *text = *now;
      return BH_OK;
    }
  }
  return st;
}

static void count(writing *w)
{
  for (size_t i = 0; i < w->line_count; i++)
    w->out->changed += w->lines[i].changed;
  w->out->written = (int64_t)w->line_count;
  for (size_t i = 0; i < w->old_count; i++)
    w->out->gone += !w->old[i].kept;
}

bh_status bh_contracts_write(bh_contracts_done *out, bh_contracts *c, bh_mapping *m, billhook *b, bh_str connector, bh_arena *a, bh_error *err)
{
  writing w = { .out = out, .c = c, .m = m, .b = b, .connector = connector, .a = a, .err = err };
  bh_str text, now;
  *out = (bh_contracts_done){ .sent = (int64_t)c->count };
  bh_status st = bh_contracts_old(&w.old, &w.old_count, a, b, connector, err);
  if (st != BH_OK)
    return st;
  w.lines = BH_NEWN(a, line, c->count + w.old_count + 1);
  out->left = BH_NEWN(a, bh_left_out, 2 * c->count + 2);
  for (size_t i = 0; i < c->count; i++)
    take(&w, &c->items[i]);
  missing(&w);
  st = settle(&w, &text, &now);
  if (st != BH_OK)
    return st;
  count(&w);
  if (bh_str_eq(text, now))
    return BH_OK;
  bh_str path = bh_contracts_path(a, b, connector), folder = bh_arena_fmt(a, "%.*s/clients", BH_STR_ARG(b->dir));
  if (mkdir(folder.ptr, 0777) != 0 && errno != EEXIST)
    return bh_fail(err, BH_E_STORE, "cannot make %s: %m", folder.ptr);
  return bh_file_replace(path.ptr, text, err);
}

/* What the workspace would say of clients/NAME.jsonl if it read so: all is read with the new file laid over the old one. */
#include "batch/contracts.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct trying { char dir[PATH_MAX], clients[PATH_MAX + 16], file[PATH_MAX + 300]; } trying;

static bh_status lay(trying *t, bh_str connector, bh_str text, bh_error *err)
{
  const char *tmp = getenv("TMPDIR");
  snprintf(t->dir, sizeof t->dir, "%s/billhook-contracts-XXXXXX", tmp != NULL && *tmp ? tmp : "/tmp");
  if (mkdtemp(t->dir) == NULL) {
    bh_status st = bh_fail(err, BH_E_STORE, "cannot make %s: %s", t->dir, strerror(errno));
    t->dir[0] = 0;
    return st;
  }
  snprintf(t->clients, sizeof t->clients, "%s/clients", t->dir);
  snprintf(t->file, sizeof t->file, "%s/%.*s.jsonl", t->clients, BH_STR_ARG(connector));
  if (mkdir(t->clients, 0700) != 0)
    return bh_fail(err, BH_E_STORE, "cannot make %s: %s", t->clients, strerror(errno));
  return bh_file_replace(t->file, text, err);
}

static void clear(const trying *t)
{
  if (t->dir[0] == 0)
    return;
  unlink(t->file);
  rmdir(t->clients);
  rmdir(t->dir);
}

static bh_status read_all(bh_mistakes *m, billhook *b, const char *file, bh_error *err)
{
  bh_workspace *ws = NULL;
  bh_client_iter *it = NULL;
  bh_arena a;
  bh_arena_init(&a);
  bh_status st = bh_workspace_load_over(&ws, b->dir.ptr, b->specs, &file, 1, m, err);
  if (st == BH_OK)
    st = bh_clients_open(&it, ws, m, err);
  for (bool more = true; st == BH_OK;) {
    bh_client_raw raw;
    bh_client_terms *terms;
    st = bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more)
      break;
    bh_arena_reset(&a);
    st = bh_clients_resolve(it, &terms, &a, m, err);
  }
  bh_clients_close(it);
  bh_workspace_free(ws);
  bh_arena_dispose(&a);
  return st;
}

/* `contract "17" lines[1].price`: 17, and the rest. Empty where it is of something else. */
static bh_str contract_of(bh_str path, bh_str *rest)
{
  static const char begin[] = "contract \"";
  size_t from = sizeof begin - 1;
  *rest = path;
  if (!bh_str_starts(path, BH_S("contract \"")))
    return (bh_str){ "", 0 };
  const char *end = memchr(path.ptr + from, '"', path.len - from);
  if (end == NULL)
    return (bh_str){ "", 0 };
  size_t after = (size_t)(end - path.ptr) + 1;
  while (after < path.len && path.ptr[after] == ' ')
    after++;
  *rest = (bh_str){ path.ptr + after, path.len - after };
  return (bh_str){ path.ptr + from, (size_t)(end - path.ptr) - from };
}

bh_status bh_contracts_try(bh_contract_bad **out, size_t *n, bh_arena *a, billhook *b, bh_str connector, bh_str text, bh_error *err)
{
  trying t = { .dir = "" };
  bh_mistakes m;
  bh_mistakes_init(&m);
  *n = 0;
  bh_status st = lay(&t, connector, text, err);
  if (st == BH_OK)
    st = read_all(&m, b, t.file, err);
  clear(&t);
  *out = BH_NEWN(a, bh_contract_bad, m.count + 1);
  for (size_t i = 0; st == BH_OK && i < m.count; i++) {
    bh_str rest;
    if (m.items[i].advice)
      continue;
    bh_str id = contract_of(m.items[i].path, &rest);
    (*out)[(*n)++] = (bh_contract_bad){ bh_arena_str(a, id), bh_arena_fmt(a, "the workspace would not take it: %.*s%s%.*s", BH_STR_ARG(rest), rest.len ? ": " : "",
                                                                          BH_STR_ARG(m.items[i].message)) };
  }
  bh_mistakes_dispose(&m);
  return st;
}

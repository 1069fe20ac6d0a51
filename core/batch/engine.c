#include "batch/engine.h"
#include "batch/specs.h"
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

int bh_exit_status(bh_status code)
{
  switch (code) {
  case BH_OK: return BILLHOOK_DONE;
  case BH_E_USAGE: case BH_E_NOTFOUND: return BILLHOOK_USAGE;
  case BH_E_WORKSPACE: case BH_E_INVALID: case BH_E_OVERFLOW: return BILLHOOK_WORKSPACE;
  case BH_E_LOCKED: return BILLHOOK_LOCKED;
  case BH_E_STORE: return BILLHOOK_STORE;
  case BH_E_INTERRUPTED: case BH_E_CANCELLED: return BILLHOOK_INTERRUPTED;
  case BH_E_AUTH: case BH_E_TRANSIENT: case BH_E_PERMANENT: return BILLHOOK_CONNECTOR;
  default: return BILLHOOK_BUG;
  }
}

int bh_engine_end(billhook *b, bh_status code, const bh_error *err)
{
  if (code != BH_OK && err != NULL)
    b->error = *err;
  if (code == BH_OK)
    b->error.message[0] = 0;
  if (code != BH_OK && b->store != NULL)
    bh_store_rollback(b->store);
  return bh_exit_status(code);
}

const char *billhook_version(void) { return BILLHOOK_VERSION; }
const char *billhook_error(const billhook *b) { return b ? b->error.message : "no memory"; }

static const char *copy(bh_arena *a, const char *z) { return z ? bh_arena_z(a, bh_str_c(z)) : NULL; }

int billhook_open(billhook **out, const billhook_options *options)
{
  billhook *b = calloc(1, sizeof *b);
  *out = b;
  if (b == NULL)
    return BILLHOOK_BUG;
  bh_arena_init(&b->arena);
  bh_mistakes_init(&b->mistakes);
  size_t n = options->struct_size < sizeof b->options ? options->struct_size : sizeof b->options;
  memcpy(&b->options, options, n);
  if (b->options.alone)
    bh_store_alone();
  b->options.workspace = copy(&b->arena, options->workspace);
  b->options.plugin_dir = copy(&b->arena, b->options.plugin_dir);
  b->options.date = copy(&b->arena, b->options.date);
  b->options.who = copy(&b->arena, b->options.who);
  b->today = BH_DAY_MIN;
  if (b->options.date != NULL && !bh_day_parse(&b->today, bh_str_c(b->options.date))) {
    bh_fail(&b->error, BH_E_USAGE, "--date %s: expected a date as YYYY-MM-DD", b->options.date);
    return BILLHOOK_USAGE;
  }
  if (b->options.who == NULL) {
    const char *user = getenv("LOGNAME");
    struct passwd *pw = user && *user ? NULL : getpwuid(geteuid());
    b->options.who = copy(&b->arena, user && *user ? user : pw ? pw->pw_name : "unknown");
  }
  return BILLHOOK_DONE;
}

void billhook_close(billhook *b)
{
  if (b == NULL)
    return;
  bh_store_close(b->store);
  bh_workspace_free(b->ws);
  bh_plugins_free(b->plugins);
  bh_mistakes_dispose(&b->mistakes);
  bh_arena_dispose(&b->arena);
  free(b);
}

static bh_status find_dir(billhook *b, bh_error *err)
{
  if (b->dir.len > 0)
    return BH_OK;
  const char *named = b->options.workspace;
  if (named == NULL || *named == 0)
    named = getenv("BILLHOOK_WORKSPACE");
  if (named == NULL || *named == 0)
    return bh_workspace_find(&b->dir, &b->arena, ".", err);
  char path[PATH_MAX];
  if (realpath(named, path) == NULL)
    return bh_fail(err, BH_E_WORKSPACE, "workspace \"%s\": no such folder", named);
  b->dir = bh_arena_str(&b->arena, bh_str_c(path));
  bh_str file = bh_arena_fmt(&b->arena, "%s/billhook.lua", path);
  if (access(file.ptr, R_OK) != 0)
    return bh_fail(err, BH_E_WORKSPACE, "workspace \"%s\": there is no billhook.lua that can be read: `billhook init %s` makes one", named, named);
  return BH_OK;
}

static bh_status need_plugins(billhook *b, bh_error *err)
{
  if (b->plugins != NULL)
    return BH_OK;
  bh_status st = bh_plugins_find(&b->plugins, b->options.plugin_dir, b->dir.len ? b->dir.ptr : NULL, false, err);
  if (st == BH_OK)
    bh_specs_from(&b->specs, &b->arena, b->plugins);
  return st;
}

/* Mistakes end a command; the words name the first and count the rest. */
static bh_status mistakes_status(billhook *b, bh_error *err)
{
  if (b->mistakes.total == 0)
    return BH_OK;
  const bh_mistake *m = NULL;
  for (size_t i = 0; i < b->mistakes.count && m == NULL; i++)
    if (!b->mistakes.items[i].advice)
      m = &b->mistakes.items[i];
  if (m == NULL)
    return bh_fail(err, BH_E_WORKSPACE, "the workspace has %zu mistakes", b->mistakes.total);
  char more[64] = "";
  if (b->mistakes.total > 1)
    snprintf(more, sizeof more, " (and %zu more: see `billhook check`)", b->mistakes.total - 1);
  return bh_fail(err, BH_E_WORKSPACE, "%.*s:%d: %.*s%s%.*s%s", BH_STR_ARG(m->file), m->line, BH_STR_ARG(m->path), m->path.len ? ": " : "",
                 BH_STR_ARG(m->message), more);
}

static bh_status load(billhook *b, bool whole)
{
  bh_error *err = &b->error;
  if (b->ws != NULL && (b->ws_whole || !whole))
    return BH_OK;
  bh_status st = find_dir(b, err);
  if (st == BH_OK)
    st = need_plugins(b, err);
  if (st != BH_OK)
    return st;
  bh_workspace_free(b->ws);
  b->ws = NULL;
  st = whole ? bh_workspace_load_over(&b->ws, b->dir.ptr, b->specs, b->overlays, b->overlay_count, &b->mistakes, err)
             : bh_workspace_load_config(&b->ws, b->dir.ptr, b->specs, &b->mistakes, err);
  b->ws_whole = whole;
  if (st == BH_OK && b->today == BH_DAY_MIN && b->ws != NULL) {
    int64_t now;
    st = bh_clock_now(&now, err);
    if (st == BH_OK && b->ws->timezone.len > 0) {
      st = bh_zone_day(&b->today, bh_arena_z(&b->arena, b->ws->timezone), now, err);
      if (st == BH_E_NOTFOUND) { /* check names the zone */
        b->today = (bh_day)(now / 86400);
        st = BH_OK;
      }
    } else if (st == BH_OK) {
      b->today = (bh_day)(now / 86400);
    }
  }
  return st;
}

bh_status bh_engine_config(billhook *b)
{
  bh_status st = load(b, false);
  return st == BH_OK ? mistakes_status(b, &b->error) : st;
}

bh_status bh_engine_workspace(billhook *b)
{
  bh_status st = load(b, true);
  return st == BH_OK ? mistakes_status(b, &b->error) : st;
}

bh_status bh_engine_workspace_mistakes(billhook *b) { return load(b, true); }
bh_status bh_engine_mistakes(billhook *b) { return mistakes_status(b, &b->error); }

bh_status bh_engine_plugins(billhook *b)
{
  bh_error none;
  if (b->dir.len == 0 && find_dir(b, &none) != BH_OK)
    b->dir = (bh_str){ "", 0 }; /* plugins can be listed without a workspace */
  return need_plugins(b, &b->error);
}

bh_status bh_engine_store(billhook *b, bh_store_mode mode)
{
  if (b->store != NULL && (b->store_writes || mode == BH_STORE_READ))
    return BH_OK;
  bh_status st = bh_engine_config(b);
  if (st != BH_OK)
    return st;
  bh_str path = bh_arena_fmt(&b->arena, "%.*s/billhook.db", BH_STR_ARG(b->dir));
  bh_str url = b->ws->store_url;
  if (url.len > 0) {
    if (bh_str_starts(url, BH_S("sqlite:")))
      url = (bh_str){ url.ptr + 7, url.len - 7 };
    else if (bh_str_starts(url, BH_S("postgres")))
      return bh_fail(&b->error, BH_E_WORKSPACE, "billhook.lua: store: url: PostgreSQL is not supported by this version yet: expected a SQLite file");
    path = url.len && url.ptr[0] == '/' ? bh_arena_str(&b->arena, url) : bh_arena_fmt(&b->arena, "%.*s/%.*s", BH_STR_ARG(b->dir), BH_STR_ARG(url));
  }
  bh_store_close(b->store);
  b->store = NULL;
  st = bh_store_open(&b->store, path.ptr, mode, &b->error);
  if (st == BH_OK && mode == BH_STORE_WRITE)
    st = bh_store_lock(b->store, b->options.wait_s, b->options.stop, &b->error);
  b->store_writes = st == BH_OK && mode == BH_STORE_WRITE;
  return st;
}

void bh_engine_progress(billhook *b, const char *what, int64_t done, int64_t of)
{
  if (b->options.progress != NULL)
    b->options.progress(b->options.ctx, what, done, of);
}

void bh_engine_log(billhook *b, int level, const char *fmt, ...)
{
  if (b->options.log == NULL)
    return;
  char text[1200];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  b->options.log(b->options.ctx, level, text);
}

bool bh_engine_stopped(const billhook *b) { return b->options.stop != NULL && *b->options.stop != 0; }

void bh_out_buf(const billhook_out *out, const bh_buf *buf)
{
  if (out != NULL && out->write != NULL && buf->len > 0)
    out->write(out->ctx, buf->ptr, buf->len);
}

void bh_out_line(const billhook_out *out, const bh_buf *buf)
{
  bh_out_buf(out, buf);
  if (out != NULL && out->write != NULL)
    out->write(out->ctx, "\n", 1);
}

bool bh_batch_parse(bh_day *day, int32_t *ordinal, bh_str text)
{
  if (text.len < 12 || text.len > 20 || text.ptr[10] != '.' || !bh_day_parse(day, (bh_str){ text.ptr, 10 }))
    return false;
  bh_dec n;
  if (!bh_dec_parse(&n, (bh_str){ text.ptr + 11, text.len - 11 }, 0) || n.coef < 1 || n.coef > INT32_MAX)
    return false;
  *ordinal = (int32_t)n.coef;
  return true;
}

bh_str bh_batch_format(bh_arena *a, const bh_batch_row *row)
{
  char day[12];
  bh_day_format(day, row->day);
  return bh_arena_fmt(a, "%s.%d", day, row->ordinal);
}

bh_str bh_doc_id(bh_arena *a, bh_str client_id, int32_t ord)
{
  char digits[32];
  size_t n = bh_int_format(digits, ord);
  char *text = bh_arena_alloc(a, client_id.len + 1 + n + 1);
  if (client_id.len)
    memcpy(text, client_id.ptr, client_id.len);
  text[client_id.len] = '-';
  memcpy(text + client_id.len + 1, digits, n);
  return (bh_str){ text, client_id.len + 1 + n };
}

/* By the shown id, CLIENT-ORD; doc 0 where it is none. */
static bh_status find_by_id(bh_doc_row *out, bh_arena *a, bh_store *s, bh_str what, bh_error *err)
{
  *out = (bh_doc_row){ 0 };
  size_t dash = what.len;
  while (dash > 0 && what.ptr[dash - 1] != '-')
    dash--;
  bh_dec ord;
  bh_client_row client = { 0 };
  if (dash < 2 || !bh_dec_parse(&ord, (bh_str){ what.ptr + dash, what.len - dash }, 0) || ord.coef < 1 || ord.coef > INT32_MAX)
    return BH_OK;
  bh_status st = bh_store_client_get(s, &client, (bh_str){ what.ptr, dash - 1 }, err);
  if (st != BH_OK || !client.exists)
    return st;
  st = bh_store_doc_by_ord(s, out, a, client.num, (int32_t)ord.coef, err);
  if (st == BH_E_NOTFOUND)
    *out = (bh_doc_row){ 0 };
  return st == BH_E_NOTFOUND ? BH_OK : st;
}

bh_status bh_doc_find(bh_doc_row *out, bh_str *client_id, bh_arena *a, bh_store *s, bh_str what, bh_error *err)
{
  bh_doc_row by_id;
  bh_status st = find_by_id(&by_id, a, s, what, err);
  if (st != BH_OK)
    return st;
  st = bh_store_doc_by_number(s, out, a, what, err);
  if (st == BH_OK && by_id.doc != 0 && by_id.doc != out->doc)
    return bh_fail(err, BH_E_USAGE, "\"%.*s\" is the number of one invoice and the id of another: name it by the other of its two names", BH_STR_ARG(what));
  if (st == BH_E_NOTFOUND && by_id.doc != 0) {
    *out = by_id;
    st = BH_OK;
  }
  if (st == BH_E_NOTFOUND)
    return bh_fail(err, BH_E_NOTFOUND, "no invoice \"%.*s\": expected an id such as acme-1 or a number such as INV-2026-000001", BH_STR_ARG(what));
  if (st == BH_OK && client_id != NULL)
    st = bh_store_client_id(s, client_id, a, out->client, err);
  return st;
}

const char *bh_doc_state_name(bh_doc_state s)
{
  static const char *const names[] = { "draft", "approved", "sent", "partly_paid", "paid", "void" };
  return names[s];
}

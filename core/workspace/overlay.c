/* Files that are laid over a workspace, for what-if: which file of it each one stands for, or that it is read in addition. */
#include "workspace/internal.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static bool ends_with(bh_str s, const char *suffix) {
  size_t n = strlen(suffix);
  return s.len > n && memcmp(s.ptr + s.len - n, suffix, n) == 0;
}

/* The last part of a path, and the part before it. */
static void split(bh_str path, bh_str *folder, bh_str *base) {
  size_t at = path.len;
  while (at > 0 && path.ptr[at - 1] != '/') at--;
  *base = (bh_str){path.ptr + at, path.len - at};
  size_t end = at > 0 ? at - 1 : 0, from = end;
  while (from > 0 && path.ptr[from - 1] != '/') from--;
  *folder = (bh_str){path.ptr + from, end - from};
}

static bool there(bh_workspace *ws, bh_str name) { return access(ws_join(&ws->arena, ws->dir, name.ptr).ptr, F_OK) == 0; }

/* The name in the workspace that the file stands for; empty: it is read in addition. */
static bh_status name_of(bh_str *out, bh_workspace *ws, const char *shown, bh_str path, bh_error *err) {
  bh_str folder, base;
  split(path, &folder, &base);
  *out = (bh_str){"", 0};
  bool lua = ends_with(base, ".lua");
  if (!lua && !ends_with(base, ".jsonl")) return bh_fail(err, BH_E_USAGE, "--with %s: expected a file that ends in .lua or .jsonl", shown);
  bh_str client = bh_arena_fmt(&ws->arena, "clients/%.*s", BH_STR_ARG(base)), rule = bh_arena_fmt(&ws->arena, "rules/%.*s", BH_STR_ARG(base));
  if (bh_str_eqz(base, "billhook.lua") || bh_str_eqz(base, "pricebook.lua")) *out = bh_arena_str(&ws->arena, base);
  else if (bh_str_eqz(folder, "clients")) *out = client;
  else if (lua && bh_str_eqz(folder, "rules")) *out = rule;
  else if (there(ws, client) && lua && there(ws, rule))
    return bh_fail(err, BH_E_USAGE, "--with %s: there is a %.*s and a %.*s; put it into a folder clients or rules, to say which it stands for", shown, BH_STR_ARG(client),
                   BH_STR_ARG(rule));
  else if (there(ws, client)) *out = client;
  else if (lua && there(ws, rule)) *out = rule;
  return BH_OK;
}

bh_status ws_overlays_read(bh_workspace *ws, const char *const *files, size_t n, bh_error *err) {
  struct bh_workspace_impl *x = ws->impl;
  x->overlays = BH_NEWN(&ws->arena, ws_overlay, n + 1);
  for (size_t i = 0; i < n; i++) {
    char path[PATH_MAX];
    ws_overlay o = {.shown = bh_arena_str(&ws->arena, bh_str_c(files[i]))};
    if (!realpath(files[i], path) || access(path, R_OK) != 0) return bh_fail(err, BH_E_USAGE, "--with %s: %s", files[i], strerror(errno));
    o.path = bh_arena_str(&ws->arena, bh_str_c(path));
    bh_status st = name_of(&o.name, ws, files[i], o.path, err);
    if (st != BH_OK) return st;
    for (size_t k = 0; k < x->overlay_count; k++)
      if (bh_str_eq(x->overlays[k].path, o.path) || (o.name.len && bh_str_eq(x->overlays[k].name, o.name)))
        return bh_fail(err, BH_E_USAGE, "--with %s: it and %.*s stand for the same file", files[i], BH_STR_ARG(x->overlays[k].shown));
    x->overlays[x->overlay_count++] = o;
  }
  return BH_OK;
}

static const ws_overlay *find(const bh_workspace *ws, bh_str name) {
  for (size_t i = 0; i < ws->impl->overlay_count; i++)
    if (bh_str_eq(ws->impl->overlays[i].name, name)) return &ws->impl->overlays[i];
  return NULL;
}

bh_str ws_file_path(const bh_workspace *ws, bh_arena *a, bh_str name) {
  const ws_overlay *o = find(ws, name);
  return o ? o->path : bh_arena_fmt(a, "%.*s/%.*s", BH_STR_ARG(ws->dir), BH_STR_ARG(name));
}

bh_str ws_file_shown(const bh_workspace *ws, bh_str name) {
  const ws_overlay *o = find(ws, name);
  return o ? o->shown : name;
}

static int str_order(const void *a, const void *b) { return bh_str_cmp(*(const bh_str *)a, *(const bh_str *)b); }

void ws_list_over(const bh_workspace *ws, bh_arena *a, const char *folder, const char *suffix, bh_str **out, size_t *count) {
  ws_list(a, bh_arena_fmt(a, "%.*s/%s", BH_STR_ARG(ws->dir), folder).ptr, suffix, out, count);
  size_t n = strlen(folder), more = *count;
  if (ws->impl->overlay_count == 0) return;
  bh_str *all = BH_NEWN(a, bh_str, *count + ws->impl->overlay_count);
  if (*count) memcpy(all, *out, *count * sizeof *all);
  for (size_t i = 0; i < ws->impl->overlay_count; i++) {
    bh_str name = ws->impl->overlays[i].name;
    if (name.len < n + 2 || memcmp(name.ptr, folder, n) != 0 || name.ptr[n] != '/' || !ends_with(name, suffix)) continue;
    name = (bh_str){name.ptr + n + 1, name.len - n - 1};
    bool known = false;
    for (size_t k = 0; k < more && !known; k++) known = bh_str_eq(all[k], name);
    if (!known) all[more++] = name;
  }
  qsort(all, more, sizeof *all, str_order);
  *out = all;
  *count = more;
}

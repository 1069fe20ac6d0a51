/* rules/ and what a rule needs to run elsewhere: its source, and the source of all that it requires. */
#include "workspace/internal.h"

void ws_rules_load(bh_workspace *ws, bh_mistakes *m, bh_error *err) {
  struct bh_workspace_impl *x = ws->impl;
  bh_str *files;
  size_t n;
  ws_list(&ws->arena, ws_join(&ws->arena, ws->dir, "rules").ptr, ".lua", &files, &n);
  x->rule_ids = BH_NEWN(&ws->arena, const char *, n + 1);
  for (size_t i = 0; i < n; i++) {
    ws_rule_file *f = BH_NEW(&ws->arena, ws_rule_file);
    bh_buf text;
    bh_buf_init(&text, WS_FILE_MAX);
    f->name = (bh_str){files[i].ptr, files[i].len - 4};
    f->file = bh_arena_fmt(&ws->arena, "rules/%.*s", BH_STR_ARG(files[i]));
    bh_error why;
    if (bh_file_read(&text, ws_join(&ws->arena, ws->dir, f->file.ptr).ptr, &why) != BH_OK) {
      bh_mistake_add(m, f->file, 0, (bh_str){0}, "%s", why.message);
      f->broken = true;
    }
    f->source = bh_arena_str(&ws->arena, bh_buf_str(&text));
    bh_buf_dispose(&text);
    f->name = bh_arena_str(&ws->arena, f->name);
    bh_map_put(&x->rules, f->name, f);
    x->rule_ids[x->rule_count++] = f->name.ptr;
  }
}

/* The next `require "NAME"` (or ('NAME')) behind *at, comments and all: too many is harmless, too few is not. */
static bool next_require(bh_str source, size_t *at, bh_str *name) {
  while (*at + 8 < source.len) {
    const char *p = memmem(source.ptr + *at, source.len - *at, "require", 7);
    if (!p) return false;
    size_t i = (size_t)(p - source.ptr) + 7;
    *at = i;
    while (i < source.len && (source.ptr[i] == ' ' || source.ptr[i] == '(' || source.ptr[i] == '\t' || source.ptr[i] == '\n')) i++;
    if (i >= source.len || (source.ptr[i] != '"' && source.ptr[i] != '\'')) continue;
    const char *end = memchr(source.ptr + i + 1, source.ptr[i], source.len - i - 1);
    if (!end) return false;
    *name = (bh_str){source.ptr + i + 1, (size_t)(end - source.ptr) - i - 1};
    *at = (size_t)(end - source.ptr) + 1;
    return true;
  }
  return false;
}

void ws_rule_requires_check(bh_workspace *ws, bh_mistakes *m, bh_str file, bh_str source) {
  struct bh_workspace_impl *x = ws->impl;
  bh_str name;
  for (size_t at = 0; next_require(source, &at, &name);) {
    if (bh_map_get(&x->rules, name)) continue;
    int32_t line = 1;
    for (const char *p = source.ptr; p < name.ptr; p++) line += *p == '\n';
    const char *near = bh_str_nearest(name, x->rule_ids, x->rule_count);
    if (near) bh_mistake_add(m, file, line, (bh_str){0}, "no rules/%.*s.lua to require; did you mean \"%s\"?", BH_STR_ARG(name), near);
    else bh_mistake_add(m, file, line, (bh_str){0}, "no rules/%.*s.lua to require", BH_STR_ARG(name));
  }
}

static void add_modules(bh_workspace *ws, bh_arena *a, bh_node *modules, bh_str source) {
  bh_str name;
  for (size_t at = 0; next_require(source, &at, &name);) {
    const ws_rule_file *f = bh_map_get(&ws->impl->rules, name);
    if (!f || bh_node_gets(modules, name)) continue;
    bh_node_set(a, modules, name, bh_node_str(a, f->source));
    add_modules(ws, a, modules, f->source);
  }
}

bh_str ws_rule_bundle(bh_workspace *ws, bh_arena *a, bh_str file, bh_str name, bh_str source, bh_sha *hash) {
  bh_node *b = bh_node_new(a, BH_NODE_TABLE), *modules = bh_node_new(a, BH_NODE_TABLE);
  add_modules(ws, a, modules, source);
  bh_node_set(a, b, BH_S("file"), bh_node_str(a, file));
  bh_node_set(a, b, BH_S("modules"), modules);
  bh_node_set(a, b, BH_S("name"), bh_node_str(a, name));
  bh_node_set(a, b, BH_S("source"), bh_node_str(a, source));
  bh_str text = ws_json(a, b);
  *hash = bh_sha256_1(text);
  return text;
}

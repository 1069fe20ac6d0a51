/* rules/ and what a rule needs to run elsewhere: its source, and the source of all that it requires. */
#include "workspace/internal.h"

void ws_rules_load(bh_workspace *ws, bh_mistakes *m, bh_error *err) {
  struct bh_workspace_impl *x = ws->impl;
  bh_str *files;
  size_t n;
  ws_list_over(ws, &ws->arena, "rules", ".lua", &files, &n);
  x->rule_ids = BH_NEWN(&ws->arena, const char *, n + 1);
  for (size_t i = 0; i < n; i++) {
    ws_rule_file *f = BH_NEW(&ws->arena, ws_rule_file);
    bh_buf text;
    bh_buf_init(&text, WS_FILE_MAX);
    f->name = (bh_str){files[i].ptr, files[i].len - 4};
    bh_str name = bh_arena_fmt(&ws->arena, "rules/%.*s", BH_STR_ARG(files[i]));
    f->file = ws_file_shown(ws, name);
    bh_error why;
    if (bh_file_read(&text, ws_file_path(ws, &ws->arena, name).ptr, &why) != BH_OK) {
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

/* Behind a long bracket's end, `]]` or `]==]`, where one opens at i; else i. */
static size_t skip_long(bh_str s, size_t i) {
  size_t level = 0, at = i + 1;
  if (s.ptr[i] != '[') return i;
  while (at < s.len && s.ptr[at] == '=') at++, level++;
  if (at >= s.len || s.ptr[at] != '[') return i;
  for (at++; at < s.len; at++) {
    size_t k = 1;
    if (s.ptr[at] != ']') continue;
    while (k <= level && at + k < s.len && s.ptr[at + k] == '=') k++;
    if (k == level + 1 && at + k < s.len && s.ptr[at + k] == ']') return at + k + 1;
  }
  return s.len;
}

/* Behind the string that opens at i. */
static size_t skip_quoted(bh_str s, size_t i) {
  char quote = s.ptr[i++];
  for (; i < s.len && s.ptr[i] != quote && s.ptr[i] != '\n'; i++)
    if (s.ptr[i] == '\\') i++;
  return i < s.len ? i + 1 : s.len;
}

/* Behind a comment or a string that begins at i; else i. */
static size_t skip_text(bh_str s, size_t i) {
  if (s.ptr[i] == '"' || s.ptr[i] == '\'') return skip_quoted(s, i);
  if (s.ptr[i] == '[') return skip_long(s, i);
  if (s.ptr[i] != '-' || i + 1 >= s.len || s.ptr[i + 1] != '-') return i;
  size_t from = i + 2, to = from < s.len ? skip_long(s, from) : from;
  if (to != from) return to;
  while (to < s.len && s.ptr[to] != '\n') to++;
  return to;
}

static bool word_char(char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/* The next `require "NAME"` (or ('NAME')) behind *at. */
static bool next_require(bh_str source, size_t *at, bh_str *name) {
  for (size_t i = *at; i < source.len;) {
    size_t behind = skip_text(source, i);
    if (behind != i || !word_char(source.ptr[i])) {
      i = behind != i ? behind : i + 1;
      continue;
    }
    size_t word = i;
    while (i < source.len && word_char(source.ptr[i])) i++;
    if (!bh_str_eqz((bh_str){source.ptr + word, i - word}, "require")) continue;
    while (i < source.len && (source.ptr[i] == ' ' || source.ptr[i] == '(' || source.ptr[i] == '\t' || source.ptr[i] == '\n')) i++;
    if (i >= source.len || (source.ptr[i] != '"' && source.ptr[i] != '\'')) continue;
    size_t end = skip_quoted(source, i);
    if (end < i + 2 || source.ptr[end - 1] != source.ptr[i]) continue; /* not closed: Lua says so */
    *name = (bh_str){source.ptr + i + 1, end - i - 2};
    *at = end;
    return true;
  }
  *at = source.len;
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

/* Complaints, paths, and picking known keys out of tables. */
#include "workspace/internal.h"

static void put_path(bh_buf *b, const ws_path *at) {
  if (!at) return;
  put_path(b, at->up);
  if (at->index > 0) {
    bh_buf_fmt(b, "[%d]", at->index);
    return;
  }
  bool plain = at->key.len > 0;
  for (size_t i = 0; i < at->key.len; i++) {
    char c = at->key.ptr[i];
    bool word = c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9' && i > 0);
    if (!word) plain = false;
  }
  if (plain) bh_buf_fmt(b, "%s%.*s", at->up ? "." : "", BH_STR_ARG(at->key));
  else bh_buf_fmt(b, "[\"%.*s\"]", BH_STR_ARG(at->key));
}

static void say(ws_ck *ck, const ws_path *at, bool advice, const char *fmt, va_list ap) {
  if (!ck->m) return;
  bh_buf path;
  bh_buf_init(&path, 4096);
  bh_buf_putz(&path, ck->word);
  if (ck->id.len) bh_buf_fmt(&path, " \"%.*s\"", BH_STR_ARG(ck->id));
  if (at) bh_buf_putc(&path, ' ');
  put_path(&path, at);
  char text[900];
  vsnprintf(text, sizeof text, fmt, ap);
  if (advice) bh_advice_add(ck->m, ck->file, ck->line, bh_buf_str(&path), "%s", text);
  else bh_mistake_add(ck->m, ck->file, ck->line, bh_buf_str(&path), "%s", text);
  bh_buf_dispose(&path);
}

void ws_bad(ws_ck *ck, const ws_path *at, const char *fmt, ...) {
  ck->bad++;
  va_list ap;
  va_start(ap, fmt);
  say(ck, at, false, fmt, ap);
  va_end(ap);
}

void ws_advise(ws_ck *ck, const ws_path *at, const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  say(ck, at, true, fmt, ap);
  va_end(ap);
}

static void put_known(char *out, size_t size, const char *const *known, size_t n) {
  size_t len = 0;
  out[0] = 0;
  for (size_t i = 0; i < n && i < 20; i++) {
    int k = snprintf(out + len, size - len, "%s%s", i ? ", " : "", known[i]);
    if (k < 0 || (size_t)k >= size - len) return;
    len += (size_t)k;
  }
  if (n > 20) snprintf(out + len, size - len, ", …");
}

void ws_bad_name(ws_ck *ck, const ws_path *at, const char *what, bh_str name, const char *const *known, size_t n) {
  bool torn = ck->ws && ck->ws->impl->torn && strcmp(what, "model") != 0 && strcmp(what, "plugin") != 0;
  if (!ck->m || torn) {
    ck->bad++;
    return;
  }
  const char *near = bh_str_nearest(name, known, n);
  /* a vendor's plugin stands where it was built until it is installed */
  const char *hint = strcmp(what, "plugin") == 0 ? ". A plugin that stands in another folder is found with --plugin-dir DIR" : "";
  if (near) {
    ws_bad(ck, at, "unknown %s \"%.*s\"; did you mean \"%s\"?", what, BH_STR_ARG(name), near);
  } else if (n == 0) {
    ws_bad(ck, at, "unknown %s \"%.*s\"; none is %s%s", what, BH_STR_ARG(name), hint[0] ? "found" : "declared", hint);
  } else {
    char list[500];
    put_known(list, sizeof list, known, n);
    ws_bad(ck, at, "unknown %s \"%.*s\"; known: %s%s", what, BH_STR_ARG(name), list, hint);
  }
}

void ws_bad_key(ws_ck *ck, const ws_path *at, bh_str key, const char *const *known, size_t n) {
  const char *near = bh_str_nearest(key, known, n);
  const ws_path *here = WS_KEYS(at, key);
  if (near) {
    ws_bad(ck, here, "unknown key; did you mean \"%s\"?", near);
  } else {
    char list[700];
    put_known(list, sizeof list, known, n);
    ws_bad(ck, here, "unknown key; known: %s", list);
  }
}

void ws_bad_kind(ws_ck *ck, const ws_path *at, const bh_node *n, const char *expected) {
  switch (n->kind) {
  case BH_NODE_NULL: ws_bad(ck, at, "missing; expected %s", expected); break;
  case BH_NODE_BOOL: ws_bad(ck, at, "%s; expected %s", n->boolean ? "true" : "false", expected); break;
  case BH_NODE_INT: ws_bad(ck, at, "the number %lld; expected %s", (long long)n->integer, expected); break;
  case BH_NODE_FLOAT: ws_bad(ck, at, "the float %.*s; expected %s", BH_STR_ARG(n->text), expected); break;
  case BH_NODE_STR: ws_bad(ck, at, "\"%.*s\"; expected %s", (int)(n->text.len > 100 ? 100 : n->text.len), n->text.ptr, expected); break;
  case BH_NODE_TABLE: ws_bad(ck, at, "a %s; expected %s", n->is_array ? "list" : "table", expected); break;
  case BH_NODE_OPAQUE: ws_bad(ck, at, "a function; expected %s", expected); break;
  }
}

void ws_unsupported(ws_ck *ck, const ws_path *at, const char *what) {
  ws_bad(ck, at, "%s%snot supported by this version yet", what ? what : "", what ? ": " : "");
}

static int find_key(bh_str key, const char *const *names, size_t n) {
  size_t lo = 0, hi = n;
  while (lo < hi) {
    size_t mid = (lo + hi) / 2;
    int c = strncmp(names[mid], key.ptr, key.len);
    if (c == 0) c = names[mid][key.len] ? 1 : 0;
    if (c == 0) return (int)mid;
    if (c < 0) lo = mid + 1;
    else hi = mid;
  }
  return -1;
}

bool ws_pick(ws_ck *ck, const ws_path *at, const bh_node *t, const char *const *names, size_t n, bh_node **out,
             ws_extra_key extra, void *ctx) {
  memset(out, 0, n * sizeof *out);
  if (t->kind != BH_NODE_TABLE) {
    ws_bad_kind(ck, at, t, "a table");
    return false;
  }
  if (t->item_count) {
    int first = find_key(BH_S("1"), names, n);
    if (first >= 0) out[first] = t->items[0];
    if (first < 0 || t->item_count > 1)
      ws_bad(ck, WS_AT(at, first < 0 ? 0 : 1), "a value without a key; expected KEY = VALUE");
  }
  for (size_t i = 0; i < t->field_count; i++) {
    int k = find_key(t->fields[i].key, names, n);
    if (k >= 0) {
      if (ws_set(t->fields[i].value)) out[k] = t->fields[i].value;
    } else if (!extra || !extra(ctx, t->fields[i].key)) {
      if (!extra) ws_bad_key(ck, at, t->fields[i].key, names, n);
      else ck->bad++; /* the caller's `extra` has complained */
    }
  }
  return true;
}

bh_node *ws_item(const bh_node *t, size_t i) {
  if (t->kind != BH_NODE_TABLE) return NULL;
  if (i < t->item_count) return t->items[i];
  char name[24];
  snprintf(name, sizeof name, "%zu", i + 1);
  return bh_node_get(t, name);
}

bool ws_is_list(const bh_node *n) { return n->kind == BH_NODE_TABLE && n->field_count == 0; }
bool ws_is_record(const bh_node *n) { return n->kind == BH_NODE_TABLE && n->item_count == 0; }

bh_node *ws_get(const bh_node *t, const char *key) {
  bh_node *n = t && t->kind == BH_NODE_TABLE ? bh_node_get(t, key) : NULL;
  return ws_set(n) ? n : NULL;
}

bh_str ws_json(bh_arena *a, const bh_node *n) {
  bh_buf b;
  bh_buf_init(&b, WS_FILE_MAX);
  bh_json_write(&b, n);
  bh_str s = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return s;
}

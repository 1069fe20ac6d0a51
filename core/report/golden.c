#include "report/golden.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 16 << 20, PATH_TEXT_MAX = 1000, SHOWN_MAX = 50, DEPTH_MAX = 60 };

/* ---- the text ---- */
static void indent(bh_buf *out, int depth) {
  bh_buf_putc(out, '\n');
  for (int i = 0; i < depth; i++) bh_buf_putz(out, "  ");
}

static int field_order(const void *x, const void *y) { return bh_str_cmp(((const bh_field *)x)->key, ((const bh_field *)y)->key); }

/* The fields in the order of their names. */
static bh_field *sorted(bh_arena *a, const bh_node *n) {
  bh_field *fields = BH_NEWN(a, bh_field, n->field_count + 1);
  if (n->field_count) {
    memcpy(fields, n->fields, n->field_count * sizeof *fields);
    qsort(fields, n->field_count, sizeof *fields, field_order);
  }
  return fields;
}

/* One value a line, so that what changes shows in git. */
static void pretty(bh_buf *out, bh_arena *a, const bh_node *n, int depth) {
  bool table = n->kind == BH_NODE_TABLE;
  if (!table || n->item_count + n->field_count == 0 || depth > DEPTH_MAX) {
    bh_json_write(out, n);
    return;
  }
  bool list = n->field_count == 0;
  bh_buf_putc(out, list ? '[' : '{');
  for (size_t i = 0; i < n->item_count; i++) {
    if (i > 0) bh_buf_putc(out, ',');
    indent(out, depth + 1);
    if (!list) bh_buf_fmt(out, "\"%zu\": ", i + 1);
    pretty(out, a, n->items[i], depth + 1);
  }
  bh_field *fields = sorted(a, n);
  for (size_t i = 0; i < n->field_count; i++) {
    if (i + n->item_count > 0) bh_buf_putc(out, ',');
    indent(out, depth + 1);
    bh_json_str(out, fields[i].key);
    bh_buf_putz(out, ": ");
    pretty(out, a, fields[i].value, depth + 1);
  }
  indent(out, depth);
  bh_buf_putc(out, list ? ']' : '}');
}

/* ---- what differs ---- */
typedef struct diff { bh_buf *out; bh_arena *a; char path[PATH_TEXT_MAX]; size_t len; size_t found; } diff;

static void value(bh_buf *out, const bh_node *n) {
  if (n == NULL) bh_buf_putz(out, "nothing");
  else if (n->kind == BH_NODE_TABLE && n->item_count + n->field_count > 0) bh_buf_putz(out, n->field_count ? "a table" : "a list");
  else bh_json_write(out, n);
}

static void compare(diff *d, const bh_node *was, const bh_node *is, int depth);

static void at(diff *d, const char *step, const bh_node *was, const bh_node *is, int depth) {
  size_t before = d->len;
  int n = snprintf(d->path + d->len, sizeof d->path - d->len, "%s%s", before && step[0] != '[' ? "." : "", step);
  d->len += n > 0 && (size_t)n < sizeof d->path - d->len ? (size_t)n : 0;
  compare(d, was, is, depth + 1);
  d->len = before;
  d->path[before] = 0;
}

static bool is_table(const bh_node *n) { return n != NULL && n->kind == BH_NODE_TABLE; }

static void compare(diff *d, const bh_node *was, const bh_node *is, int depth) {
  bool empty = is_table(was) && is_table(is) && was->item_count + was->field_count + is->item_count + is->field_count == 0;
  if (empty || depth > DEPTH_MAX || (was != NULL && is != NULL && bh_node_equal(was, is))) return; /* [] and {} are one: Lua cannot tell */
  if (!is_table(was) || !is_table(is)) {
    if (d->found++ >= SHOWN_MAX) return;
    bh_buf_fmt(d->out, "\n  %s: expected ", d->path[0] ? d->path : "(all of it)");
    value(d->out, was);
    bh_buf_putz(d->out, ", got ");
    value(d->out, is);
    return;
  }
  size_t n = was->item_count > is->item_count ? was->item_count : is->item_count;
  for (size_t i = 0; i < n; i++) {
    char step[32];
    snprintf(step, sizeof step, "[%zu]", i + 1);
    at(d, step, i < was->item_count ? was->items[i] : NULL, i < is->item_count ? is->items[i] : NULL, depth);
  }
  bh_field *fields = sorted(d->a, was);
  for (size_t i = 0; i < was->field_count; i++)
    at(d, bh_arena_z(d->a, fields[i].key), fields[i].value, bh_node_gets(is, fields[i].key), depth);
  fields = sorted(d->a, is);
  for (size_t i = 0; i < is->field_count; i++)
    if (bh_node_gets(was, fields[i].key) == NULL) at(d, bh_arena_z(d->a, fields[i].key), NULL, fields[i].value, depth);
}

/* ---- the file ---- */
static bool good_name(bh_str name) {
  if (name.len == 0 || name.len > 100 || name.ptr[0] == '.') return false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!plain) return false;
  }
  return true;
}

/* Whole, or not at all: beside its place and then moved there. */
static bh_status write_file(const char *path, bh_str text, bh_error *err) {
  char name[PATH_MAX];
  int n = snprintf(name, sizeof name, "%s.new", path);
  if (n < 0 || (size_t)n >= sizeof name) return bh_fail(err, BH_E_WORKSPACE, "%s: the path is too long", path);
  FILE *f = fopen(name, "we");
  bool ok = f != NULL && fwrite(text.ptr, 1, text.len, f) == text.len;
  int why = errno;
  if (f != NULL && fclose(f) != 0 && ok) {
    ok = false;
    why = errno;
  }
  if (ok && rename(name, path) == 0) return BH_OK;
  if (ok) why = errno;
  unlink(name);
  return bh_fail(err, BH_E_WORKSPACE, "cannot write %s: %s", path, strerror(why));
}

static bh_status write_golden(bh_golden *g, bh_arena *a, bh_str file, const bh_node *n, bh_error *err) {
  static const char *const folders[] = {"tests", "tests/golden"};
  for (size_t i = 0; i < 2; i++) {
    bh_str dir = bh_arena_fmt(a, "%.*s/%s", BH_STR_ARG(g->dir), folders[i]);
    if (mkdir(dir.ptr, 0777) != 0 && errno != EEXIST) return bh_fail(err, BH_E_WORKSPACE, "cannot make the folder %s: %s", dir.ptr, strerror(errno));
  }
  bh_buf text;
  bh_buf_init(&text, FILE_MAX);
  pretty(&text, a, n, 0);
  bh_buf_putc(&text, '\n');
  bh_status st = text.failed ? bh_fail(err, BH_E_INVALID, "%.*s: larger than %d bytes", BH_STR_ARG(file), (int)FILE_MAX)
                             : write_file(bh_arena_fmt(a, "%.*s/%.*s", BH_STR_ARG(g->dir), BH_STR_ARG(file)).ptr, bh_buf_str(&text), err);
  bh_buf_dispose(&text);
  if (st != BH_OK) return st;
  if (g->count == g->cap) {
    g->cap = g->cap ? g->cap * 2 : 16;
    bh_str *grown = BH_NEWN(g->arena, bh_str, g->cap);
    if (g->count) memcpy(grown, g->written, g->count * sizeof *grown);
    g->written = grown;
  }
  g->written[g->count++] = bh_arena_str(g->arena, file);
  return BH_OK;
}

/* What is kept of a value: of an invoice what it asks for and when, and not who asks, where they live, or how documents are filed. */
static const bh_node *kept(bh_arena *a, const bh_node *n) {
  static const char *const members[] = {"currency", "discounts", "due_date", "hold", "issue_date", "lines", "memos", "po", "subtotal", "taxes", "total", "type"};
  if (!is_table(n) || !bh_node_has(n, "issue_date") || !bh_node_has(n, "lines")) return n;
  bh_node *out = bh_node_new(a, BH_NODE_TABLE);
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    bh_node *v = bh_node_get(n, members[i]);
    if (v != NULL) bh_node_add(a, out, bh_str_c(members[i]), v);
  }
  const bh_node *client = bh_node_get(n, "client");
  bh_node *id = is_table(client) ? bh_node_get(client, "id") : NULL;
  if (id != NULL) bh_node_add(a, out, BH_S("client"), id);
  return out;
}

bh_status bh_golden_check(bh_golden *g, bh_buf *out, bh_str name, const bh_node *whole, bh_error *err) {
  if (!good_name(name)) return bh_fail(err, BH_E_INVALID, "\"%.*s\" is no name for a golden file: expected letters, digits, - _ and .", BH_STR_ARG(name));
  bh_arena a;
  bh_buf text;
  bh_arena_init(&a);
  bh_buf_init(&text, FILE_MAX);
  bh_str file = bh_arena_fmt(&a, "tests/golden/%.*s.json", BH_STR_ARG(name));
  bh_str path = bh_arena_fmt(&a, "%.*s/%.*s", BH_STR_ARG(g->dir), BH_STR_ARG(file));
  const bh_node *is = kept(&a, whole);
  bh_node *was = NULL;
  bh_status st = BH_OK;
  bool there = access(path.ptr, F_OK) == 0;
  if (there) st = bh_file_read(&text, path.ptr, err);
  if (st == BH_OK && there && bh_json_parse(&was, &a, bh_buf_str(&text), NULL, err) != BH_OK && !g->accept) {
    st = bh_fail_prefix(err, "%.*s", BH_STR_ARG(file));
  } else if (st == BH_OK && was == NULL && !g->accept) {
    bh_buf_fmt(out, "there is no %.*s yet: look at what it would hold (`billhook test --accept` writes it)", BH_STR_ARG(file));
  } else if (st == BH_OK) {
    bh_buf lines;
    bh_buf_init(&lines, 1 << 20);
    diff d = {.out = &lines, .a = &a};
    if (was != NULL) compare(&d, was, is, 0);
    if (was == NULL || (d.found > 0 && g->accept)) {
      st = write_golden(g, &a, file, is, err);
    } else if (d.found > 0) {
      bh_buf_fmt(out, "%.*s differs in %zu place%s (`billhook test --accept` takes over what is there now)", BH_STR_ARG(file), d.found, d.found == 1 ? "" : "s");
      bh_buf_puts(out, bh_buf_str(&lines));
      if (d.found > SHOWN_MAX) bh_buf_putz(out, "\n  … and more");
    }
    bh_buf_dispose(&lines);
  }
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  return st;
}

/* Canonical JSON (RFC 8785): no white space, keys in the order of their UTF-16 code units, the shortest escapes. */
#include "base/dec.h"
#include "base/json.h"
#include <stdlib.h>

enum { WRITE_DEPTH_MAX = 200, SORT_ON_STACK = 32 };

/* The first byte at or after i that must be escaped; s.len where none. Eight bytes at a time: a byte below 0x20, a quote or a
 * backslash sets its high bit in one of the three differences. */
static size_t escape_next(bh_str s, size_t i)
{
  const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
  for (; i + 8 <= s.len; i += 8) {
    uint64_t w;
    memcpy(&w, s.ptr + i, 8);
    uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');
    uint64_t hit = ((w - ones * 0x20) & ~w) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash);
    if (hit & high)
      break;
  }
  for (; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c < 0x20 || c == '"' || c == '\\')
      break;
  }
  return i;
}

static void put_escaped(bh_buf *out, unsigned char c)
{
  static const char hex[] = "0123456789abcdef";
  static const char letter[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
  if (c >= 0x20)
    bh_buf_put(out, (char[]){'\\', (char)c}, 2);
  else if (letter[c])
    bh_buf_put(out, (char[]){'\\', letter[c]}, 2);
  else
    bh_buf_put(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

void bh_json_str(bh_buf *out, bh_str s)
{
  size_t i = escape_next(s, 0);
  char *room = i == s.len ? bh_buf_room(out, s.len + 2) : NULL;
  if (room) { /* nothing to escape: the ordinary case */
    room[0] = '"';
    if (s.len)
      memcpy(room + 1, s.ptr, s.len);
    room[s.len + 1] = '"';
    out->len += s.len + 2;
    return;
  }
  bh_buf_putc(out, '"');
  for (size_t clean = 0;; i = escape_next(s, clean)) {
    bh_buf_put(out, s.ptr + clean, i - clean);
    if (i == s.len)
      break;
    put_escaped(out, (unsigned char)s.ptr[i]);
    clean = i + 1;
  }
  bh_buf_putc(out, '"');
}

/* UTF-8 sorts by code point, UTF-16 by code unit: they differ only where one side is above U+FFFF (lead byte F0..F4,
 * in UTF-16 a surrogate, D800..DFFF) and the other is U+E000..U+FFFF (lead byte EE, EF). */
static int utf16_rank(unsigned char lead)
{
  return lead >= 0xF0 ? 0xEE : lead >= 0xEE ? lead + 2 : lead;
}

static int utf16_cmp(bh_str a, bh_str b)
{
  size_t n = a.len < b.len ? a.len : b.len, i = 0;
  while (i < n && a.ptr[i] == b.ptr[i])
    i++;
  if (i == n)
    return (a.len > b.len) - (a.len < b.len);
  unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];
  int rx = utf16_rank(x), ry = utf16_rank(y);
  /* Both above U+FFFF: the same rank, and the code points decide, as among continuation bytes. */
  return rx != ry ? (rx < ry ? -1 : 1) : (x < y ? -1 : 1);
}

static int by_key(const void *x, const void *y)
{
  return utf16_cmp(((const bh_field *)x)->key, ((const bh_field *)y)->key);
}

static void write_node(bh_buf *out, const bh_node *n, int depth);

static void write_fields(bh_buf *out, const bh_field *fields, size_t n, int depth)
{
  bh_buf_putc(out, '{');
  for (size_t i = 0; i < n; i++) {
    if (i)
      bh_buf_putc(out, ',');
    bh_json_str(out, fields[i].key);
    bh_buf_putc(out, ':');
    write_node(out, fields[i].value, depth + 1);
  }
  bh_buf_putc(out, '}');
}

static void sort_fields(bh_field *f, size_t n)
{
  if (n > SORT_ON_STACK) {
    qsort(f, n, sizeof *f, by_key);
    return;
  }
  for (size_t i = 1; i < n; i++) {
    bh_field moved = f[i];
    size_t k = i;
    for (; k > 0 && utf16_cmp(f[k - 1].key, moved.key) > 0; k--)
      f[k] = f[k - 1];
    f[k] = moved;
  }
}

static bool sorted(const bh_node *n)
{
  for (size_t i = 1; i < n->field_count; i++)
    if (utf16_cmp(n->fields[i - 1].key, n->fields[i].key) > 0)
      return false;
  return true;
}

/* Fields out of order, or items beside them (which get the keys "1", "2", …): a sorted copy is written. */
static void write_rearranged(bh_buf *out, const bh_node *n, int depth)
{
  bh_field few[SORT_ON_STACK], *f = few;
  size_t count = n->item_count + n->field_count;
  char(*names)[24] = NULL;
  if (count > SORT_ON_STACK && !(f = malloc(count * sizeof *f)))
    bh_out_of_memory(count * sizeof *f);
  if (n->item_count && !(names = malloc(n->item_count * sizeof *names)))
    bh_out_of_memory(n->item_count * sizeof *names);
  for (size_t i = 0; i < n->item_count; i++) {
    int len = snprintf(names[i], sizeof names[i], "%zu", i + 1);
    f[i] = (bh_field){{names[i], (size_t)len}, n->items[i]};
  }
  if (n->field_count)
    memcpy(f + n->item_count, n->fields, n->field_count * sizeof *f);
  sort_fields(f, count);
  write_fields(out, f, count, depth);
  free(names);
  if (f != few)
    free(f);
}

static void write_table(bh_buf *out, const bh_node *n, int depth)
{
  if (depth >= WRITE_DEPTH_MAX) {
    out->failed = true; /* a tree that no reader would take back */
    return;
  }
  if (n->item_count && n->field_count) {
    write_rearranged(out, n, depth);
  } else if (n->item_count || (n->is_array && !n->field_count)) {
    bh_buf_putc(out, '[');
    for (size_t i = 0; i < n->item_count; i++) {
      if (i)
        bh_buf_putc(out, ',');
      write_node(out, n->items[i], depth + 1);
    }
    bh_buf_putc(out, ']');
  } else if (sorted(n)) {
    write_fields(out, n->fields, n->field_count, depth);
  } else {
    write_rearranged(out, n, depth);
  }
}

static void write_node(bh_buf *out, const bh_node *n, int depth)
{
  char text[32];
  switch (n ? n->kind : BH_NODE_NULL) {
  case BH_NODE_NULL:
  case BH_NODE_OPAQUE:
    bh_buf_put(out, "null", 4);
    break;
  case BH_NODE_BOOL:
    bh_buf_put(out, n->boolean ? "true" : "false", n->boolean ? 4 : 5);
    break;
  case BH_NODE_INT: {
    size_t len = bh_int_format(text, n->integer);
    bh_buf_put(out, text, len);
    break;
  }
  case BH_NODE_FLOAT:
    bh_buf_puts(out, n->text);
    break;
  case BH_NODE_STR:
    bh_json_str(out, n->text);
    break;
  case BH_NODE_TABLE:
    write_table(out, n, depth);
    break;
  }
}

void bh_json_write(bh_buf *out, const bh_node *n)
{
  write_node(out, n, 0);
}

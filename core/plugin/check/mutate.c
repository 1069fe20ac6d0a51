/* What is done to answers. */
#include "plugin/check/inside.h"

enum { DEPTH = 10000, LONG_DIGITS = 19, SHORT_DIGITS_MAX = 17 }; /* with 18, a 9 in front would be above the largest number of 64 bits */

static const char html[] = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><p>Your session has ended. Please sign in.</p></body></html>\n";

void bh_check_mutation_words(char out[300], const bh_check_replay *r, const bh_check_mutation *m)
{
  char what[80] = "", which[200] = "";
  const bh_check_exchange *x = r->count ? &r->items[m->at] : NULL;
  switch (m->how) {
  case BH_CHECK_AS_IS: out[0] = 0; return;
  case BH_CHECK_CHUNKS: snprintf(out, 300, "with the answers %zu bytes at a time", m->number); return;
  case BH_CHECK_LONG_IDS: snprintf(out, 300, "with ids of 19 digits"); return;
  case BH_CHECK_CUT: snprintf(what, sizeof what, "ending after %zu bytes", m->number); break;
  case BH_CHECK_BREAK: snprintf(what, sizeof what, "broken off after %zu bytes", m->number); break;
  case BH_CHECK_EMPTY: snprintf(what, sizeof what, "empty"); break;
  case BH_CHECK_HOLLOW: snprintf(what, sizeof what, "replaced by {}"); break;
  case BH_CHECK_HTML: snprintf(what, sizeof what, "turned to HTML"); break;
  case BH_CHECK_STATUS: snprintf(what, sizeof what, "turned to status %zu", m->number); break;
  case BH_CHECK_OTHER_PAGE: snprintf(what, sizeof what, "%s as answer %zu", m->once ? "once the same" : "the same", m->number + 1); break;
  case BH_CHECK_UTF8: snprintf(what, sizeof what, "with bytes that are not UTF-8"); break;
  case BH_CHECK_NESTED: snprintf(what, sizeof what, "turned to arrays 10,000 deep"); break;
  case BH_CHECK_NESTED_INSIDE: snprintf(what, sizeof what, "with arrays 10,000 deep in it"); break;
  case BH_CHECK_LOST:
  case BH_CHECK_REFUSED: snprintf(what, sizeof what, "replaced by a refused connection"); break;
  }
  if (x)
    snprintf(which, sizeof which, "%.*s %.*s", BH_STR_ARG(x->method), (int)(x->path.len < 120 ? x->path.len : 120), x->path.ptr);
  snprintf(out, 300, "with answer %zu (%s) %s", m->at + 1, which, what);
}

static bh_str joined(bh_arena *a, bh_str x, bh_str y, bh_str z)
{
  char *out = bh_arena_alloc(a, x.len + y.len + z.len + 1);
  memcpy(out, x.ptr, x.len);
  memcpy(out + x.len, y.ptr, y.len);
  memcpy(out + x.len + y.len, z.ptr, z.len);
  return (bh_str){out, x.len + y.len + z.len};
}

static bh_str deep(bh_arena *a)
{
  char *out = bh_arena_alloc(a, 2 * DEPTH + 1);
  memset(out, '[', DEPTH);
  memset(out + DEPTH, ']', DEPTH);
  return (bh_str){out, 2 * (size_t)DEPTH};
}

/* Behind the first quote that begins a value, where there is one; else in front. */
static size_t inside_a_text(bh_str s)
{
  for (size_t i = 0; i + 1 < s.len; i++)
    if (s.ptr[i] == ':' || s.ptr[i] == '[') {
      size_t k = i + 1;
      while (k < s.len && (s.ptr[k] == ' ' || s.ptr[k] == '\n'))
        k++;
      if (k < s.len && s.ptr[k] == '"')
        return k + 1;
    }
  return 0;
}

static bh_str nested_inside(bh_arena *a, bh_str body)
{
  const char *brace = memchr(body.ptr, '{', body.len);
  if (!brace)
    return deep(a);
  size_t at = (size_t)(brace - body.ptr) + 1, k = at;
  while (k < body.len && (body.ptr[k] == ' ' || body.ptr[k] == '\n'))
    k++;
  bool empty = k < body.len && body.ptr[k] == '}';
  bh_str member = joined(a, BH_S("\"nested\":"), deep(a), empty ? BH_S("") : BH_S(","));
  return joined(a, (bh_str){body.ptr, at}, member, (bh_str){body.ptr + at, body.len - at});
}

/* ---- ids ---- */

static bool digits(bh_str s)
{
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
  return s.len > 0;
}

static bool names_id(bh_str key)
{
  if (key.len && (key.ptr[key.len - 1] == 's' || key.ptr[key.len - 1] == 'S'))
    key.len--;
  return key.len >= 2 && (key.ptr[key.len - 1] == 'd' || key.ptr[key.len - 1] == 'D') && (key.ptr[key.len - 2] == 'i' || key.ptr[key.len - 2] == 'I');
}

static void put_long(bh_buf *out, bh_str number)
{
  bh_buf_putc(out, '9');
  for (size_t i = number.len; i < LONG_DIGITS - 1; i++)
    bh_buf_putc(out, '0');
  bh_buf_puts(out, number);
}

/* The end of a JSON string that begins at `from`. */
static size_t string_end(bh_str s, size_t from)
{
  size_t i = from + 1;
  while (i < s.len && s.ptr[i] != '"')
    i += s.ptr[i] == '\\' ? 2 : 1;
  return i < s.len ? i + 1 : s.len;
}

static bool followed_by_colon(bh_str s, size_t at)
{
  while (at < s.len && (s.ptr[at] == ' ' || s.ptr[at] == '\n' || s.ptr[at] == '\t'))
    at++;
  return at < s.len && s.ptr[at] == ':';
}

typedef struct token { bh_str key, text; size_t end; } token; /* text: empty where it is no value; end: behind it */

static token token_at(bh_str s, size_t i, bh_str key)
{
  token t = {key, {s.ptr + i, 0}, i + 1};
  if (s.ptr[i] == '"') {
    t.end = string_end(s, i);
    bh_str text = {s.ptr + i + 1, t.end - i >= 2 ? t.end - i - 2 : 0};
    if (followed_by_colon(s, t.end))
      t.key = text;
    else
      t.text = text;
  } else if (s.ptr[i] >= '0' && s.ptr[i] <= '9') {
    while (t.end < s.len && ((s.ptr[t.end] >= '0' && s.ptr[t.end] <= '9') || s.ptr[t.end] == '.' || s.ptr[t.end] == 'e' || s.ptr[t.end] == 'E' || s.ptr[t.end] == '-'))
      t.end++;
    t.text.len = t.end - i;
  }
  return t;
}

void bh_check_plain_numbers(bh_map *out, bh_str body)
{
  bh_str key = {"", 0};
  for (size_t i = 0; i < body.len;) {
    token t = token_at(body, i, key);
    if (digits(t.text) && !names_id(t.key))
      bh_map_put(out, t.text, out);
    key = t.key;
    i = t.end;
  }
}

static bh_str long_ids(bh_arena *a, bh_str s, const bh_map *plain)
{
  bh_buf out;
  bh_str key = {"", 0};
  bh_buf_init(&out, (size_t)64 << 20);
  for (size_t i = 0; i < s.len;) {
    token t = token_at(s, i, key);
    bool id = digits(t.text) && t.text.len <= SHORT_DIGITS_MAX && names_id(t.key) && t.text.ptr[0] != '0' && !(plain && bh_map_get(plain, t.text));
    if (id && s.ptr[i] == '"') {
      bh_buf_putc(&out, '"');
      put_long(&out, t.text);
      bh_buf_putc(&out, '"');
    } else if (id) {
      put_long(&out, t.text);
    } else {
      bh_buf_put(&out, s.ptr + i, t.end - i);
    }
    key = t.key;
    i = t.end;
  }
  bh_str made = bh_arena_str(a, bh_buf_str(&out));
  bh_buf_dispose(&out);
  return made;
}

bh_str bh_check_short_ids(bh_arena *a, bh_str s)
{
  char *out = bh_arena_alloc(a, s.len + 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len;) {
    size_t end = i;
    while (end < s.len && s.ptr[end] >= '0' && s.ptr[end] <= '9')
      end++;
    size_t from = i;
    if (end - i == LONG_DIGITS + 2 && i > 0 && s.ptr[i - 1] == '%') { /* "%20" before it */
      memcpy(out + n, s.ptr + i, 2);
      n += 2;
      from = i += 2;
    }
    if (end - i == LONG_DIGITS && s.ptr[i] == '9')
      for (from = i + 1; from + 1 < end && s.ptr[from] == '0';)
        from++;
    if (end == i)
      end++;
    memcpy(out + n, s.ptr + from, end - from);
    n += end - from;
    i = end;
  }
  return (bh_str){out, n};
}

bh_str bh_check_mutate(bh_arena *a, const bh_check_mutation *m, const bh_check_exchange *x)
{
  bh_str body = x->body;
  size_t at;
  switch (m->how) {
  case BH_CHECK_CUT:
  case BH_CHECK_BREAK: return (bh_str){body.ptr, m->number < body.len ? m->number : body.len};
  case BH_CHECK_EMPTY: return (bh_str){"", 0};
  case BH_CHECK_HOLLOW: return BH_S("{}");
  case BH_CHECK_STATUS:
  case BH_CHECK_HTML: return bh_str_c(html);
  case BH_CHECK_UTF8:
    at = inside_a_text(body);
    return joined(a, (bh_str){body.ptr, at}, BH_S("\xff\xfe"), (bh_str){body.ptr + at, body.len - at});
  case BH_CHECK_LONG_IDS: return long_ids(a, body, m->plain);
  case BH_CHECK_NESTED: return deep(a);
  case BH_CHECK_NESTED_INSIDE: return nested_inside(a, body);
  default: return body;
  }
}

/* A shallow look at a JSON object: four top-level strings, everything else skipped. Not a parser: what it lets through
 * is parsed in full later, what it refuses is parsed in full now. */
#include "workspace/entries.h"

/* Behind the opening quote: to the closing one; NULL at an escape's misfit or the end. */
static const char *skip_string(const char *p, const char *end, bool *escaped) {
  *escaped = false;
  for (;;) {
    const char *q = memchr(p, '"', (size_t)(end - p));
    if (!q) return NULL;
    size_t back = 0;
    while (q - back > p && q[-1 - (ptrdiff_t)back] == '\\') back++;
    if (back == 0 && !*escaped) *escaped = memchr(p, '\\', (size_t)(q - p)) != NULL;
    if (back) *escaped = true;
    if (back % 2 == 0) return q;
    p = q + 1;
  }
}

static const char *skip_blank(const char *p, const char *end) {
  while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) p++;
  return p;
}

/* Behind an opening bracket: behind its closing one. */
static const char *skip_nested(const char *p, const char *end) {
  int depth = 1;
  bool escaped;
  for (; p < end; p++) {
    switch (*p) {
    case '"':
      p = skip_string(p + 1, end, &escaped);
      if (!p) return NULL;
      break;
    case '{':
    case '[': depth++; break;
    case '}':
    case ']':
      if (--depth == 0) return p + 1;
      break;
    default: break;
    }
  }
  return NULL;
}

static bh_str *wanted(ws_scan *out, const char *key, size_t n) {
  if (n == 2 && memcmp(key, "id", 2) == 0) return &out->id;
  if (n == 4 && memcmp(key, "type", 4) == 0) return &out->type;
  if (n == 6 && memcmp(key, "client", 6) == 0) return &out->client;
  if (n == 8 && memcmp(key, "contract", 8) == 0) return &out->contract;
  return NULL;
}

bool ws_scan_line(bh_str line, ws_scan *out) {
  const char *p = line.ptr, *end = line.ptr + line.len;
  bool escaped;
  *out = (ws_scan){0};
  p = skip_blank(p, end);
  if (p == end || *p++ != '{') return false;
  p = skip_blank(p, end);
  for (;;) {
    if (p == end || *p++ != '"') return false;
    const char *key = p, *key_end = skip_string(p, end, &escaped);
    if (!key_end || escaped) return false;
    p = skip_blank(key_end + 1, end);
    if (p == end || *p++ != ':') return false;
    p = skip_blank(p, end);
    if (p == end) return false;
    bh_str *want = wanted(out, key, (size_t)(key_end - key));
    if (*p == '"') {
      const char *text = ++p;
      p = skip_string(p, end, &escaped);
      if (!p) return false;
      if (want) {
        if (escaped || want->ptr) return false;
        *want = (bh_str){text, (size_t)(p - text)};
      }
      p++;
    } else if (want) {
      return false;
    } else if (*p == '{' || *p == '[') {
      p = skip_nested(p + 1, end);
      if (!p) return false;
    } else {
      while (p < end && *p != ',' && *p != '}') p++;
    }
    p = skip_blank(p, end);
    if (p == end) return false;
    if (*p == '}') return skip_blank(p + 1, end) == end;
    if (*p++ != ',') return false;
    p = skip_blank(p, end);
  }
}

/* clients/NAME.jsonl: one object a line, any number of them, read through one buffer. */
#include "workspace/entries.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { CHUNK = 1 << 20 };

typedef struct reader { bh_client_iter *it; uint32_t file; int32_t line; bh_arena scratch; } reader;

static void bad(reader *r, const char *path, const char *fmt, ...) BH_PRINTF(3, 4);
static void bad(reader *r, const char *path, const char *fmt, ...) {
  char text[700];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  bh_mistake_add(r->it->m, r->it->files[r->file].name, r->line, bh_str_c(path), "%s", text);
}

static bool id_of(reader *r, const bh_node *n, const char *key, bh_str *out) {
  const bh_node *v = ws_get(n, key);
  *out = (bh_str){0};
  if (!v) return true;
  if (v->kind == BH_NODE_STR && ws_id_ok(v->text)) {
    *out = v->text;
    return true;
  }
  bad(r, key, "expected a name, up to 200 characters without quotes");
  return false;
}

/* The careful way: what is wrong with the line, or what the quick look could not read. */
static bool parse(reader *r, bh_str line, ws_scan *out) {
  bh_node *n;
  bh_error err;
  *out = (ws_scan){0};
  if (bh_json_parse(&n, &r->scratch, line, NULL, &err) != BH_OK) {
    bad(r, "", "%s", err.message);
    return false;
  }
  if (n->kind != BH_NODE_TABLE || n->is_array) {
    bad(r, "", "expected a JSON object with \"type\" and \"id\"");
    return false;
  }
  const bh_node *type = ws_get(n, "type");
  if (type && type->kind == BH_NODE_STR) out->type = type->text;
  else if (type) {
    bad(r, "type", "expected \"client\", \"contract\", \"charge\" or \"ids\"");
    return false;
  }
  return id_of(r, n, "id", &out->id) && id_of(r, n, "client", &out->client) && id_of(r, n, "contract", &out->contract);
}

static bool good_id(reader *r, const char *key, bh_str s) {
  if (!s.len || ws_id_ok(s)) return true;
  bad(r, key, "expected a name, up to 200 characters without quotes");
  return false;
}

static bh_status one(reader *r, bh_str line, bh_error *err) {
  static const char *const types[] = {"charge", "client", "contract", "ids"};
  if (line.len && line.ptr[line.len - 1] == '\r') line.len--;
  size_t blank = 0;
  while (blank < line.len && (line.ptr[blank] == ' ' || line.ptr[blank] == '\t')) blank++;
  if (blank == line.len) return BH_OK;
  ws_scan x;
  if (!ws_scan_line(line, &x)) {
    bh_arena_reset(&r->scratch);
    if (!parse(r, line, &x)) return BH_OK;
  } else if (!bh_utf8_ok((bh_str){x.id.ptr ? x.id.ptr : "", x.id.len}) || !good_id(r, "id", x.id) || !good_id(r, "client", x.client) || !good_id(r, "contract", x.contract)) {
    return BH_OK;
  }
  ws_kind kind;
  if (bh_str_eqz(x.type, "client")) kind = WS_CLIENT;
  else if (bh_str_eqz(x.type, "contract")) kind = WS_CONTRACT;
  else if (bh_str_eqz(x.type, "charge")) kind = WS_CHARGE;
  else if (bh_str_eqz(x.type, "ids")) kind = WS_IDS;
  else {
    const char *near = bh_str_nearest(x.type, types, 4);
    if (!x.type.len) bad(r, "type", "missing; expected \"client\", \"contract\", \"charge\" or \"ids\"");
    else if (near) bad(r, "type", "unknown type \"%.*s\"; did you mean \"%s\"?", BH_STR_ARG(x.type), near);
    else bad(r, "type", "unknown type \"%.*s\"; expected \"client\", \"contract\", \"charge\" or \"ids\"", BH_STR_ARG(x.type));
    return BH_OK;
  }
  if (!x.id.len) {
    bad(r, "id", "missing; every object has a \"type\" and an \"id\"");
    return BH_OK;
  }
  if (kind == WS_CLIENT || kind == WS_IDS) x.client = x.id;
  if (!x.client.len) {
    char path[WS_ID_MAX + 40];
    snprintf(path, sizeof path, "%s \"%.*s\" client", ws_kind_word(kind), BH_STR_ARG(x.id));
    bad(r, path, "missing; expected the id of a client");
    return BH_OK;
  }
  return ws_entry_add(r->it, kind, x.id, x.client, (ws_place){r->file, r->line}, line, err);
}

/* Lines of buf[0..len), all but the last unfinished one; *used is how many bytes they were. */
static bh_status lines(reader *r, const char *buf, size_t len, bool last, size_t *used, bh_error *err) {
  size_t at = 0;
  while (at < len) {
    const char *nl = memchr(buf + at, '\n', len - at);
    if (!nl && !last) break;
    size_t n = nl ? (size_t)(nl - buf) - at : len - at;
    r->line++;
    bh_str line = {buf + at, n};
    if (r->line == 1 && n >= 3 && memcmp(line.ptr, "\xef\xbb\xbf", 3) == 0) line.ptr += 3, line.len -= 3;
    bh_status s = BH_OK;
    if (n > WS_LINE_MAX) bad(r, "", "a line of more than 1 MiB");
    else s = one(r, line, err);
    if (s != BH_OK) return s;
    at += n + (nl != NULL);
  }
  *used = at;
  return BH_OK;
}

bh_status ws_jsonl_read(bh_client_iter *it, uint32_t file, bh_error *err) {
  reader r = {.it = it, .file = file};
  bh_arena_init(&r.scratch);
  bh_str path = it->files[file].path;
  int fd = open(path.ptr, O_RDONLY | O_CLOEXEC);
  bh_status s = BH_OK;
  size_t cap = (size_t)WS_LINE_MAX + CHUNK + 2, len = 0;
  char *buf = malloc(cap);
  if (!buf) s = bh_fail(err, BH_E_NOMEM, "no memory to read %.*s", BH_STR_ARG(it->files[file].name));
  else if (fd < 0) bh_mistake_add(it->m, it->files[file].name, 0, (bh_str){0}, "%s", strerror(errno));
  bool too_long = false;
  while (s == BH_OK && fd >= 0) {
    ssize_t n = read(fd, buf + len, CHUNK);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      s = bh_fail(err, BH_E_WORKSPACE, "%.*s: %s", BH_STR_ARG(it->files[file].name), strerror(errno));
      break;
    }
    len += (size_t)n;
    size_t used = 0, skip = 0;
    if (too_long) { /* the rest of a line that was complained about */
      const char *nl = memchr(buf, '\n', len);
      skip = nl ? (size_t)(nl - buf) + 1 : len;
      too_long = !nl;
    }
    s = lines(&r, buf + skip, len - skip, n == 0, &used, err);
    used += skip;
    memmove(buf, buf + used, len - used);
    len -= used;
    if (len > WS_LINE_MAX) {
      r.line++;
      bad(&r, "", "a line of more than 1 MiB");
      too_long = true;
      len = 0;
    }
    if (n == 0) break;
  }
  if (fd >= 0) close(fd);
  free(buf);
  bh_arena_dispose(&r.scratch);
  return s;
}

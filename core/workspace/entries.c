/* Entries as sorter records: key = client \0 kind id \0 file line; the text as payload. Beside them, records that bring
 * each id's definitions and references together: (client, kind, id, file, line), and of contracts (id, file, line) with their client. */
#include "workspace/entries.h"

enum { KEY_MAX = 2 * WS_ID_MAX + 16 };

static size_t put_u32(char *p, uint32_t v) {
  p[0] = (char)(v >> 24);
  p[1] = (char)(v >> 16);
  p[2] = (char)(v >> 8);
  p[3] = (char)v;
  return 4;
}

static uint32_t get_u32(const char *p) {
  const unsigned char *u = (const unsigned char *)p;
  return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static size_t put_str(char *p, bh_str s) {
  memcpy(p, s.ptr, s.len);
  return s.len;
}

bh_status ws_entry_add(bh_client_iter *it, ws_kind kind, bh_str id, bh_str client, ws_place at, bh_str text, bh_error *err) {
  char key[KEY_MAX];
  if (it->any_over) { /* entries of files read in addition take the place of others with their ids */
    key[0] = (char)kind;
    bh_str name = {key, 1 + put_str(key + 1, id)};
    if (it->files[at.file].over) bh_map_put(&it->over, name, it);
    else if (bh_map_get(&it->over, name) != NULL) return BH_OK;
  }
  size_t n = put_str(key, client);
  key[n++] = 0;
  key[n++] = (char)kind;
  if (kind != WS_CLIENT) n += put_str(key + n, id);
  key[n++] = 0;
  n += put_u32(key + n, at.file);
  n += put_u32(key + n, (uint32_t)at.line);
  bh_status s = bh_sorter_add(it->entries, (bh_str){key, n}, text, err);
  if (s == BH_OK) s = bh_sorter_add(it->refs, (bh_str){key, n}, (bh_str){"", 0}, err);
  if (s == BH_OK && kind == WS_CLIENT) ws_kin_note(it, id, text);
  if (s != BH_OK || kind != WS_CONTRACT) return s;
  n = put_str(key, id);
  key[n++] = 0;
  n += put_u32(key + n, at.file);
  n += put_u32(key + n, (uint32_t)at.line);
  return bh_sorter_add(it->contracts, (bh_str){key, n}, client, err);
}

void ws_record_read(bh_str key, bh_str payload, bh_str *client, ws_kind *kind, bh_str *id, ws_place *at, bh_str *text) {
  size_t n = strnlen(key.ptr, key.len);
  bh_require(n + 11 <= key.len);
  *client = (bh_str){key.ptr, n};
  *kind = (ws_kind)key.ptr[n + 1];
  *id = (bh_str){key.ptr + n + 2, key.len - n - 2 - 9};
  *at = (ws_place){get_u32(key.ptr + key.len - 8), (int32_t)get_u32(key.ptr + key.len - 4)};
  *text = payload;
}

typedef struct group { char name[WS_ID_MAX + 1]; size_t len; bool known; } group;

static bool same_group(const group *g, bh_str s) { return g->len == s.len && memcmp(g->name, s.ptr, s.len) == 0; }

static void start_group(group *g, bh_str s) {
  bh_require(s.len <= WS_ID_MAX);
  memcpy(g->name, s.ptr, s.len);
  g->len = s.len;
  g->known = false;
}

static void say(bh_client_iter *it, ws_place at, ws_kind kind, bh_str id, const char *key, const char *fmt, ...) BH_PRINTF(6, 7);
static void say(bh_client_iter *it, ws_place at, ws_kind kind, bh_str id, const char *key, const char *fmt, ...) {
  char path[WS_ID_MAX + 40], text[600];
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(text, sizeof text, fmt, ap);
  va_end(ap);
  snprintf(path, sizeof path, "%s \"%.*s\"%s%s", ws_kind_word(kind), BH_STR_ARG(id), *key ? " " : "", key);
  bh_mistake_add(it->m, it->files[at.file].name, at.line, bh_str_c(path), "%s", text);
}

typedef struct check {
  bh_client_iter *it;
  group client, contract, before; /* before: the last client that exists, as the likeliest meant */
  group entry; ws_kind entry_kind; ws_place entry_at;
  ws_place contract_at; bool contract_generated, contract_overlaid; char of[WS_ID_MAX + 1]; size_t of_len;
} check;

static void check_client(check *c, bh_str key, bh_str payload) {
  bh_str client, id, text;
  ws_kind kind;
  ws_place at;
  ws_record_read(key, (bh_str){0}, &client, &kind, &id, &at, &text);
  if (!same_group(&c->client, client)) {
    start_group(&c->client, client);
    c->entry.len = SIZE_MAX;
  }
  bh_str name = kind == WS_CLIENT ? client : id;
  bool again = c->entry.len != SIZE_MAX && c->entry_kind == kind && same_group(&c->entry, name);
  if (kind == WS_CLIENT) c->client.known = true;
  if (again && kind != WS_CONTRACT)
    say(c->it, at, kind, name, "", "the id is taken; the first stands at %.*s:%d", BH_STR_ARG(c->it->files[c->entry_at.file].name), c->entry_at.line);
  if (!c->client.known) {
    if (c->it->torn) goto entry;
    const char *near = c->before.known ? bh_str_nearest(client, (const char *const[]){c->before.name}, 1) : NULL;
    if (near) say(c->it, at, kind, name, "client", "unknown client \"%.*s\"; did you mean \"%s\"?", BH_STR_ARG(client), near);
    else say(c->it, at, kind, name, "client", "unknown client \"%.*s\"; expected one of clients/", BH_STR_ARG(client));
  } else if (kind == WS_CLIENT) {
    start_group(&c->before, client);
    c->before.name[client.len] = 0;
    c->before.known = true;
  }
entry:
  if (!again) {
    start_group(&c->entry, name);
    c->entry_kind = kind;
    c->entry_at = at;
  }
}

static void check_contract(check *c, bh_str key, bh_str payload) {
  size_t n = strnlen(key.ptr, key.len);
  bh_str id = {key.ptr, n};
  ws_place at = {get_u32(key.ptr + n + 1), (int32_t)get_u32(key.ptr + n + 5)};
  bh_client_iter *it = c->it;
  bool generated = it->files[at.file].generated;
  if (!same_group(&c->contract, id)) start_group(&c->contract, id);
  ws_lua_rule *rule = it->rule_count ? bh_map_get(&it->rules, id) : NULL;
  if (rule) rule->seen = true;
  if (!c->contract.known) {
    c->contract.known = true;
    c->contract_at = at;
    c->contract_generated = generated;
    c->contract_overlaid = false;
    memcpy(c->of, payload.ptr, payload.len);
    c->of_len = payload.len;
    return;
  }
  bool overlay = generated != c->contract_generated && !c->contract_overlaid;
  if (overlay && (payload.len != c->of_len || memcmp(payload.ptr, c->of, c->of_len) != 0)) {
    say(it, at, WS_CONTRACT, id, "client", "\"%.*s\" here and \"%.*s\" at %.*s:%d; expected one client", BH_STR_ARG(payload), (int)c->of_len, c->of,
        BH_STR_ARG(it->files[c->contract_at.file].name), c->contract_at.line);
  } else if (overlay) {
    c->contract_overlaid = true;
  } else {
    say(it, at, WS_CONTRACT, id, "", "the id is taken; the first stands at %.*s:%d", BH_STR_ARG(it->files[c->contract_at.file].name), c->contract_at.line);
  }
}

static bh_status check_each(check *c, bh_sorter **sorter, void (*fn)(check *c, bh_str key, bh_str payload), bh_error *err) {
  bh_str key, payload;
  bool more = true;
  bh_status s = bh_sorter_finish(*sorter, err);
  while (s == BH_OK && (s = bh_sorter_next(*sorter, &key, &payload, &more, err)) == BH_OK && more) fn(c, key, payload);
  bh_sorter_free(*sorter);
  *sorter = NULL;
  return s;
}

bh_status ws_refs_check(bh_client_iter *it, bh_error *err) {
  check c = {.it = it};
  c.client.len = c.contract.len = c.entry.len = SIZE_MAX;
  bh_status s = check_each(&c, &it->refs, check_client, err);
  if (s == BH_OK) s = check_each(&c, &it->contracts, check_contract, err);
  for (size_t i = 0; s == BH_OK && i < it->rule_count; i++) {
    const ws_lua_rule *r = it->rule_list[i];
    if (r->seen || it->torn) continue;
    bh_str path = bh_arena_fmt(&it->arena, "rule \"%.*s\"", BH_STR_ARG(r->contract));
    bh_mistake_add(it->m, r->file, r->line, path, "unknown contract \"%.*s\"; expected one of clients/", BH_STR_ARG(r->contract));
  }
  return s;
}

/* clients/NAME.lua: statements become the same entries as lines of JSON. */
#include "workspace/entries.h"

typedef struct run { bh_client_iter *it; uint32_t file; bh_str source; bh_arena scratch; bh_status status; bh_error *err; bool kept; } run;

static void rule(run *r, const ws_statement *st) {
  bh_client_iter *it = r->it;
  const ws_lua_rule *first = bh_map_get(&it->rules, st->id);
  if (first && first->over && !it->files[r->file].over) return; /* replaced */
  if (first) {
    bh_str path = bh_arena_fmt(&r->scratch, "rule \"%.*s\"", BH_STR_ARG(st->id));
    bh_mistake_add(it->m, st->file, st->line, path, "a second rule of this contract; the first stands at %.*s:%d", BH_STR_ARG(first->file), first->line);
    return;
  }
  if (!r->kept) {
    r->source = bh_arena_str(&it->arena, r->source);
    r->kept = true;
    ws_rule_requires_check(it->ws, it->m, st->file, r->source);
  }
  ws_lua_rule *x = BH_NEW(&it->arena, ws_lua_rule);
  *x = (ws_lua_rule){.contract = bh_arena_str(&it->arena, st->id), .file = it->files[r->file].name, .line = st->line, .source = r->source, .over = it->files[r->file].over};
  x->source_hash = bh_sha256_1(r->source);
  bh_map_put(&it->rules, x->contract, x);
  if (it->rule_count == it->rule_cap) {
    it->rule_cap = it->rule_cap ? it->rule_cap * 2 : 64;
    ws_lua_rule **grown = BH_NEWN(&it->arena, ws_lua_rule *, it->rule_cap);
    if (it->rule_count) memcpy(grown, it->rule_list, it->rule_count * sizeof *grown);
    it->rule_list = grown;
  }
  it->rule_list[it->rule_count++] = x;
}

static bool name_at(run *r, const ws_statement *st, const char *key, bool required, bh_str *out) {
  bh_node *n = ws_get(st->node, key);
  *out = (bh_str){0};
  if (n && n->kind == BH_NODE_STR && ws_id_ok(n->text)) {
    *out = n->text;
    return true;
  }
  if (!n && !required) return true;
  bh_str path = bh_arena_fmt(&r->scratch, "%s \"%.*s\" %s", ws_words[st->word], BH_STR_ARG(st->id), key);
  bh_mistake_add(r->it->m, st->file, st->line, path, n ? "expected the id of a %s" : "missing; expected the id of a %s", key);
  return false;
}

static void statement(void *ctx, ws_statement *st) {
  run *r = ctx;
  if (r->status != BH_OK || st->word <= WS_W_TEMPLATE) return; /* a file read in addition may have those: they were read with the book */
  if (st->word == WS_W_RULE) {
    rule(r, st);
    return;
  }
  ws_kind kind = st->word == WS_W_CLIENT ? WS_CLIENT : st->word == WS_W_CONTRACT ? WS_CONTRACT : WS_CHARGE;
  bh_str client = st->id, contract;
  if (kind != WS_CLIENT && !name_at(r, st, "client", true, &client)) return;
  if (kind == WS_CHARGE && !name_at(r, st, "contract", false, &contract)) return;
  static const char *const own[] = {"id", "type"};
  for (size_t i = 0; i < 2; i++)
    if (bh_node_has(st->node, own[i])) {
      bh_str path = bh_arena_fmt(&r->scratch, "%s \"%.*s\" %s", ws_words[st->word], BH_STR_ARG(st->id), own[i]);
      bh_mistake_add(r->it->m, st->file, st->line, path, "stands in front of the table already; expected no `%s` in it", own[i]);
      return;
    }
  if (st->node->item_count) {
    bh_str path = bh_arena_fmt(&r->scratch, "%s \"%.*s\" [1]", ws_words[st->word], BH_STR_ARG(st->id));
    bh_mistake_add(r->it->m, st->file, st->line, path, "a value without a key; expected KEY = VALUE");
    return;
  }
  bh_node_set(&r->scratch, st->node, BH_S("id"), bh_node_str(&r->scratch, st->id));
  bh_node_set(&r->scratch, st->node, BH_S("type"), bh_node_str(&r->scratch, bh_str_c(ws_kind_word(kind))));
  bh_str text = ws_json(&r->scratch, st->node);
  r->status = ws_entry_add(r->it, kind, st->id, client, (ws_place){r->file, st->line}, text, r->err);
}

bh_status ws_clients_lua_read(bh_client_iter *it, bool over, bh_error *err) {
  ws_lua *lua = NULL;
  bh_status s = BH_OK;
  run r = {.it = it, .err = err};
  bh_arena_init(&r.scratch);
  for (uint32_t i = 0; s == BH_OK && i < it->file_count; i++) {
    bh_str name = it->files[i].name, path = it->files[i].path;
    if (it->files[i].over != over || path.len < 4 || memcmp(path.ptr + path.len - 4, ".lua", 4) != 0) continue;
    if (!lua && (s = ws_lua_new(&lua, it->ws, it->m, err)) != BH_OK) break;
    bh_buf text;
    bh_error why;
    bh_buf_init(&text, WS_FILE_MAX);
    if (bh_file_read(&text, path.ptr, &why) != BH_OK) {
      bh_mistake_add(it->m, name, 0, (bh_str){0}, "%s", why.message);
    } else {
      r.file = i;
      r.source = bh_buf_str(&text);
      r.kept = false;
      if (!ws_lua_run(lua, name, bh_buf_str(&text), over ? WS_FILE_OVER : WS_FILE_CLIENTS, &r.scratch, statement, &r)) it->torn = true;
      s = r.status;
    }
    bh_buf_dispose(&text);
    bh_arena_reset(&r.scratch);
  }
  ws_lua_free(lua);
  bh_arena_dispose(&r.scratch);
  return s;
}

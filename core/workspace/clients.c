/* Clients streamed in the order of their ids: opening, and one client's entries at a time. */
#include "workspace/entries.h"
#include <stdlib.h>

enum { ENTRIES_BYTES = 32 << 20, REFS_BYTES = 10 << 20, CONTRACTS_BYTES = 6 << 20 };

static bool is_generated(const bh_workspace *ws, bh_str name) { /* clients/NAME.jsonl of a connector with contracts = true */
  if (name.len < 6 || memcmp(name.ptr + name.len - 6, ".jsonl", 6) != 0) return false;
  bh_str stem = {name.ptr, name.len - 6};
  for (size_t i = 0; i < ws->use_count; i++)
    if (ws->uses[i].kind == BH_KIND_CONNECTOR && ws->uses[i].contracts && bh_str_eq(ws->uses[i].name, stem)) return true;
  return false;
}

/* client, contract, charge and rule statements may stand in a Lua file that is read in addition. */
static void list_over(bh_client_iter *it) {
  const struct bh_workspace_impl *x = it->ws->impl;
  for (size_t i = 0; i < x->overlay_count; i++) {
    if (x->overlays[i].name.len) continue;
    it->files[it->file_count++] = (ws_file){.name = x->overlays[i].shown, .path = x->overlays[i].path, .over = true};
    it->any_over = true;
  }
}

static int file_order(const void *a, const void *b) { return bh_str_cmp(((const ws_file *)a)->name, ((const ws_file *)b)->name); } /* by name; those in addition are put in front */

static void list_files(bh_client_iter *it) {
  static const char *const suffixes[] = {".lua", ".jsonl"};
  bh_str *names[2];
  size_t n[2];
  for (int i = 0; i < 2; i++) ws_list_over(it->ws, &it->arena, "clients", suffixes[i], &names[i], &n[i]);
  it->files = BH_NEWN(&it->arena, ws_file, n[0] + n[1] + it->ws->impl->overlay_count + 1);
  list_over(it);
  uint32_t over = it->file_count;
  for (int i = 0; i < 2; i++)
    for (size_t j = 0; j < n[i]; j++) {
      bh_str name = bh_arena_fmt(&it->arena, "clients/%.*s", BH_STR_ARG(names[i][j]));
      it->files[it->file_count++] = (ws_file){.name = ws_file_shown(it->ws, name), .path = ws_file_path(it->ws, &it->arena, name), .generated = is_generated(it->ws, names[i][j])};
    }
  if (it->file_count > over) qsort(it->files + over, it->file_count - over, sizeof *it->files, file_order);
}

static bh_status open_iter(bh_client_iter **out, bh_workspace *ws, bh_mistakes *m, bool by_unit, const bh_tie *ties, size_t tie_count, bh_error *err) {
  bh_client_iter *it = calloc(1, sizeof *it);
  *out = NULL;
  if (!it) return bh_fail(err, BH_E_NOMEM, "no memory for the clients");
  const char *tmp = getenv("TMPDIR");
  it->ws = ws;
  it->m = m;
  it->by_unit = by_unit;
  it->ties = ties;
  it->tie_count = tie_count;
  bh_arena_init(&it->arena);
  bh_map_init(&it->rules, &it->arena);
  bh_map_init(&it->over, &it->arena);
  bh_buf_init(&it->text, SIZE_MAX / 2);
  list_files(it);
  bh_status s = bh_sorter_new(&it->entries, ENTRIES_BYTES, tmp && *tmp ? tmp : "/tmp", err);
  if (s == BH_OK) s = bh_sorter_new(&it->refs, REFS_BYTES, tmp && *tmp ? tmp : "/tmp", err);
  if (s == BH_OK) s = bh_sorter_new(&it->contracts, CONTRACTS_BYTES, tmp && *tmp ? tmp : "/tmp", err);
  for (int over = it->any_over ? 1 : 0; s == BH_OK && over >= 0; over--) { /* what is read in addition goes first: it says which entries are replaced */
    s = ws_clients_lua_read(it, over != 0, err);
    for (uint32_t i = 0; s == BH_OK && i < it->file_count; i++) {
      bh_str name = it->files[i].path;
      if (it->files[i].over == (over != 0) && name.ptr[name.len - 1] == 'l') s = ws_jsonl_read(it, i, err);
    }
  }
  if (s == BH_OK) s = ws_refs_check(it, err);
  if (s == BH_OK) s = bh_sorter_finish(it->entries, err);
  if (s == BH_OK) s = ws_families_build(it, err);
  if (s != BH_OK) {
    bh_clients_close(it);
    return s;
  }
  *out = it;
  return BH_OK;
}

bh_status bh_clients_open(bh_client_iter **out, bh_workspace *ws, bh_mistakes *m, bh_error *err) {
  return open_iter(out, ws, m, false, NULL, 0, err);
}

bh_status bh_clients_open_units(bh_client_iter **out, bh_workspace *ws, bh_mistakes *m, const bh_tie *ties, size_t n, bh_error *err) {
  return open_iter(out, ws, m, true, ties, n, err);
}

void bh_clients_close(bh_client_iter *it) {
  if (!it) return;
  bh_sorter_free(it->entries);
  bh_sorter_free(it->refs);
  bh_sorter_free(it->contracts);
  bh_sorter_free(it->deferred);
  bh_buf_dispose(&it->text);
  free(it->current);
  bh_arena_dispose(&it->arena);
  free(it);
}

static bh_status keep(bh_client_iter *it, ws_kind kind, bh_str id, ws_place at, bh_str text, bh_error *err) {
  if (it->current_count == it->current_cap) {
    size_t cap = it->current_cap ? it->current_cap * 2 : 16;
    ws_entry *grown = realloc(it->current, cap * sizeof *grown);
    if (!grown) return bh_fail(err, BH_E_NOMEM, "no memory for a client's entries");
    it->current = grown;
    it->current_cap = cap;
  }
  ws_entry *e = &it->current[it->current_count++];
  *e = (ws_entry){.kind = kind, .id = {NULL, id.len}, .text = {NULL, text.len}, .file = at.file, .line = at.line};
  e->id_at = it->text.len;
  bh_buf_puts(&it->text, id);
  e->text_at = it->text.len;
  return bh_buf_puts(&it->text, text) ? BH_OK : bh_fail(err, BH_E_NOMEM, "no memory for a client's entries");
}

/* A record of a client that is billed together with others waits until the others have been given. */
static bh_status defer(bh_client_iter *it, const ws_kin *unit, bh_error *err) {
  char key[4 + 2 * WS_ID_MAX + 32];
  const char *tmp = getenv("TMPDIR");
  bh_status s = BH_OK;
  if (!it->deferred) s = bh_sorter_new(&it->deferred, REFS_BYTES, tmp && *tmp ? tmp : "/tmp", err);
  if (s != BH_OK) return s;
  bh_require(it->key.len <= sizeof key - 4);
  for (int i = 0; i < 4; i++) key[i] = (char)(unit->unit >> (24 - 8 * i));
  memcpy(key + 4, it->key.ptr, it->key.len);
  it->ahead = false;
  return bh_sorter_add(it->deferred, (bh_str){key, it->key.len + 4}, it->payload, err);
}

static bh_status next_record(bh_client_iter *it, bh_error *err) {
  bool more;
  bh_status s = bh_sorter_next(it->from_deferred ? it->deferred : it->entries, &it->key, &it->payload, &more, err);
  if (s == BH_OK && !more && it->deferred && !it->from_deferred) {
    it->from_deferred = true;
    s = bh_sorter_finish(it->deferred, err);
    if (s == BH_OK) s = bh_sorter_next(it->deferred, &it->key, &it->payload, &more, err);
  }
  if (s != BH_OK) return s;
  if (more && it->from_deferred) it->key.ptr += 4, it->key.len -= 4;
  it->done = !more;
  it->ahead = more;
  return BH_OK;
}

/* The records of one client into it->current. */
static bh_status gather(bh_client_iter *it, bool *has_client, bh_error *err) {
  bh_status s;
  it->current_count = 0;
  bh_buf_clear(&it->text);
  *has_client = false;
  for (;;) {
    if (!it->ahead) {
      if ((s = next_record(it, err)) != BH_OK) return s;
      if (it->done) return BH_OK;
    }
    bh_str client, id, text;
    ws_kind kind;
    ws_place at;
    ws_record_read(it->key, it->payload, &client, &kind, &id, &at, &text);
    const ws_kin *unit = it->families.count && !it->from_deferred ? ws_kin_unit(it, client) : NULL;
    if (unit) {
      if ((s = defer(it, unit, err)) != BH_OK) return s;
      continue;
    }
    if (it->current_count == 0) {
      it->id_at = it->text.len;
      it->id.len = client.len;
      bh_buf_puts(&it->text, client);
    } else if (it->id.len != client.len || memcmp(it->text.ptr + it->id_at, client.ptr, client.len) != 0) {
      return BH_OK;
    }
    if (kind == WS_CLIENT) *has_client = true;
    if ((s = keep(it, kind, kind == WS_CLIENT ? client : id, at, text, err)) != BH_OK) return s;
    it->ahead = false;
  }
}

/* Everything that the client's documents follow from, as it stands in the files. */
static void hash_raw(bh_client_iter *it, bh_client_raw *out) {
  bh_str few[32], *parts = few;
  size_t n = 0, most = it->current_count * 3 + 3;
  static const char marks[] = "hg"; /* written by hand, generated */
  if (most > sizeof few / sizeof *few) parts = malloc(most * sizeof *parts);
  bh_require(parts != NULL);
  const ws_entry *last = NULL;
  out->contract_count = 0;
  bool charges = false;
  parts[n++] = (bh_str){(const char *)it->ws->impl->env_hash.b, 32};
  for (size_t i = 0; i < it->current_count; i++) {
    const ws_entry *e = &it->current[i];
    parts[n++] = (bh_str){marks + (it->files[e->file].generated ? 1 : 0), 1};
    parts[n++] = e->text;
    if (e->kind == WS_CHARGE) charges = true;
    if (e->kind == WS_CONTRACT && !(last && last->kind == WS_CONTRACT && bh_str_eq(last->id, e->id))) {
      out->contract_count++;
      const ws_lua_rule *r = it->rule_count ? bh_map_get(&it->rules, e->id) : NULL;
      if (r) parts[n++] = (bh_str){(const char *)r->source_hash.b, 32};
    }
    last = e;
  }
  const ws_kin *kin = ws_kin_of(it, it->id);
  if (kin) parts[n++] = (bh_str){(const char *)kin->digest.b, 32};
  if (kin && kin->payer) out->bill_to = kin->payer->id;
  if (charges) out->contract_count++; /* at most: "CLIENT/charges" */
  out->raw_hash = bh_sha256(parts, n);
  if (parts != few) free(parts);
}

bh_status bh_clients_next(bh_client_iter *it, bh_client_raw *out, bool *more, bh_error *err) {
  *out = (bh_client_raw){0};
  *more = false;
  bool has_client = false;
  while (!has_client) { /* contracts of nobody have been complained about */
    if (it->done) {
      it->current_count = 0;
      return BH_OK;
    }
    bh_status s = gather(it, &has_client, err);
    if (s != BH_OK) return s;
  }
  it->id.ptr = it->text.ptr + it->id_at;
  for (size_t i = 0; i < it->current_count; i++) {
    it->current[i].id.ptr = it->text.ptr + it->current[i].id_at;
    it->current[i].text.ptr = it->text.ptr + it->current[i].text_at;
  }
  out->id = it->id;
  const ws_kin *unit = it->families.count ? ws_kin_unit(it, it->id) : NULL;
  out->unit_count = unit ? unit->unit_count : 0;
  hash_raw(it, out);
  *more = true;
  return BH_OK;
}

bh_status bh_clients_add_charge(bh_client_iter *it, bh_str id, bh_str json, bh_error *err) {
  if (it->current_count == 0 || it->current[0].kind != WS_CLIENT) return bh_fail(err, BH_E_BUG, "no client to charge");
  uint32_t file = it->current[0].file;
  int32_t line = it->current[0].line;
  if (it->current_count == it->current_cap) {
    size_t cap = it->current_cap * 2;
    ws_entry *grown = realloc(it->current, cap * sizeof *grown);
    if (!grown) return bh_fail(err, BH_E_NOMEM, "no memory for a client's entries");
    it->current = grown;
    it->current_cap = cap;
  }
  it->current[it->current_count++] = (ws_entry){.kind = WS_CHARGE, .id = id, .text = json, .file = file, .line = line};
  return BH_OK;
}

struct bh_client_kept { bh_str id; ws_entry *entries; size_t count; };

const bh_client_kept *bh_clients_keep(bh_client_iter *it) {
  bh_client_kept *k = BH_NEW(&it->arena, bh_client_kept);
  *k = (bh_client_kept){.id = bh_arena_str(&it->arena, it->id), .count = it->current_count};
  k->entries = BH_NEWN(&it->arena, ws_entry, k->count ? k->count : 1);
  for (size_t i = 0; i < k->count; i++) {
    k->entries[i] = it->current[i];
    k->entries[i].id = bh_arena_str(&it->arena, it->current[i].id);
    k->entries[i].text = bh_arena_str(&it->arena, it->current[i].text);
  }
  return k;
}

bh_status bh_clients_back(bh_client_iter *it, const bh_client_kept *k, bh_error *err) {
  if (it->current_cap < k->count) {
    ws_entry *grown = realloc(it->current, k->count * sizeof *grown);
    if (!grown) return bh_fail(err, BH_E_NOMEM, "no memory for a client's entries");
    it->current = grown;
    it->current_cap = k->count;
  }
  if (k->count) memcpy(it->current, k->entries, k->count * sizeof *k->entries);
  it->current_count = k->count;
  it->id = k->id;
  return BH_OK;
}

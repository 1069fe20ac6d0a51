/* billhook.lua and pricebook.lua: statements are collected first, then read in an order in which names are known. */
#include "workspace/internal.h"
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct loading { bh_workspace *ws; bh_mistakes *m; ws_statement **st; size_t count, cap; } loading;

static void collect(void *ctx, ws_statement *st) {
  loading *l = ctx;
  if (l->count == l->cap) {
    l->cap = l->cap ? l->cap * 2 : 64;
    ws_statement **grown = BH_NEWN(&l->ws->arena, ws_statement *, l->cap);
    if (l->count) memcpy(grown, l->st, l->count * sizeof *grown);
    l->st = grown;
  }
  l->st[l->count++] = st;
}

static ws_ck ck_of(loading *l, const ws_statement *st) {
  return (ws_ck){.ws = l->ws, .m = l->m, .a = &l->ws->arena, .file = st->file, .line = st->line, .word = ws_words[st->word], .id = st->id};
}

static void duplicates(loading *l) {
  bh_map seen;
  bh_map_init(&seen, &l->ws->arena);
  for (size_t i = 0; i < l->count; i++) {
    ws_statement *st = l->st[i];
    if (st->word == WS_W_IDENTITY) continue;
    bh_str key = bh_arena_fmt(&l->ws->arena, "%s %.*s", ws_words[st->word], BH_STR_ARG(st->id));
    /* connectors, sinks and gateways share one space of names: `ids` and outboxes speak of them */
    if (st->word == WS_W_SINK || st->word == WS_W_GATEWAY) key = bh_arena_fmt(&l->ws->arena, "connector %.*s", BH_STR_ARG(st->id));
    const ws_statement *first = bh_map_get(&seen, key);
    if (first) {
      ws_ck ck = ck_of(l, st);
      ws_bad(&ck, NULL, "%s again; the first stands at %.*s:%d", st->id.len ? "the name is taken" : "it is there", BH_STR_ARG(first->file), first->line);
    } else {
      bh_map_put(&seen, key, st);
    }
  }
}

static const char **names_of(loading *l, int from, int to, size_t *out) {
  size_t n = 0;
  const char **v = BH_NEWN(&l->ws->arena, const char *, l->count + 1);
  for (size_t i = 0; i < l->count; i++)
    if (l->st[i]->word >= from && l->st[i]->word <= to) v[n++] = l->st[i]->id.ptr;
  *out = n;
  return v;
}

static void index_names(loading *l) {
  struct bh_workspace_impl *x = l->ws->impl;
  x->connector_ids = names_of(l, WS_W_CONNECTOR, WS_W_CONNECTOR, &x->connector_count);
  x->use_ids = names_of(l, WS_W_CONNECTOR, WS_W_GATEWAY, &x->use_id_count);
  x->tax_ids = names_of(l, WS_W_TAX, WS_W_TAX, &x->tax_id_count);
  x->product_ids = names_of(l, WS_W_PRODUCT, WS_W_PRODUCT, &x->product_count);
  x->pricelist_ids = names_of(l, WS_W_PRICELIST, WS_W_PRICELIST, &x->pricelist_count);
  x->template_ids = names_of(l, WS_W_TEMPLATE, WS_W_TEMPLATE, &x->template_count);
  for (size_t i = 0; i < l->count; i++) {
    ws_statement *st = l->st[i];
    if (st->word == WS_W_PRODUCT) {
      ws_product *p = BH_NEW(&l->ws->arena, ws_product);
      p->st = *st;
      bh_map_put(&x->products, st->id, p);
    } else if (st->word == WS_W_PRICELIST) bh_map_put(&x->pricelists, st->id, st);
    else if (st->word == WS_W_TEMPLATE) bh_map_put(&x->templates, st->id, st);
  }
}

static void read_config(loading *l) {
  bh_workspace *ws = l->ws;
  bool company = false;
  ws->uses = BH_NEWN(&ws->arena, bh_plugin_use, l->count + 1);
  ws->taxes = BH_NEWN(&ws->arena, bh_tax, l->count + 1);
  ws->identities = BH_NEWN(&ws->arena, bh_identity, l->count + 1);
  for (size_t i = 0; i < l->count; i++) {
    ws_statement *st = l->st[i];
    ws_ck ck = ck_of(l, st);
    switch (st->word) {
    case WS_W_COMPANY: ws_company_read(&ck, st->node), company = true; break;
    case WS_W_STORE: ws_store_read(&ck, st->node); break;
    case WS_W_INVOICING: ws_invoicing_read(&ck, st->node); break;
    case WS_W_CONNECTOR: ws_use_read(&ck, BH_KIND_CONNECTOR, st->id, st->node); break;
    case WS_W_SINK: ws_use_read(&ck, BH_KIND_SINK, st->id, st->node); break;
    case WS_W_GATEWAY: ws_use_read(&ck, BH_KIND_GATEWAY, st->id, st->node); break;
    case WS_W_TAX: ws_tax_read(&ck, &ws->taxes[ws->tax_count++], st->node); break;
    case WS_W_IDENTITY: ws_identity_read(&ck, st->node); break;
    default: break;
    }
  }
  if (!company && l->m->total == 0) bh_mistake_add(l->m, BH_S("billhook.lua"), 1, BH_S("company"), "missing; expected company { name = …, currency = … }");
  for (size_t i = 0, t = 0; i < l->count; i++)
    if (l->st[i]->word == WS_W_TAX) {
      ws_ck ck = ck_of(l, l->st[i]);
      ws_tax_links(&ck, &ws->taxes[t++], l->st[i]->node);
    }
}

/* Products know their models before anything is read that speaks of them. */
static void read_book(loading *l) {
  for (int round = WS_W_PRODUCT; round <= WS_W_TEMPLATE; round++)
    for (size_t i = 0; i < l->count; i++) {
      ws_statement *st = l->st[i];
      if (st->word != round) continue;
      ws_ck ck = ck_of(l, st);
      if (round == WS_W_PRODUCT) {
        ws_product *p = bh_map_get(&l->ws->impl->products, st->id);
        ws_product again = {.st = *st}; /* a second one of the name is looked at too */
        ws_product_read(&ck, p->st.line == st->line && bh_str_eq(p->st.file, st->file) ? p : &again);
      } else if (round == WS_W_PRICELIST) ws_pricelist_read(&ck, st->node, NULL, l->ws->currency);
      else ws_template_read(&ck, st->node);
    }
}

static bool read_file(bh_workspace *ws, const char *name, bh_str *out, bh_error *err) {
  bh_buf text;
  bh_buf_init(&text, WS_FILE_MAX);
  bool ok = bh_file_read(&text, ws_file_path(ws, &ws->arena, bh_str_c(name)).ptr, err) == BH_OK;
  *out = bh_arena_str(&ws->arena, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return ok;
}

static void hash_all(bh_workspace *ws, bh_str config, bh_str book) {
  struct bh_workspace_impl *x = ws->impl;
  ws->config_hash = bh_sha256_1(config);
  bh_buf b;
  bh_buf_init(&b, SIZE_MAX);
  bh_sha part = bh_sha256_1(book);
  bh_buf_put(&b, part.b, sizeof part.b);
  for (size_t i = 0; i < x->rule_count; i++) {
    const ws_rule_file *f = bh_map_get(&x->rules, bh_str_c(x->rule_ids[i]));
    part = bh_sha256_1(f->source);
    bh_buf_puts(&b, f->name);
    bh_buf_putc(&b, 0);
    bh_buf_put(&b, part.b, sizeof part.b);
  }
  ws->book_hash = bh_sha256_1(bh_buf_str(&b));
  bh_buf_clear(&b);
  bh_buf_put(&b, ws->config_hash.b, 32);
  bh_buf_put(&b, ws->book_hash.b, 32);
  bh_buf_putz(&b, BILLHOOK_VERSION);
  for (size_t i = 0; i < ws->specs.count; i++)
    if (ws->specs.items[i].kind == BH_KIND_MODEL)
      bh_buf_fmt(&b, "\n%.*s %.*s", BH_STR_ARG(ws->specs.items[i].id), BH_STR_ARG(ws->specs.items[i].version));
  x->env_hash = bh_sha256_1(bh_buf_str(&b));
  bh_buf_dispose(&b);
}

static bh_workspace *new_workspace(const char *dir, bh_plugin_specs specs) {
  bh_workspace *ws = calloc(1, sizeof *ws);
  if (!ws) return NULL;
  bh_arena_init(&ws->arena);
  ws->impl = BH_NEW(&ws->arena, struct bh_workspace_impl);
  struct bh_workspace_impl *x = ws->impl;
  bh_arena_init(&x->memo);
  bh_map_init(&x->products, &ws->arena);
  bh_map_init(&x->product_refs, &ws->arena);
  bh_map_init(&x->tax_refs, &ws->arena);
  bh_map_init(&x->pricelists, &ws->arena);
  bh_map_init(&x->templates, &ws->arena);
  bh_map_init(&x->rules, &ws->arena);
  bh_map_init(&x->books, &x->memo);
  ws->dir = bh_arena_str(&ws->arena, bh_str_c(dir));
  ws->specs = specs;
  ws->currency = BH_S("USD"); /* until company says otherwise: a missing one is a mistake */
  ws->decimals = 2;
  ws->timezone = BH_S("UTC");
  ws->locale = BH_S("en_US");
  ws->company_json = BH_S("{}");
  ws_invoicing_defaults(ws);
  return ws;
}

/* Statements of files that are read in addition take the place of those with the same word and id. */
static void replace(loading *l, size_t over_from) {
  size_t n = 0;
  for (size_t i = 0; i < l->count; i++) {
    bool replaced = false;
    for (size_t k = over_from; i < over_from && k < l->count && !replaced; k++)
      replaced = l->st[i]->word == l->st[k]->word && l->st[i]->word != WS_W_IDENTITY && bh_str_eq(l->st[i]->id, l->st[k]->id);
    if (!replaced) l->st[n++] = l->st[i];
  }
  l->count = n;
}

static void collect_over(void *ctx, ws_statement *st) {
  if (st->word <= WS_W_TEMPLATE) collect(ctx, st); /* clients and their like are read with the clients */
}

/* The text of all of them, for the hash. */
static void run_overlays(loading *l, ws_lua *lua, bh_buf *text) {
  struct bh_workspace_impl *x = l->ws->impl;
  size_t over_from = l->count;
  for (size_t i = 0; i < x->overlay_count; i++) {
    const ws_overlay *o = &x->overlays[i];
    size_t from = text->len;
    bh_error why;
    if (o->name.len || o->path.ptr[o->path.len - 1] != 'a') continue;
    if (bh_file_read(text, o->path.ptr, &why) != BH_OK) bh_mistake_add(l->m, o->shown, 0, (bh_str){0}, "%s", why.message);
    else if (!ws_lua_run(lua, o->shown, (bh_str){text->ptr + from, text->len - from}, WS_FILE_OVER, &l->ws->arena, collect_over, l)) x->torn = true;
  }
  replace(l, over_from);
}

static bh_status load(bh_workspace **out, const char *dir, bh_plugin_specs specs, bool book, const char *const *files, size_t file_count, bh_mistakes *m,
                      bh_error *err) {
  char path[PATH_MAX];
  *out = NULL;
  if (!realpath(dir, path)) return bh_fail(err, BH_E_WORKSPACE, "no folder %s", dir);
  bh_workspace *ws = new_workspace(path, specs);
  if (!ws) return bh_fail(err, BH_E_NOMEM, "no memory for the workspace");
  loading l = {.ws = ws, .m = m};
  bh_buf over;
  ws_lua *lua = NULL;
  bh_str config, pricebook = {0};
  bh_status s = ws_overlays_read(ws, files, file_count, err);
  if (s == BH_OK && !read_file(ws, "billhook.lua", &config, err)) {
    s = BH_E_WORKSPACE;
    if (err) err->code = s;
  }
  if (s == BH_OK) s = ws_lua_new(&lua, ws, m, err);
  if (s != BH_OK) {
    bh_workspace_free(ws);
    return s;
  }
  bh_buf_init(&over, SIZE_MAX / 2);
  ws_rules_load(ws, m, err);
  ws->impl->torn = !ws_lua_run(lua, ws_file_shown(ws, BH_S("billhook.lua")), config, WS_FILE_CONFIG, &ws->arena, collect, &l);
  if (book) {
    bh_str name = ws_file_shown(ws, BH_S("pricebook.lua"));
    bh_error why;
    if (access(ws_file_path(ws, &ws->arena, BH_S("pricebook.lua")).ptr, F_OK) == 0) {
      if (read_file(ws, "pricebook.lua", &pricebook, &why)) {
        if (!ws_lua_run(lua, name, pricebook, WS_FILE_BOOK, &ws->arena, collect, &l)) ws->impl->torn = true;
      } else bh_mistake_add(m, name, 0, (bh_str){0}, "%s", why.message);
    }
    bh_buf_puts(&over, pricebook);
    run_overlays(&l, lua, &over);
    for (size_t i = 0; i < ws->impl->rule_count; i++) {
      ws_rule_file *f = bh_map_get(&ws->impl->rules, bh_str_c(ws->impl->rule_ids[i]));
      if (!f->broken && !ws_lua_check(lua, f->file, f->source)) f->broken = true;
      if (!f->broken) ws_rule_requires_check(ws, m, f->file, f->source);
    }
  }
  ws_lua_free(lua);
  duplicates(&l);
  index_names(&l);
  read_config(&l);
  if (book) read_book(&l);
  hash_all(ws, config, bh_buf_str(&over));
  bh_buf_dispose(&over);
  *out = ws;
  return BH_OK;
}

bh_status bh_workspace_load(bh_workspace **out, const char *dir, bh_plugin_specs specs, bh_mistakes *m, bh_error *err) {
  return load(out, dir, specs, true, NULL, 0, m, err);
}

bh_status bh_workspace_load_over(bh_workspace **out, const char *dir, bh_plugin_specs specs, const char *const *files, size_t n, bh_mistakes *m, bh_error *err) {
  return load(out, dir, specs, true, files, n, m, err);
}

bh_status bh_workspace_load_config(bh_workspace **out, const char *dir, bh_plugin_specs specs, bh_mistakes *m, bh_error *err) {
  return load(out, dir, specs, false, NULL, 0, m, err);
}

void bh_workspace_free(bh_workspace *ws) {
  if (!ws) return;
  bh_arena_dispose(&ws->impl->memo);
  bh_arena_dispose(&ws->arena);
  free(ws);
}

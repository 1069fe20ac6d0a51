/* Which plugins there are, what they take, and whose files are trusted. */
#include "plugin/manifest.h"
#include "report/report.h"

static bh_status find(bh_plugin_set **out, billhook *b, bool with_hashes, bh_error *err) {
  bh_status st = bh_engine_plugins(b); /* finds the workspace too, if there is one: plugins.lock stands in it */
  if (st != BH_OK) {
    *err = b->error;
    return st;
  }
  return bh_plugins_find(out, b->options.plugin_dir, b->dir.len ? b->dir.ptr : NULL, with_hashes, err);
}

static void put_head(bh_jw *w, const bh_manifest *m) {
  char abi[40];
  bh_abi_format(abi, m->abi_major, m->abi_minor, m->abi_rc);
  bh_jw_key(w, "id"); bh_jw_str(w, m->id);
  bh_jw_key(w, "version"); bh_jw_str(w, m->version);
  bh_jw_key(w, "kind"); bh_jw_str(w, m->kind);
  bh_jw_key(w, "path"); bh_jw_str(w, m->path);
  bh_jw_key(w, "abi"); bh_jw_z(w, abi);
  bh_jw_key(w, "trusted"); bh_jw_bool(w, m->trusted);
  if (!m->trusted) { bh_jw_key(w, "distrust"); bh_jw_str(w, m->distrust); }
}

static void put_texts(bh_jw *w, const char *key, const bh_str *list, size_t n) {
  bh_jw_key(w, key);
  bh_jw_arr(w);
  for (size_t i = 0; i < n; i++) bh_jw_str(w, list[i]);
  bh_jw_arr_end(w);
}

static void put_options(bh_jw *w, const bh_manifest_option *list, size_t n, int depth) {
  enum { DEPTH_MAX = 4 };
  bh_jw_arr(w);
  for (size_t i = 0; i < n; i++) {
    const bh_manifest_option *o = &list[i];
    bh_jw_obj(w);
    bh_jw_key(w, "key"); bh_jw_str(w, o->key);
    bh_jw_key(w, "type"); bh_jw_str(w, o->type);
    bh_jw_key(w, "required"); bh_jw_bool(w, o->required);
    bh_jw_key(w, "secret"); bh_jw_bool(w, o->secret);
    if (o->carry) { bh_jw_key(w, "carry"); bh_jw_bool(w, true); }
    if (o->exclusive) { bh_jw_key(w, "exclusive"); bh_jw_bool(w, true); }
    if (o->either) { bh_jw_key(w, "either"); bh_jw_bool(w, true); }
    bh_jw_key(w, "default");
    if (o->fallback.len) bh_jw_str(w, o->fallback);
    else bh_jw_null(w);
    if (o->choice_count) put_texts(w, "choices", o->choices, o->choice_count);
    bh_jw_key(w, "help"); bh_jw_str(w, o->help);
    if (o->record_count && depth < DEPTH_MAX) {
      bh_jw_key(w, "records");
      put_options(w, o->records, o->record_count, depth + 1);
    }
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

int billhook_plugin_list(billhook *b, const billhook_out *out) {
  bh_error err = {0};
  bh_plugin_set *set = NULL;
  bh_buf line;
  bh_buf_init(&line, 1 << 20);
  bh_status st = find(&set, b, false, &err);
  for (size_t i = 0; st == BH_OK && b->options.log != NULL && i < set->problem_count; i++)
    b->options.log(b->options.ctx, 1, bh_arena_z(&b->arena, set->problems[i]));
  for (size_t i = 0; st == BH_OK && i < set->count; i++) {
    bh_jw w;
    bh_buf_clear(&line);
    bh_jw_init(&w, &line);
    bh_jw_obj(&w);
    put_head(&w, &set->items[i]);
    bh_jw_obj_end(&w);
    bh_out_line(out, &line);
  }
  if (set != NULL) bh_plugins_free(set);
  bh_buf_dispose(&line);
  return bh_engine_end(b, st, &err);
}

static bh_status not_there(const bh_plugin_set *set, const char *id, bh_error *err) {
  bh_arena a;
  bh_arena_init(&a);
  const char **ids = BH_NEWN(&a, const char *, set->count + 1);
  for (size_t i = 0; i < set->count; i++) ids[i] = bh_arena_z(&a, set->items[i].id);
  const char *near = bh_str_nearest(bh_str_c(id), ids, set->count);
  bh_status st = bh_fail(err, BH_E_USAGE, "there is no plugin \"%s\"%s%s%s; `billhook plugin list` lists them", id, near ? ": did you mean \"" : "",
                         near ? near : "", near ? "\"?" : "");
  bh_arena_dispose(&a);
  return st;
}

int billhook_plugin_info(billhook *b, const char *id, const billhook_out *out) {
  bh_error err = {0};
  bh_plugin_set *set = NULL;
  bh_buf text;
  bh_buf_init(&text, (size_t)4 << 20);
  bh_status st = find(&set, b, true, &err);
  const bh_manifest *m = st == BH_OK ? bh_plugins_get(set, bh_str_c(id)) : NULL;
  if (st == BH_OK && m == NULL) st = not_there(set, id, &err);
  if (st == BH_OK) {
    char hex[65];
    bh_jw w;
    bh_jw_init(&w, &text);
    bh_jw_obj(&w);
    put_head(&w, m);
    bh_jw_key(&w, "vendor"); bh_jw_str(&w, m->vendor);
    bh_jw_key(&w, "license"); bh_jw_str(&w, m->license);
    put_texts(&w, "interfaces", m->interfaces, m->interface_count);
    bh_jw_key(&w, "network"); bh_jw_str(&w, m->network);
    if (m->programs) { bh_jw_key(&w, "programs"); bh_jw_bool(&w, true); }
    if (m->phase) { bh_jw_key(&w, "phase"); bh_jw_int(&w, m->phase); }
    if (m->by_day) { bh_jw_key(&w, "by_day"); bh_jw_bool(&w, true); }
    bh_hex(hex, m->sha256.b, sizeof m->sha256.b);
    bh_jw_key(&w, "sha256"); bh_jw_z(&w, hex);
    bh_jw_key(&w, "options");
    put_options(&w, m->options, m->option_count, 0);
    bh_jw_obj_end(&w);
    bh_out_line(out, &text);
  }
  if (set != NULL) bh_plugins_free(set);
  bh_buf_dispose(&text);
  return bh_engine_end(b, st, &err);
}

int billhook_plugin_trust(billhook *b, const char *file, const billhook_out *out) {
  bh_error err = {0};
  bh_buf text;
  bh_buf_init(&text, 1 << 16);
  bh_status st = bh_engine_plugins(b);
  if (st != BH_OK) err = b->error;
  else if (b->dir.len == 0) st = bh_fail(&err, BH_E_USAGE, "plugins.lock stands in a workspace: there is none here (-w WORKSPACE)");
  if (st == BH_OK) st = bh_plugin_trust_add(file, b->dir.ptr, &err);
  if (st == BH_OK) {
    bh_jw w;
    bh_jw_init(&w, &text);
    bh_jw_obj(&w);
    bh_jw_key(&w, "file"); bh_jw_z(&w, file);
    bh_jw_key(&w, "trusted"); bh_jw_bool(&w, true);
    bh_jw_obj_end(&w);
    bh_out_line(out, &text);
  }
  bh_buf_dispose(&text);
  return bh_engine_end(b, st, &err);
}

/* The options that plugins declare, found by name. */
#include "workspace/internal.h"

const bh_plugin_spec *ws_spec(const bh_workspace *ws, bh_plugin_kind kind, bh_str id) {
  for (size_t i = 0; i < ws->specs.count; i++)
    if (ws->specs.items[i].kind == kind && bh_str_eq(ws->specs.items[i].id, id)) return &ws->specs.items[i];
  return NULL;
}

const bh_option_spec *ws_option(const bh_plugin_spec *spec, bh_str key) {
  if (spec)
    for (size_t i = 0; i < spec->option_count; i++)
      if (bh_str_eq(spec->options[i].key, key)) return &spec->options[i];
  return NULL;
}

static bool key_of_option(const bh_option_spec *o, bh_str key) {
  if (bh_str_eq(o->key, key)) return true;
  if (!bh_str_eqz(o->type, "money") || !bh_str_starts(key, o->key)) return false;
  bh_str rest = {key.ptr + o->key.len, key.len - o->key.len};
  return bh_str_eqz(rest, "s") || bh_str_eqz(rest, "s_from");
}

bool ws_option_key(const bh_plugin_spec *spec, bh_str key, const bh_option_spec **out) {
  if (spec)
    for (size_t i = 0; i < spec->option_count; i++)
      if (key_of_option(&spec->options[i], key)) {
        if (out) *out = &spec->options[i];
        return true;
      }
  return false;
}

size_t ws_spec_keys(const bh_plugin_spec *spec, bh_arena *a, const char ***out) {
  size_t n = 0;
  *out = BH_NEWN(a, const char *, spec ? spec->option_count * 3 + 1 : 1);
  for (size_t i = 0; spec && i < spec->option_count; i++) {
    bh_str key = spec->options[i].key;
    (*out)[n++] = bh_arena_z(a, key);
    if (!bh_str_eqz(spec->options[i].type, "money")) continue;
    (*out)[n++] = bh_arena_fmt(a, "%.*ss", BH_STR_ARG(key)).ptr;
    (*out)[n++] = bh_arena_fmt(a, "%.*ss_from", BH_STR_ARG(key)).ptr;
  }
  return n;
}

size_t ws_spec_names(const bh_workspace *ws, bh_plugin_kind kind, bh_arena *a, const char ***out) {
  size_t n = 0;
  *out = BH_NEWN(a, const char *, ws->specs.count + 2);
  for (size_t i = 0; i < ws->specs.count; i++)
    if (ws->specs.items[i].kind == kind) (*out)[n++] = bh_arena_z(a, ws->specs.items[i].id);
  if (kind == BH_KIND_MODEL) (*out)[n++] = "hybrid";
  return n;
}

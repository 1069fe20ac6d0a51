/* A plugin's manifest, from its descriptor: what stands in both is written once. */
#include "plugin/check/inside.h"
#include "plugin/manifest.h"

enum { MANIFEST_BYTES_MAX = 4 * 1024 * 1024 };

static void put_text(bh_jw *w, const char *key, const char *text)
{
  bh_jw_key_any(w, key);
  bh_jw_z(w, text);
}

static void put_options(bh_jw *w, const char *key, const bh_option *o);

static void put_option(bh_jw *w, const bh_option *o)
{
  static const struct { uint32_t flag; const char *key; } marks[] = {{BH_OPT_REQUIRED, "required"}, {BH_OPT_SECRET, "secret"}, {BH_OPT_CARRY, "carry"},
    {BH_OPT_EXCLUSIVE, "exclusive"}, {BH_OPT_EITHER, "either"}};
  const char *type = bh_option_type_name(o->type);
  bh_jw_obj(w);
  put_text(w, "key", o->key);
  put_text(w, "type", type ? type : "");
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
    if (o->flags & marks[i].flag) {
      bh_jw_key_any(w, marks[i].key);
      bh_jw_bool(w, true);
    }
  if (o->choices) {
    bh_jw_key(w, "choices");
    bh_jw_arr(w);
    for (size_t i = 0; o->choices[i]; i++)
      bh_jw_z(w, o->choices[i]);
    bh_jw_arr_end(w);
  }
  if (o->fallback)
    put_text(w, "default", o->fallback);
  if (o->help)
    put_text(w, "help", o->help);
  if (o->type == BH_OPT_RECORDS)
    put_options(w, "records", o->records);
  bh_jw_obj_end(w);
}

static void put_options(bh_jw *w, const char *key, const bh_option *o)
{
  bh_jw_key_any(w, key);
  bh_jw_arr(w);
  for (; o && o->key; o++) {
    bh_buf_putc(w->out, '\n'); /* an option a line */
    put_option(w, o);
  }
  bh_jw_arr_end(w);
}

static const char *kind_of(const bh_plugin *p)
{
  static const char *const kinds[] = {"connector", "model", "sink", "gateway"};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
    if (p->get_interface(bh_kind_interface(bh_str_c(kinds[i]))))
      return kinds[i];
  return NULL;
}

/* What only the manifest knows is kept where there is one. */
static void put_manifest(bh_jw *w, const bh_plugin *p, const char *kind, const bh_manifest *old)
{
  char abi[40];
  const bh_model *model = p->get_interface(BH_IFACE_MODEL);
  bh_jw_obj(w);
  put_text(w, "id", p->id);
  put_text(w, "version", p->version);
  put_text(w, "vendor", p->vendor);
  put_text(w, "license", p->license);
  put_text(w, "kind", kind);
  bh_abi_format(abi, p->abi_major, p->abi_minor, p->abi_rc);
  put_text(w, "abi", abi);
  bh_jw_key(w, "interfaces");
  bh_jw_arr(w);
  bh_jw_z(w, bh_kind_interface(bh_str_c(kind)));
  bh_jw_arr_end(w);
  bh_jw_key(w, "network");
  bh_jw_str(w, old ? old->network : model ? BH_S("none") : BH_S("host"));
  if (old && old->programs) {
    bh_jw_key(w, "programs");
    bh_jw_bool(w, true);
  }
  if (model) {
    bh_jw_key(w, "phase");
    bh_jw_int(w, model->phase);
    bh_jw_key(w, "by_day");
    bh_jw_bool(w, BH_HAS(model, bh_model, flags) && (model->flags & BH_MODEL_BY_DAY));
  }
  bh_jw_key(w, "summary");
  bh_jw_str(w, old ? old->summary : BH_S(""));
  put_options(w, "options", p->options);
  bh_jw_obj_end(w);
}

bh_status bh_check_describe(bh_check *k)
{
  char *path = bh_arena_z(&k->arena, k->init.path);
  bh_manifest old;
  bh_jw w;
  bh_buf b;
  bh_check_doing(k, "loading");
  bh_status rc = bh_plugin_open(&k->plugin, path, &k->err);
  const char *kind = rc == BH_OK ? kind_of(k->plugin) : NULL;
  if (rc == BH_OK && !kind)
    rc = bh_fail(&k->err, BH_E_INVALID, "%s has none of the interfaces that this version knows", path);
  if (rc)
    return rc;
  bool known = bh_manifest_read(&old, &k->arena, bh_arena_fmt(&k->arena, "%.*s.json", (int)(strlen(path) - 3), path).ptr, NULL) == BH_OK;
  bh_buf_init(&b, MANIFEST_BYTES_MAX);
  bh_jw_init(&w, &b);
  put_manifest(&w, k->plugin, kind, known ? &old : NULL);
  k->result = bh_arena_str(&k->arena, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return BH_OK;
}

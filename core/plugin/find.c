/* The search path: which plugins there are, from their manifests alone. */
#include "plugin/lock.h"
#include "plugin/manifest.h"
#include "plugin/paths.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { PLUGINS_MAX = 1024 };

typedef struct finder {
  bh_plugin_set *set;
  const bh_node *lock;
  bool with_hashes;
  size_t problem_cap;
  char own[PATH_MAX];  /* the folder of the plugins that come with this program; empty where there is none */
  bool in_own;         /* that is the one in hand */
} finder;

static void problem(finder *f, const char *message)
{
  if (f->set->problem_count == f->problem_cap)
    return;
  f->set->problems[f->set->problem_count++] = bh_arena_str(&f->set->arena, bh_str_c(message));
}

static void add(finder *f, const char *json_path)
{
  bh_arena *a = &f->set->arena;
  bh_error err = {0};
  bh_manifest m;
  if (f->set->count == PLUGINS_MAX)
    return;
  if (bh_manifest_read(&m, a, json_path, &err)) {
    problem(f, err.message);
    return;
  }
  if (bh_plugins_get(f->set, m.id))
    return; /* an earlier folder of the search path has it */
  if (access(m.path.ptr, F_OK) != 0) {
    bh_fail(&err, BH_E_NOTFOUND, "%s: there is no .so beside it", json_path);
    problem(f, err.message);
    return;
  }
  if ((f->with_hashes || f->lock) && bh_file_sha256(&m.sha256, m.path.ptr, &err)) {
    problem(f, err.message);
    return;
  }
  m.ours = f->in_own && bh_str_eqz(m.vendor, "Billhook");
  bh_lock_judge(&m, a, f->lock);
  f->set->items[f->set->count++] = m;
}

static int is_manifest(const struct dirent *e)
{
  size_t n = strlen(e->d_name);
  bh_str name = bh_str_c(e->d_name); /* recorded sessions and cases, which a vendor has beside the manifest, are none */
  return n > 5 && name.ptr[0] != '.' && bh_str_glob(BH_S("*.json"), name) && !bh_str_glob(BH_S("*.replay.json"), name) && !bh_str_glob(BH_S("*.cases.json"), name);
}

static bh_status add_folder(finder *f, const char *dir, bool required, bh_error *err)
{
  char real[PATH_MAX], path[PATH_MAX];
  struct dirent **names = NULL;
  if (!realpath(dir, real)) {
    if (!required)
      return BH_OK;
    return bh_fail(err, BH_E_NOTFOUND, "cannot open the plugin folder %s: %m", dir);
  }
  f->in_own = strcmp(real, f->own) == 0;
  int n = scandir(real, &names, is_manifest, alphasort);
  if (n < 0)
    return required ? bh_fail(err, BH_E_NOTFOUND, "cannot open the plugin folder %s: %m", dir) : BH_OK;
  for (int i = 0; i < n; i++) {
    if (bh_paths_join(path, real, names[i]->d_name))
      add(f, path);
    free(names[i]);
  }
  free(names);
  return BH_OK;
}

static void add_environment(finder *f)
{
  const char *list = getuid() != 0 && getuid() == geteuid() ? secure_getenv("BILLHOOK_PLUGIN_PATH") : NULL;
  while (list && *list) {
    size_t n = strcspn(list, ":");
    if (n && list[0] == '/') /* never the working directory */
      (void)add_folder(f, bh_arena_z(&f->set->arena, (bh_str){list, n}), false, NULL);
    list += n + (list[n] == ':');
  }
}

static int by_id(const void *a, const void *b)
{
  return bh_str_cmp(((const bh_manifest *)a)->id, ((const bh_manifest *)b)->id);
}

bh_status bh_plugins_find(bh_plugin_set **out, const char *extra, const char *workspace_dir, bool with_hashes, bh_error *err)
{
  bh_plugin_set *set = calloc(1, sizeof *set);
  if (!set)
    bh_out_of_memory(sizeof *set);
  bh_arena_init(&set->arena);
  set->items = BH_NEWN(&set->arena, bh_manifest, PLUGINS_MAX);
  set->problems = BH_NEWN(&set->arena, bh_str, PLUGINS_MAX);
  bh_node *lock = NULL;
  bh_status rc = bh_lock_read(&lock, &set->arena, workspace_dir, err);
  finder f = {.set = set, .lock = lock, .with_hashes = with_hashes, .problem_cap = PLUGINS_MAX};
  if (!bh_paths_plugins(f.own))
    f.own[0] = 0;
  if (rc == BH_OK && extra)
    rc = add_folder(&f, extra, true, err);
  if (rc == BH_OK && f.own[0])
    rc = add_folder(&f, f.own, false, err);
  if (rc) {
    bh_plugins_free(set);
    return rc;
  }
  add_environment(&f);
  qsort(set->items, set->count, sizeof *set->items, by_id);
  *out = set;
  return BH_OK;
}

void bh_plugins_free(bh_plugin_set *set)
{
  if (!set)
    return;
  bh_arena_dispose(&set->arena);
  free(set);
}

const bh_manifest *bh_plugins_get(const bh_plugin_set *set, bh_str id)
{
  for (size_t i = 0; set && i < set->count; i++)
    if (bh_str_eq(set->items[i].id, id))
      return &set->items[i];
  return NULL;
}

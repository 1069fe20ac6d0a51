/* The loader. dlclose is never called: threads, thread-locals and exit handlers of a plugin would outlive its code. */
#include "plugin/load.h"
#include "plugin/manifest.h"
#include "plugin/sizes.h"
#include <dlfcn.h>
#include <limits.h>

static bh_status check_descriptor(const bh_plugin *p, const char *path, bh_error *err)
{
  char theirs[40], ours[40];
  if (p->struct_size < offsetof(bh_plugin, id))
    return bh_fail(err, BH_E_INVALID, "%s: its descriptor is too short (struct_size %u)", path, p->struct_size);
  bh_abi_format(ours, BH_ABI_MAJOR, BH_ABI_MINOR, BH_ABI_RC);
  bh_abi_format(theirs, p->abi_major, p->abi_minor, p->abi_rc);
  if (!bh_abi_fits(p->abi_major, p->abi_minor, p->abi_rc))
    return bh_fail(err, BH_E_INVALID, "%s: it was built for ABI %s, and this is ABI %s", path, theirs, ours);
  if (p->struct_size < BH_PLUGIN_1_0 || p->struct_size > 4096)
    return bh_fail(err, BH_E_INVALID, "%s: its descriptor says struct_size %u; ABI %s asks for %d at least", path, p->struct_size, ours, BH_PLUGIN_1_0);
  if (!p->id || !p->version || !p->vendor || !p->license || !p->create || !p->destroy || !p->get_interface)
    return bh_fail(err, BH_E_INVALID, "%s: its descriptor leaves out what is required", path);
  return BH_OK;
}

bh_status bh_plugin_open(const bh_plugin **out, const char *path, bh_error *err)
{
  if (path[0] != '/')
    return bh_fail(err, BH_E_INVALID, "a plugin's path must be absolute, and \"%s\" is not", path);
  bh_status rc = bh_plugin_trust_check(path, err);
  if (rc)
    return rc;
  void *code = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!code)
    return bh_fail(err, BH_E_INVALID, "cannot load %s: %s", path, dlerror());
  *out = dlsym(code, "billhook_plugin");
  if (!*out)
    return bh_fail(err, BH_E_INVALID, "%s exports no billhook_plugin: it is not a plugin", path);
  return check_descriptor(*out, path, err);
}

bh_status bh_plugin_load(const bh_plugin **out, bh_str id, const char *path, bh_error *err)
{
  bh_arena a;
  bh_manifest m;
  size_t len = strlen(path);
  if (len < 4 || strcmp(path + len - 3, ".so") != 0)
    return bh_fail(err, BH_E_INVALID, "\"%s\" is not the path of a .so", path);
  bh_arena_init(&a);
  const bh_plugin *p = NULL;
  bh_status rc = bh_manifest_read(&m, &a, bh_arena_fmt(&a, "%.*s.json", (int)(len - 3), path).ptr, err);
  if (rc == BH_OK && !bh_abi_fits(m.abi_major, m.abi_minor, m.abi_rc)) { /* before any of its constructors runs */
    char theirs[40], ours[40];
    bh_abi_format(theirs, m.abi_major, m.abi_minor, m.abi_rc);
    bh_abi_format(ours, BH_ABI_MAJOR, BH_ABI_MINOR, BH_ABI_RC);
    rc = bh_fail(err, BH_E_INVALID, "%s: it was built for ABI %s, and this is ABI %s", path, theirs, ours);
  }
  if (rc == BH_OK)
    rc = bh_plugin_open(&p, path, err);
  if (rc == BH_OK && !bh_str_eqz(id, p->id))
    rc = bh_fail(err, BH_E_INVALID, "%s is the plugin \"%s\", not \"%.*s\"", path, p->id, BH_STR_ARG(id));
  if (rc == BH_OK && (rc = bh_plugin_compare(p, &m, err)))
    bh_fail_prefix(err, "%s", path);
  bh_arena_dispose(&a);
  *out = rc ? NULL : p;
  return rc;
}

bh_status bh_plugin_create(void **self, const bh_plugin *p, bh_host_ctx *c, bh_error *err)
{
  *self = NULL;
  bh_host_call_begin(c);
  return bh_host_call_end(c, p->create(&c->table, self), "create", err);
}

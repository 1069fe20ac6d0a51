/* Loading a plugin's code: trust checks, dlopen, the descriptor against the ABI and against the manifest. Never unloaded. */
#ifndef BH_LOAD_H
#define BH_LOAD_H
#include "plugin/host.h"
#include "plugin/plugins.h"

/* Loads `path` (absolute, NAME.so; the manifest is NAME.json beside it) and leaves the checked descriptor in *out. `id` is what the
 * workspace calls it. None of the plugin's functions has run. */
bh_status bh_plugin_load(const bh_plugin **out, bh_str id, const char *path, bh_error *err);
/* The same without a manifest and without an id: what `plugin manifest` writes one from. */
bh_status bh_plugin_open(const bh_plugin **out, const char *path, bh_error *err);
/* Descriptor and manifest say the same (what `plugin check` asks as well). */
bh_status bh_plugin_compare(const bh_plugin *p, const bh_manifest *m, bh_error *err);
/* create() with the ctx's options set already. */
bh_status bh_plugin_create(void **self, const bh_plugin *p, bh_host_ctx *c, bh_error *err);
#endif

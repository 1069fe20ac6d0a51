/* Finding plugins without running their code: manifests beside the .so files, the trust checks, plugins.lock. */
#ifndef BH_PLUGINS_H
#define BH_PLUGINS_H
#include "base/base.h"
#include "base/hash.h"
#include "base/json.h"

/* An option or model parameter, as the manifest and the descriptor both state it. type: text money quantity percent integer
 * choice date duration bool products records (with sub-options). */
typedef struct bh_manifest_option {
  bh_str key, type, fallback, help;
  bool required, secret, carry, exclusive, either;  /* the last three: model parameters (BH_OPT_CARRY, …) */
  bh_str *choices; size_t choice_count;
  struct bh_manifest_option *records; size_t record_count;
} bh_manifest_option;
typedef struct bh_manifest {
  bh_str id, version, vendor, license, kind;  /* kind: connector model sink gateway tax */
  uint32_t abi_major, abi_minor;
  bh_str *interfaces; size_t interface_count;
  bh_manifest_option *options; size_t option_count;
  bh_str network;                /* "none", "host", "own" */
  int32_t phase;                 /* models: 1 or 2 */
  bool by_day;                   /* models: usage day by day */
  bool programs;                 /* connectors: may start programs */
  bh_str path;                   /* absolute, of the .so */
  bool ours;                     /* one that comes with this program, by its vendor and its folder */
  bh_sha sha256;                 /* of the .so */
  bool trusted;                  /* ownership and modes are right, and plugins.lock (where it exists) has this hash */
  bh_str distrust;               /* why not */
  uint32_t abi_rc;               /* 0: a final ABI */
  bh_str summary;                /* one line for `plugin list`; may be empty */
} bh_manifest;
/* Sorted by id. A manifest that cannot be read is not among the items but in `problems`, one message each. */
typedef struct bh_plugin_set { bh_arena arena; bh_manifest *items; size_t count; bh_str *problems; size_t problem_count; } bh_plugin_set;

/* Reads every manifest in the search path: `extra` (NULL or --plugin-dir), then the build's or install's own folder (found beside the
 * executable or library: ../lib/billhook/plugins, or the build tree's plugins/), BILLHOOK_PLUGIN_PATH only where uid is not 0 and equals euid.
 * The first that has an id wins. workspace_dir (may be NULL): where plugins.lock may stand; where it does, or with_hashes, sha256 is set.
 * Runs no plugin's code. */
bh_status bh_plugins_find(bh_plugin_set **out, const char *extra, const char *workspace_dir, bool with_hashes, bh_error *err);
void bh_plugins_free(bh_plugin_set *set);
const bh_manifest *bh_plugins_get(const bh_plugin_set *set, bh_str id); /* NULL where absent */
/* The owner and mode checks alone; the message names path, owner and mode. */
bh_status bh_plugin_trust_check(const char *path, bh_error *err);
/* Writes the plugin's hash into WORKSPACE/plugins.lock (made where it is not there), by a new file renamed over the old one. */
bh_status bh_plugin_trust_add(const char *so_path, const char *workspace_dir, bh_error *err);
#endif

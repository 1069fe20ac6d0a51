/* Reading the JSON that stands beside a plugin's .so. Runs no plugin code. */
#ifndef BH_MANIFEST_H
#define BH_MANIFEST_H
#include "plugin/plugins.h"

/* Reads the manifest at `path` (…/NAME.json) into *out: everything but the hash and the trust. Strings live in `a`. Unknown keys,
 * wrong types and an id that is none are errors that name the file. */
bh_status bh_manifest_read(bh_manifest *out, bh_arena *a, const char *path, bh_error *err);
/* The option types by their names and the ABI's numbers; 0 and NULL where there is none. */
int32_t bh_option_type_number(bh_str name);
const char *bh_option_type_name(int32_t number);
/* "1.0-rc1" → 1, 0, 1. */
bool bh_abi_parse(uint32_t *major, uint32_t *minor, uint32_t *rc, bh_str text);
size_t bh_abi_format(char out[40], uint32_t major, uint32_t minor, uint32_t rc);
/* Does this host take a plugin of that ABI? */
bool bh_abi_fits(uint32_t major, uint32_t minor, uint32_t rc);
/* The interface a kind must have: "billhook.model/1" for "model"; NULL for a word that is no kind. */
const char *bh_kind_interface(bh_str kind);
#endif

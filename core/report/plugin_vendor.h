/* What the commands for vendors share. */
#ifndef BH_PLUGIN_VENDOR_H
#define BH_PLUGIN_VENDOR_H
#include "plugin/pull.h"

#include <billhook/billhook.h>
#include <limits.h>

/* The absolute path of a .so that a person has named. */
bh_status bh_vendor_path(char out[PATH_MAX], const char *file, bh_error *err);
/* KEY=VALUE, a reference to a secret (env:NAME, file:PATH, cmd:PROGRAM) read. The caller wipes `secrets`. */
bh_status bh_vendor_options(bh_pull_option **out, bh_arena *a, const char *const *words, size_t n, bh_buf *secrets, bh_error *err);
/* What a sink or a gateway is called with, read from the options of `plugin call`. Texts live in `a`. */
bh_status bh_vendor_outward(bh_outward *out, bh_arena *a, int32_t call, const billhook_plugin_call_options *o, bh_error *err);
#endif

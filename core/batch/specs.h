/* The manifests' options in the form in which the workspace validates with them. */
#ifndef BH_SPECS_H
#define BH_SPECS_H
#include "plugin/plugins.h"
#include "workspace/workspace.h"
void bh_specs_from(bh_plugin_specs *out, bh_arena *a, const bh_plugin_set *set);
#endif

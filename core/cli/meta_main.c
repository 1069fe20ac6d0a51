/* Prints scripts/meta/billhook.lua, the annotations for the Lua language server, from the tables that register words, keys and functions. Built with the
 * tests, and not installed: what it prints is checked in, and a test compares. Usage: billhook-meta PLUGIN_DIR */
#include "batch/specs.h"
#include "plugin/plugins.h"
#include "rules/rules.h"

static const char head[] =
  "---@meta billhook\n"
  "-- Annotations for the Lua language server: completion, types and help for billhook.lua, pricebook.lua, clients/, rules/ and tests/.\n"
  "-- Nothing here is ever run. `billhook init` points the editor at it with a .luarc.json.\n"
  "-- Generated from the program's own tables; a test compares: BILLHOOK_UPDATE=1 ctest -R scripts/meta writes it anew.\n\n"
  "error \"this file is for editors: it is not meant to be run\"\n\n";

int main(int argc, char **argv) {
  enum { TEXT_MAX = 1 << 20 };
  bh_error err = {0};
  bh_plugin_set *set = NULL;
  bh_plugin_specs specs;
  bh_arena a;
  bh_buf text;
  bh_arena_init(&a);
  bh_buf_init(&text, TEXT_MAX);
  bh_buf_putz(&text, head);
  bh_status st = bh_plugins_find(&set, argc > 1 ? argv[1] : NULL, NULL, false, &err);
  if (st == BH_OK) {
    bh_specs_from(&specs, &a, set);
    st = bh_rules_annotate(&text, &err);
  }
  if (st == BH_OK) st = bh_workspace_annotate(&text, specs, bh_annotate_function, &err);
  while (text.len > 1 && text.ptr[text.len - 2] == '\n') text.len--;
  if (st == BH_OK && text.failed) st = bh_fail(&err, BH_E_BUG, "the annotations are longer than %d bytes", (int)TEXT_MAX);
  if (st == BH_OK) fwrite(text.ptr, 1, text.len, stdout);
  else fprintf(stderr, "%s\n", err.message);
  bh_plugins_free(set);
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  return st == BH_OK ? 0 : 1;
}

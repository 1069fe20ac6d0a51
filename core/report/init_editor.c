/* The editor's configuration of a new workspace. */
#include "report/init.h"
#include "base/json.h"
#include <limits.h>

/* Where the annotations are not found (a library without its share folder) the editor still knows the sandbox. */
static void put_library(bh_jw *w) {
  char meta[PATH_MAX];
  bh_jw_key(w, "workspace.library");
  bh_jw_arr(w);
  if (bh_init_share(meta, sizeof meta, "meta", NULL) == BH_OK) bh_jw_str(w, bh_str_c(meta));
  bh_jw_arr_end(w);
}

bh_status bh_init_editor(const char *dir, bh_error *err) {
  static const char *const absent[] = {"coroutine", "debug", "io", "os", "package"};
  char path[PATH_MAX];
  int n = snprintf(path, sizeof path, "%s/.luarc.json", dir);
  if (n < 0 || (size_t)n >= sizeof path) return bh_fail(err, BH_E_USAGE, "the folder's name is too long");
  bh_buf text;
  bh_jw w;
  bh_buf_init(&text, 64 << 10);
  bh_jw_init(&w, &text);
  bh_jw_obj(&w);
  bh_jw_key(&w, "diagnostics.disable");
  bh_jw_arr(&w);
  bh_jw_z(&w, "lowercase-global");
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "runtime.builtin");
  bh_jw_obj(&w);
  for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
    bh_jw_key(&w, absent[i]);
    bh_jw_z(&w, "disable");
  }
  bh_jw_obj_end(&w);
  bh_jw_key(&w, "runtime.version"); bh_jw_z(&w, "Lua 5.4");
  bh_jw_key(&w, "workspace.checkThirdParty"); bh_jw_bool(&w, false);
  put_library(&w);
  bh_jw_obj_end(&w);
  bh_buf_putc(&text, '\n');
  bh_status st = bh_init_write(path, bh_buf_str(&text), err);
  bh_buf_dispose(&text);
  return st;
}

/* plugins.lock: which file an id stood for when somebody trusted it. JSON, id → SHA-256 in hex. */
#ifndef BH_LOCK_H
#define BH_LOCK_H
#include "plugin/plugins.h"

/* *out is NULL where there is no such file (or no workspace). A file that cannot be understood is an error: it fails closed. */
bh_status bh_lock_read(bh_node **out, bh_arena *a, const char *workspace_dir, bh_error *err);
/* Sets m->trusted, or m->distrust. `lock` may be NULL. */
void bh_lock_judge(bh_manifest *m, bh_arena *a, const bh_node *lock);
bh_status bh_file_sha256(bh_sha *out, const char *path, bh_error *err);
#endif

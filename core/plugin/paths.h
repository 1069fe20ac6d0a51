/* Where the worker and the shipped plugins stand, found from where this code was loaded from. */
#ifndef BH_PATHS_H
#define BH_PATHS_H
#include "base/base.h"
#include <limits.h>

/* The folder of the executable or library that holds this code. */
bool bh_paths_self(char out[PATH_MAX]);
/* billhook-worker: $BILLHOOK_WORKER (not for a set-uid program), the build tree's bin/, the install's libexec/billhook. */
bh_status bh_paths_worker(char out[PATH_MAX], bh_error *err);
/* The shipped plugins' folder; false where there is none. */
bool bh_paths_plugins(char out[PATH_MAX]);
/* dir + "/" + name; false where it does not fit. */
bool bh_paths_join(char out[PATH_MAX], const char *dir, const char *name);
#endif

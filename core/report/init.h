/* A new workspace. */
#ifndef BH_INIT_H
#define BH_INIT_H
#include "base/base.h"

/* Writes a file that must not be there yet. */
bh_status bh_init_write(const char *path, bh_str text, bh_error *err);
bh_status bh_init_folder(const char *path, bh_error *err); /* there already: fine */
/* Makes the folder and those above it; one that is there must be empty. what: "workspace" */
bh_status bh_init_empty_folder(const char *dir, const char *what, bh_error *err);
/* Copies the shipped example into dir, found beside the library: share/billhook/examples/NAME. */
bh_status bh_init_copy(const char *dir, const char *name, bh_error *err);
/* Absolute path of share/billhook/WHAT; BH_E_NOTFOUND. */
bh_status bh_init_share(char *out, size_t size, const char *what, bh_error *err);

/* .luarc.json: the editor's language server is told of the sandbox, and of the annotations that this installation has beside it. */
bh_status bh_init_editor(const char *dir, bh_error *err);

typedef struct bh_init_file { const char *name, *text; } bh_init_file; /* text NULL: a folder */
extern const bh_init_file bh_init_files[];
extern const size_t bh_init_file_count;
#endif

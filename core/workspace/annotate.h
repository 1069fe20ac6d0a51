/* Annotations for the Lua language server: the workspace's words and keys, and those of tests. */
#ifndef BH_WORKSPACE_ANNOTATE_H
#define BH_WORKSPACE_ANNOTATE_H
#include "workspace/internal.h"
typedef struct ws_annotation { const char *in, *key, *type, *doc; } ws_annotation; /* in: the class that it is about; NULL: any */
extern const ws_annotation ws_annotations[];
/* A function that tests have, and its tags and words for the editor. */
struct lua_State;
typedef struct ws_test_word { const char *name; int (*function)(struct lua_State *L); const char *tags, *doc; } ws_test_word;
extern const ws_test_word ws_test_functions[], ws_test_checks[], ws_invoice_methods[];
#endif

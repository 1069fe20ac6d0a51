/* Paths into a JSON document: "$.result[*].host", and fields inside a record: "interfaces[0].ip". */
#ifndef BH_JSON_PATH_H
#define BH_JSON_PATH_H
#include "base/base.h"

typedef enum bh_step_kind { BH_STEP_NAME, BH_STEP_INDEX, BH_STEP_ANY_ITEM, BH_STEP_ANY_MEMBER } bh_step_kind;
typedef struct bh_step { bh_step_kind kind; bh_str name; uint64_t index; } bh_step;
typedef struct bh_json_path { bh_step *steps; size_t count; size_t wildcards; } bh_json_path;
enum { BH_JSON_STEPS_MAX = 32 };

/* `from_root`: must begin with "$". Names are copied into the arena. False where it cannot be understood. */
bool bh_json_path_parse(bh_json_path *out, bh_arena *a, const char *text, bool from_root);

/* Where a reader is: a member of an object, or an item of an array. */
typedef struct bh_place { bool array; bh_str key; uint64_t index; uint64_t seen; } bh_place;
#endif

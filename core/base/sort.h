/* An external sorter: records of (key, payload), sorted by key bytes, equal keys in the order they were added.
 * Holds at most `memory_bytes`; beyond that, sorted runs spill into one unlinked temporary file and are merged.
 * (More runs than one merge can read are merged in steps, from file to file.) At least 64 KiB are used, and a record
 * that is larger than the memory is held alone. What has spilled is read back in a thread of the sorter's own, ahead of
 * its user. Not being able to write or read the file is BH_E_STORE. */
#ifndef BH_SORT_H
#define BH_SORT_H
#include "base/base.h"
typedef struct bh_sorter bh_sorter;
bh_status bh_sorter_new(bh_sorter **out, size_t memory_bytes, const char *tmp_dir, bh_error *err); /* tmp_dir NULL: /tmp */
void bh_sorter_free(bh_sorter *s);
bh_status bh_sorter_add(bh_sorter *s, bh_str key, bh_str payload, bh_error *err);
/* The same in two steps, for whoever makes the record where it will lie: room for `bytes`, valid until the next call; and what was
 * put there, the payload right behind the key. The first head_len bytes of a key name a group whose records mostly come in order among
 * themselves: then they need hardly be sorted. In one sorter no head may be the beginning of another one (it ends with a NUL, say). */
bh_status bh_sorter_room(bh_sorter *s, char **room, size_t bytes, bh_error *err);
void bh_sorter_put(bh_sorter *s, size_t key_len, size_t head_len, size_t payload_len);
bh_status bh_sorter_finish(bh_sorter *s, bh_error *err);       /* after the last add */
/* The next record in order; false in *more at the end. Pointers are valid until the next call. */
bh_status bh_sorter_next(bh_sorter *s, bh_str *key, bh_str *payload, bool *more, bh_error *err);
/* The records once more, from the first. After finish. */
bh_status bh_sorter_rewind(bh_sorter *s, bh_error *err);
#endif

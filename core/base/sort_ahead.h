/* Reading a merge ahead, in a thread of its own: whoever takes the records has other work to do with each. For sort*.c alone. */
#ifndef BH_SORT_AHEAD_H
#define BH_SORT_AHEAD_H
#include "base/sort_file.h"

typedef struct bh_sort_ahead bh_sort_ahead;
/* From here until bh_sort_ahead_end the merge and its file are the thread's. NULL where there can be no thread: the caller reads by itself. */
bh_sort_ahead *bh_sort_ahead_begin(bh_merge *m);
/* As bh_merge_next: what it gives is valid until the next call. */
bh_status bh_sort_ahead_next(bh_sort_ahead *a, bh_str *key, bh_str *payload, bool *more, bh_error *err);
void bh_sort_ahead_end(bh_sort_ahead *a); /* waits for the thread; NULL: nothing */
#endif

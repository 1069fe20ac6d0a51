/* Inside the engine: documents' columns and lines, shared by the doc_*.c files. */
#ifndef BH_STORE_DOC_H
#define BH_STORE_DOC_H
#include "store/engine.h"

#define BH_DOC_COLUMNS(p)                                                                                                            \
  p "doc," p "client," p "ord," p "type," p "state," p "by_hand," p "split," p "currency," p "decimals," p "batch," p "issue," p     \
    "due," p "rated_on," p "pull," p "subtotal," p "total," p "paid," p "number," p "chain," p "hold," p "settle"
enum { BH_DOC_COLUMN_COUNT = 21 };

/* Strings are copied into `a`, or point into the row where `a` is NULL. */
void bh_doc_read(bh_doc_row *out, sqlite3_stmt *st, bh_arena *a);
/* A draft that goes takes its hold by hand with it (hold.c). */
bh_status bh_hold_forget(bh_store *s, int64_t doc, bh_error *err);
/* One document of a bound statement; doc 0 where none. */
bh_status bh_doc_read_one(bh_store *s, sqlite3_stmt *st, bh_doc_row *out, bh_arena *a, bh_error *err);
bh_status bh_doc_lines_write(bh_store *s, int64_t doc, const bh_doc_line *lines, size_t n, bh_error *err);
bh_status bh_doc_lines_delete(bh_store *s, int64_t doc, bh_error *err);
#endif

/* A report's rows: a name, a currency and some sums of money each. As one JSON document with totals by currency, or as CSV. */
#ifndef BH_TABULAR_H
#define BH_TABULAR_H
#include "report/report.h"

enum { BH_TABULAR_SUMS_MAX = 8 };
typedef struct bh_tabular_row { bh_str name; char currency[8]; int32_t decimals; int64_t sums[BH_TABULAR_SUMS_MAX]; } bh_tabular_row;
typedef struct bh_tabular {
  bh_arena arena;              /* lives as long as the report */
  const char *name_key;        /* "client" */
  const char *const *keys; size_t key_count; /* of the sums, at most BH_TABULAR_SUMS_MAX */
  bh_map index; bh_buf key;
  bh_tabular_row **rows; size_t count, cap;
} bh_tabular;

void bh_tabular_init(bh_tabular *t, const char *name_key, const char *const *keys, size_t n);
void bh_tabular_dispose(bh_tabular *t);
/* The row of a name and a currency, made with zeros where it is not there yet. */
bh_tabular_row *bh_tabular_row_of(bh_tabular *t, bh_str name, bh_str currency, int32_t decimals);
bh_status bh_tabular_add(bh_tabular_row *row, size_t key, int64_t amount, bh_error *err);
/* Rows that are not all zero, by name and currency: `head` writes the members before "rows" into the JSON. csv: the rows alone, with a header. */
bh_status bh_tabular_write(const billhook_out *out, bh_tabular *t, bool csv, void (*head)(bh_jw *w, const void *ctx), const void *ctx, bh_error *err);
#endif

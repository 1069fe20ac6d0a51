/* What credits by hand have taken back of an invoice. */
#ifndef BH_CREDITED_H
#define BH_CREDITED_H
#include "batch/engine.h"
/* Sum (negative, minor) of the lines that correct the invoice of that id on credits that are not void, drafts included; the last such credit's id,
 * empty where there is none. */
bh_status bh_credited(int64_t *sum, bh_str *by, bh_arena *a, bh_store *s, int32_t client, bh_str invoice, bh_error *err);
#endif

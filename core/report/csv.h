/* CSV (RFC 4180) as every report and export writes it. */
#ifndef BH_CSV_H
#define BH_CSV_H
#include "base/base.h"

/* One field, quoted where it must be. A text that a spreadsheet would take for a formula gets an apostrophe in front: names come from outside. */
void bh_csv_text(bh_buf *out, bh_str s);
void bh_csv_number(bh_buf *out, bh_str s);
#endif

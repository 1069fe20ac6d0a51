/* Numbers that change on dates. */
#include "billing/terms.h"

const bh_dec *bh_dated_on(const bh_dated *d, bh_day day) {
  /* Nearly always one entry; a price list with many dates is still found by halving. */
  size_t lo = 0, hi = d->count; /* items[0..lo) begin on or before `day` */
  while (lo < hi) {
    size_t mid = lo + (hi - lo) / 2;
    if (d->items[mid].from <= day) lo = mid + 1;
    else hi = mid;
  }
  return lo == 0 ? NULL : &d->items[lo - 1].value;
}

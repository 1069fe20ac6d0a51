/* A billing as rated: its lines and discounts, grown in an arena. Strings are not copied. */
#include "billing/rating.h"

static size_t grown(size_t cap) { return cap == 0 ? 8 : cap * 2; }

static int64_t *shares_copy(bh_arena *a, const int64_t *shares, size_t n, size_t room) {
  int64_t *copy = BH_NEWN(a, int64_t, room);
  memcpy(copy, shares, n * sizeof *copy);
  return copy;
}

void bh_rated_add_line(bh_rated *r, bh_arena *a, const bh_owed_line *l) {
  bh_owed_line line = *l; /* it may stand in the array that is about to move */
  /* a discount that has its shares has none on the new line: the arrays keep the length of the lines */
  for (size_t i = 0; i < r->discount_count; i++) {
    bh_owed_discount *d = &r->discounts[i];
    if (d->shares != NULL) d->shares = shares_copy(a, d->shares, r->line_count, r->line_count + 1);
  }
  if (r->line_count == r->line_cap) {
    size_t cap = grown(r->line_cap);
    bh_owed_line *lines = BH_NEWN(a, bh_owed_line, cap);
    if (r->line_count > 0) memcpy(lines, r->lines, r->line_count * sizeof *lines);
    r->lines = lines;
    r->line_cap = cap;
  }
  r->lines[r->line_count++] = line;
}

void bh_rated_add_more(bh_rated *r, bh_arena *a, const bh_rated_more *m) {
  if (r->more_count == r->more_cap) {
    size_t cap = grown(r->more_cap);
    bh_rated_more *more = BH_NEWN(a, bh_rated_more, cap);
    if (r->more_count > 0) memcpy(more, r->more, r->more_count * sizeof *more);
    r->more = more;
    r->more_cap = cap;
  }
  r->more[r->more_count++] = *m;
}

void bh_rated_add_discount(bh_rated *r, bh_arena *a, const bh_owed_discount *d) {
  bh_owed_discount discount = *d;
  if (r->discount_count == r->discount_cap) {
    size_t cap = grown(r->discount_cap);
    bh_owed_discount *discounts = BH_NEWN(a, bh_owed_discount, cap);
    if (r->discount_count > 0) memcpy(discounts, r->discounts, r->discount_count * sizeof *discounts);
    r->discounts = discounts;
    r->discount_cap = cap;
  }
  r->discounts[r->discount_count++] = discount;
}

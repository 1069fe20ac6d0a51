/* "Did you mean …": the nearest of some names. */
#include "base/base.h"

enum { WORD_BYTES_MAX = 64 };

/* Edit distance with insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
static size_t distance(bh_str a, bh_str b)
{
  size_t rows[3][WORD_BYTES_MAX + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];
  for (size_t j = 0; j <= b.len; j++)
    above[j] = j;
  memcpy(before, above, sizeof rows[0]);
  for (size_t i = 1; i <= a.len; i++) {
    row[0] = i;
    for (size_t j = 1; j <= b.len; j++) {
      size_t best = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
      if (above[j] + 1 < best)
        best = above[j] + 1;
      if (row[j - 1] + 1 < best)
        best = row[j - 1] + 1;
      if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1] && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      row[j] = best;
    }
    size_t *free_row = before;
    before = above;
    above = row;
    row = free_row;
  }
  return above[b.len];
}

const char *bh_str_nearest(bh_str word, const char *const *candidates, size_t n)
{
  size_t limit = word.len / 3 > 2 ? word.len / 3 : 2;
  if (limit >= word.len) /* nothing of the word would be left */
    limit = word.len ? word.len - 1 : 0;
  const char *best = NULL;
  if (word.len > WORD_BYTES_MAX)
    return NULL;
  for (size_t i = 0; i < n; i++) {
    bh_str c = bh_str_c(candidates[i]);
    if (c.len > WORD_BYTES_MAX)
      continue;
    size_t d = distance(word, c);
    if (d > limit || (best && d == limit))
      continue;
    best = candidates[i];
    limit = d;
  }
  return best;
}

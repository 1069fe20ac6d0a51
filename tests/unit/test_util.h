/* What the unit tests share: cmocka with its prerequisites, strings against literals, a generator with a fixed seed. */
#ifndef BH_TEST_UTIL_H
#define BH_TEST_UTIL_H
#include "base/base.h"
#include <setjmp.h>
/* cmocka wants the three above it */
#include <cmocka.h>

#define assert_str(s, z) \
  do { \
    bh_str str_got = (s); \
    if (!bh_str_eqz(str_got, (z))) \
      fail_msg("got \"%.*s\", expected \"%s\"", BH_STR_ARG(str_got), (z)); \
  } while (0)

/* xorshift64*: the same numbers on every machine. */
static inline uint64_t test_random(uint64_t *state)
{
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return x * UINT64_C(2685821657736338717);
}

static inline int64_t test_random_below(uint64_t *state, int64_t bound)
{
  return (int64_t)(test_random(state) % (uint64_t)bound);
}
#endif

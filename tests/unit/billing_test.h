/* What the tests of core/billing share: short ways to write days, decimals and ratios, and to compare them. */
#ifndef BH_BILLING_TEST_H
#define BH_BILLING_TEST_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "billing/rating.h"

static inline bh_day D(const char *text) {
  bh_day d = 0;
  assert_true(bh_day_parse(&d, bh_str_c(text)));
  return d;
}

static inline bh_dec dec(const char *text) {
  bh_dec d = {0, 0, 0};
  assert_true(bh_dec_parse(&d, bh_str_c(text), 9));
  return d;
}

static inline bh_ratio ratio(int64_t num, int64_t den) {
  bh_ratio r = {0, 1};
  assert_true(bh_ratio_make(&r, num, den));
  return r;
}

static inline void same_day(bh_day got, const char *want) {
  char text[12];
  bh_day_format(text, got);
  assert_string_equal(text, want);
}

static inline void same_ratio(bh_ratio got, int64_t num, int64_t den) {
  bh_ratio want = ratio(num, den);
  assert_int_equal(got.num, want.num);
  assert_int_equal(got.den, want.den);
}

static inline void same_dec(bh_dec got, const char *want) {
  char text[32];
  bh_dec_format(text, got);
  assert_string_equal(text, want);
}

static inline void same_str(bh_str got, const char *want) {
  assert_int_equal(got.len, strlen(want));
  if (got.len > 0) assert_memory_equal(got.ptr, want, got.len);
}

static inline void says(const bh_error *err, const char *part) {
  if (strstr(err->message, part) == NULL) fail_msg("\"%s\" does not say \"%s\"", err->message, part);
}
#endif

/* Packing: what goes in comes out, and every truncation is noticed. */
#include "base/wire.h"
#include "test_util.h"
#include <stdlib.h>

static const uint32_t words[] = {0, 1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455, 268435456, UINT32_MAX};
static const int64_t numbers[] = {0, 1, -1, 63, 64, -64, -65, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, INT64_MAX - 1};

static void put_everything(bh_buf *b)
{
  bh_put_u8(b, 0);
  bh_put_u8(b, 255);
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    bh_put_u32(b, words[i]);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    bh_put_i64(b, numbers[i]);
  bh_put_str(b, BH_S(""));
  bh_put_str(b, (bh_str){"a\0b", 3});
  bh_put_dec(b, (bh_dec){INT64_MIN, 9, 0});
  bh_put_ratio(b, (bh_ratio){INT64_MIN, INT64_MAX});
}

/* True where all of it was there and right. */
static bool get_everything(bh_get *g)
{
  bool same = bh_get_u8(g) == 0;
  same &= bh_get_u8(g) == 255;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    same &= bh_get_u32(g) == words[i];
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    same &= bh_get_i64(g) == numbers[i];
  same &= bh_get_str(g).len == 0;
  same &= bh_str_eq(bh_get_str(g), (bh_str){"a\0b", 3});
  bh_dec d = bh_get_dec(g);
  same &= d.coef == INT64_MIN && d.scale == 9;
  bh_ratio r = bh_get_ratio(g);
  same &= r.num == INT64_MIN && r.den == INT64_MAX;
  assert_true(r.den > 0); /* even of a misfit */
  return same && bh_get_done(g);
}

static void test_round_trip_and_truncation(void **state)
{
  bh_buf b;
  bh_buf_init(&b, 10000);
  put_everything(&b);
  bh_get g = bh_get_init(bh_buf_str(&b));
  assert_true(get_everything(&g));
  for (size_t n = 0; n < b.len; n++) {
    char *exact = malloc(n ? n : 1);
    memcpy(exact, b.ptr, n);
    g = bh_get_init((bh_str){exact, n});
    assert_false(get_everything(&g));
    assert_true(g.bad);
    assert_int_equal(bh_get_u8(&g), 0);
    assert_int_equal(bh_get_u32(&g), 0);
    assert_int_equal(bh_get_i64(&g), 0);
    assert_int_equal(bh_get_str(&g).len, 0);
    assert_false(bh_get_done(&g));
    free(exact);
  }
  bh_put_u8(&b, 1); /* something behind it is noticed as well */
  g = bh_get_init(bh_buf_str(&b));
  assert_false(get_everything(&g));
  assert_false(g.bad);
  bh_buf_dispose(&b);
}

static void test_misfits(void **state)
{
  bh_get g = bh_get_init((bh_str){"\xFF\xFF\xFF\xFF\x10", 5}); /* 2^36 - … */
  assert_int_equal(bh_get_u32(&g), 0);
  assert_true(g.bad);
  g = bh_get_init((bh_str){"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02", 10}); /* 65 bits */
  bh_get_i64(&g);
  assert_true(g.bad);
  g = bh_get_init((bh_str){"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12}); /* without end */
  bh_get_i64(&g);
  assert_true(g.bad);
  g = bh_get_init((bh_str){"\x02\x0A", 2}); /* scale 10 */
  bh_dec d = bh_get_dec(&g);
  assert_true(g.bad && d.coef == 0 && d.scale == 0);
  g = bh_get_init((bh_str){"\x02\x00", 2}); /* 1/0 */
  bh_get_ratio(&g);
  assert_true(g.bad);
  g = bh_get_init((bh_str){"\x02\x01", 2}); /* 1/-1 */
  bh_get_ratio(&g);
  assert_true(g.bad);
  g = bh_get_init((bh_str){"\x05" "abcd", 5}); /* a string longer than what is there */
  assert_int_equal(bh_get_str(&g).len, 0);
  assert_true(g.bad);
  g = bh_get_init((bh_str){"\xFF\xFF\xFF\xFF\x0F" "abcd", 9});
  assert_int_equal(bh_get_str(&g).len, 0);
  assert_true(g.bad);
}

static void test_count(void **state)
{
  bh_get g = bh_get_init((bh_str){"\x03xyz", 4});
  assert_int_equal(bh_get_count(&g, 3), 3);
  assert_false(g.bad);
  g = bh_get_init((bh_str){"\x03xyz", 4});
  assert_int_equal(bh_get_count(&g, 2), 0);
  assert_true(g.bad);
  g = bh_get_init((bh_str){"\x04xyz", 4});
  assert_int_equal(bh_get_count(&g, 100), 0);
  assert_true(g.bad);
}

static void test_full_buffer(void **state)
{
  bh_buf b;
  bh_buf_init(&b, 3);
  bh_put_str(&b, BH_S("abcd"));
  assert_true(b.failed);
  bh_put_u8(&b, 1);
  assert_true(b.len <= 1);
  bh_buf_dispose(&b);
}

static void test_random_values(void **state)
{
  uint64_t seed = 5;
  bh_buf b;
  bh_buf_init(&b, 100);
  for (int i = 0; i < 100000; i++) {
    int64_t v = (int64_t)(test_random(&seed) >> test_random_below(&seed, 64));
    v = test_random(&seed) & 1 ? v : (int64_t)(0 - (uint64_t)v);
    uint32_t u = (uint32_t)(test_random(&seed) >> (32 + test_random_below(&seed, 32)));
    bh_buf_clear(&b);
    bh_put_i64(&b, v);
    bh_put_u32(&b, u);
    bh_get g = bh_get_init(bh_buf_str(&b));
    assert_true(bh_get_i64(&g) == v && bh_get_u32(&g) == u && bh_get_done(&g));
  }
  bh_buf_dispose(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_round_trip_and_truncation), cmocka_unit_test(test_misfits), cmocka_unit_test(test_count),
    cmocka_unit_test(test_full_buffer), cmocka_unit_test(test_random_values),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

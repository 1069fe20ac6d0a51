/* Strings, globs, UTF-8, arenas, buffers, maps, errors, files. */
#include "test_util.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void test_compare(void **state)
{
  static const struct { const char *a, *b; int order; } cases[] = {
    {"", "", 0}, {"", "a", -1}, {"a", "", 1}, {"a", "ab", -1}, {"ab", "b", -1}, {"b", "ab", 1}, {"a", "\xC3\xA4", -1},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bh_str a = bh_str_c(cases[i].a), b = bh_str_c(cases[i].b);
    assert_int_equal(bh_str_cmp(a, b), cases[i].order);
    assert_int_equal(bh_str_cmp(b, a), -cases[i].order);
    assert_int_equal(bh_str_eq(a, b), cases[i].order == 0);
  }
  assert_int_equal(bh_str_c(NULL).len, 0);
  assert_true(bh_str_eq((bh_str){NULL, 0}, BH_S("")));
  assert_int_equal(bh_str_cmp((bh_str){NULL, 0}, BH_S("")), 0);
  assert_true(bh_str_starts(BH_S("contract"), BH_S("con")));
  assert_true(bh_str_starts(BH_S("contract"), (bh_str){NULL, 0}));
  assert_false(bh_str_starts(BH_S("co"), BH_S("con")));
}

static void test_glob(void **state)
{
  static const struct { const char *pattern, *s; bool match; } cases[] = {
    {"", "", true}, {"", "a", false}, {"*", "", true}, {"*", "anything", true}, {"?", "", false}, {"?", "a", true},
    {"Windows*", "Windows 11", true}, {"Windows*", "windows 11", false}, {"*server*", "a server here", true},
    {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false}, {"*ab", "aab", true}, {"*a?", "banan", true},
    {"?", "\xC3\xA4", true}, {"??", "\xC3\xA4", false}, {"M?ller", "M\xC3\xBCller", true}, {"*\xC3\xBC*", "M\xC3\xBCller", true},
    {"?", "\xF0\x9F\x98\x80", true}, {"**", "x", true}, {"a**b", "ab", true}, {"a", "ab", false}, {"ab", "a", false},
    {"*.*.*", "1.2", false}, {"*.*.*", "1.2.3", true}, {"***?", "", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (bh_str_glob(bh_str_c(cases[i].pattern), bh_str_c(cases[i].s)) != cases[i].match)
      fail_msg("\"%s\" against \"%s\"", cases[i].pattern, cases[i].s);
  /* Would take for ever if every '*' were tried again. */
  char many[2001] = {0};
  memset(many, 'a', 2000);
  assert_false(bh_str_glob(BH_S("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"), bh_str_c(many)));
}

static void test_utf8(void **state)
{
  static const struct { bh_str s; size_t span; } cases[] = {
    {{"", 0}, 0}, {{"plain ascii, long enough for words", 34}, 34}, {{"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", 9}, 9},
    {{"a\0b", 3}, 1}, {{"12345678\0", 9}, 8}, {{"1234567\0", 8}, 7}, {{"\x80", 1}, 0}, {{"\xC3", 1}, 0}, {{"\xC0\x80", 2}, 0},
    {{"\xC1\xBF", 2}, 0}, {{"\xE0\x9F\xBF", 3}, 0}, {{"\xE0\xA0\x80", 3}, 3}, {{"\xED\xA0\x80", 3}, 0}, {{"\xED\x9F\xBF", 3}, 3},
    {{"\xF0\x8F\xBF\xBF", 4}, 0}, {{"\xF0\x90\x80\x80", 4}, 4}, {{"\xF4\x8F\xBF\xBF", 4}, 4}, {{"\xF4\x90\x80\x80", 4}, 0},
    {{"\xF5\x80\x80\x80", 4}, 0}, {{"\xFF", 1}, 0}, {{"ok\xE2\x82", 4}, 2}, {{"12345678\xE2\x82(", 11}, 8}, {{"\x01\x01\x01\x01\x01\x01\x01\x01", 8}, 8},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(bh_utf8_span(cases[i].s), cases[i].span);
    assert_int_equal(bh_utf8_ok(cases[i].s), cases[i].span == cases[i].s.len);
  }
}

static void test_nearest(void **state)
{
  static const char *const names[] = {"price", "prices", "product", "prorate", "quantity", "id"};
  static const struct { const char *word, *nearest; } cases[] = {
    {"prise", "price"}, {"pirce", "price"}, {"Price", "price"}, {"pricess", "prices"}, {"qauntitty", "quantity"}, {"porduct", "product"},
    {"proratte", "prorate"}, {"zzz", NULL}, {"x", NULL}, {"", NULL}, {"di", "id"}, {"kwantity", "quantity"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const char *got = bh_str_nearest(bh_str_c(cases[i].word), names, 6);
    if ((got == NULL) != (cases[i].nearest == NULL) || (got && strcmp(got, cases[i].nearest)))
      fail_msg("\"%s\": got %s", cases[i].word, got ? got : "nothing");
  }
  char large[200];
  memset(large, 'x', sizeof large);
  assert_null(bh_str_nearest((bh_str){large, sizeof large}, names, 6));
  assert_null(bh_str_nearest(BH_S("price"), NULL, 0));
}

static void test_arena(void **state)
{
  bh_arena a;
  bh_arena_init(&a);
  for (int round = 0; round < 3; round++) {
    for (size_t n = 0; n < 3000; n += 7) {
      unsigned char *p = bh_arena_alloc(&a, n);
      assert_int_equal((uintptr_t)p % 16, 0);
      for (size_t i = 0; i < n; i++)
        assert_int_equal(p[i], 0);
      memset(p, 0xAA, n); /* what the next round finds must be zeroed again */
      bh_str s = bh_arena_str(&a, BH_S("abc"));
      assert_string_equal(s.ptr, "abc");
    }
    assert_non_null(bh_arena_alloc(&a, 3 * 1024 * 1024));
    assert_true(a.used_total > 3 * 1024 * 1024);
    bh_arena_reset(&a);
    assert_int_equal(a.used_total, 0);
  }
  assert_string_equal(bh_arena_z(&a, (bh_str){NULL, 0}), "");
  assert_str(bh_arena_fmt(&a, "%d-%s", 7, "x"), "7-x");
  char large[2000];
  memset(large, 'y', sizeof large);
  bh_str s = bh_arena_fmt(&a, "%.*s", (int)sizeof large, large);
  assert_int_equal(s.len, sizeof large);
  assert_int_equal(s.ptr[sizeof large], 0);
  int *numbers = BH_NEWN(&a, int, 100);
  assert_int_equal(numbers[99], 0);
  bh_arena_dispose(&a);
  bh_arena_dispose(&a);
}

static void test_buf(void **state)
{
  bh_buf b;
  bh_buf_init(&b, 10);
  assert_str(bh_buf_str(&b), "");
  assert_true(bh_buf_putz(&b, "12345"));
  assert_true(bh_buf_putc(&b, '6'));
  assert_false(bh_buf_putz(&b, "78901"));
  assert_true(b.failed);
  assert_false(bh_buf_putc(&b, '7')); /* no holes: after a refusal nothing more */
  assert_str(bh_buf_str(&b), "123456");
  bh_buf_clear(&b);
  assert_false(b.failed);
  assert_true(bh_buf_fmt(&b, "%s", "0123456789"));
  assert_true(bh_buf_put(&b, NULL, 0));
  assert_null(bh_buf_room(&b, 1));
  assert_true(b.failed);
  bh_buf_dispose(&b);

  bh_buf_init(&b, 100000);
  for (int i = 0; i < 1000; i++)
    assert_true(bh_buf_fmt(&b, "%04d", i));
  assert_int_equal(b.len, 4000);
  assert_memory_equal(b.ptr + 3996, "0999", 4);
  char large[1000];
  memset(large, 'z', sizeof large);
  assert_true(bh_buf_fmt(&b, "%.*s", 1000, large));
  assert_int_equal(b.len, 5000);
  char *room = bh_buf_room(&b, 5);
  memcpy(room, "room!", 5);
  b.len += 5;
  assert_memory_equal(b.ptr + 5000, "room!", 5);
  bh_buf_dispose(&b);

  bh_buf_init(&b, 0);
  assert_false(bh_buf_putc(&b, 'x'));
  bh_buf_dispose(&b);
}

static void test_map(void **state)
{
  bh_arena a;
  bh_map m;
  bh_arena_init(&a);
  bh_map_init(&m, &a);
  assert_null(bh_map_get(&m, BH_S("absent")));
  static int values[5000];
  for (int i = 0; i < 5000; i++) {
    char key[16];
    int n = snprintf(key, sizeof key, "k%d", i);
    bh_map_put(&m, (bh_str){key, (size_t)n}, &values[i]);
  }
  assert_int_equal(m.n, 5000);
  for (int i = 0; i < 5000; i++) {
    char key[16];
    int n = snprintf(key, sizeof key, "k%d", i);
    assert_ptr_equal(bh_map_get(&m, (bh_str){key, (size_t)n}), &values[i]);
  }
  bh_map_put(&m, BH_S("k7"), &values[0]);
  assert_ptr_equal(bh_map_get(&m, BH_S("k7")), &values[0]);
  assert_int_equal(m.n, 5000);
  void **slot = bh_map_ref(&m, BH_S(""));
  assert_null(*slot);
  *slot = &values[1];
  assert_ptr_equal(bh_map_get(&m, (bh_str){NULL, 0}), &values[1]);
  assert_null(bh_map_get(&m, BH_S("k5000")));
  bh_arena_dispose(&a);
}

static void test_errors(void **state)
{
  bh_error err;
  assert_int_equal(bh_fail(&err, BH_E_INVALID, "price %d", 7), BH_E_INVALID);
  assert_string_equal(err.message, "price 7");
  assert_int_equal(bh_fail_prefix(&err, "line %d", 3), BH_E_INVALID);
  assert_string_equal(err.message, "line 3: price 7");
  assert_int_equal(bh_fail(&err, BH_E_STORE, "again: %s", err.message), BH_E_STORE);
  assert_string_equal(err.message, "again: line 3: price 7");
  assert_int_equal(bh_fail(NULL, BH_E_LOCKED, "nobody listens"), BH_E_LOCKED);
  /* A long message ends with a whole character. */
  char large[2000];
  for (size_t i = 0; i < sizeof large - 1; i++)
    large[i] = i % 2 ? '\xA4' : '\xC3';
  large[sizeof large - 1] = 0;
  bh_fail(&err, BH_E_INVALID, "x%s", large);
  assert_true(bh_utf8_ok(bh_str_c(err.message)));
  bh_fail(&err, BH_E_INVALID, "%s", large);
  assert_int_equal(strlen(err.message), 998);
  bh_fail_prefix(&err, "p");
  assert_true(bh_utf8_ok(bh_str_c(err.message)));
  bh_fail_prefix(&err, "%s", large);
  assert_true(bh_utf8_ok(bh_str_c(err.message)));
}

static void test_file(void **state)
{
  char path[] = "test_str_XXXXXX";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  char block[1000];
  memset(block, 'f', sizeof block);
  for (int i = 0; i < 200; i++)
    assert_int_equal(write(fd, block, sizeof block), sizeof block);
  close(fd);
  bh_error err;
  bh_buf b;
  bh_buf_init(&b, 1 << 20);
  bh_buf_putc(&b, '>');
  assert_int_equal(bh_file_read(&b, path, &err), BH_OK);
  assert_int_equal(b.len, 200001);
  bh_buf_dispose(&b);
  bh_buf_init(&b, 200000); /* exactly */
  assert_int_equal(bh_file_read(&b, path, &err), BH_OK);
  bh_buf_dispose(&b);
  bh_buf_init(&b, 199999);
  assert_int_equal(bh_file_read(&b, path, &err), BH_E_INVALID);
  assert_true(b.failed);
  bh_buf_dispose(&b);
  unlink(path);
  bh_buf_init(&b, 100);
  assert_int_equal(bh_file_read(&b, path, &err), BH_E_NOTFOUND);
  assert_non_null(strstr(err.message, path));
  assert_int_equal(bh_file_read(&b, ".", &err), BH_E_INVALID);
  assert_int_equal(bh_file_read(&b, "/dev/null", &err), BH_OK);
  assert_int_equal(b.len, 0);
  bh_buf_dispose(&b);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_compare), cmocka_unit_test(test_glob),  cmocka_unit_test(test_utf8),
    cmocka_unit_test(test_nearest), cmocka_unit_test(test_arena), cmocka_unit_test(test_buf),
    cmocka_unit_test(test_map),     cmocka_unit_test(test_errors), cmocka_unit_test(test_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

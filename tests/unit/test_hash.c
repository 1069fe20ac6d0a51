/* SHA-256 and hexadecimal. */
#include "base/hash.h"
#include "test_util.h"
#include <pthread.h>

static void assert_sha(bh_sha sha, const char *hex)
{
  char text[65];
  bh_hex(text, sha.b, 32);
  assert_string_equal(text, hex);
}

/* FIPS 180-4's examples. */
static void test_known(void **state)
{
  assert_sha(bh_sha256_1(BH_S("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_sha(bh_sha256_1((bh_str){NULL, 0}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_sha(bh_sha256(NULL, 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_sha(bh_sha256_1(BH_S("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  assert_sha(bh_sha256_1(BH_S("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  bh_str parts[] = {BH_S("a"), BH_S(""), BH_S("bc")};
  assert_sha(bh_sha256(parts, 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void *hash_often(void *result)
{
  bh_sha sha = {{0}};
  for (int i = 0; i < 2000; i++)
    sha = bh_sha256_1((bh_str){(const char *)sha.b, 32});
  *(bh_sha *)result = sha;
  return NULL;
}

static void test_threads(void **state)
{
  pthread_t threads[4];
  bh_sha results[4], expected;
  for (int i = 0; i < 4; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, hash_often, &results[i]), 0);
  hash_often(&expected);
  for (int i = 0; i < 4; i++) {
    pthread_join(threads[i], NULL);
    assert_memory_equal(&results[i], &expected, sizeof expected);
  }
}

static void test_hex(void **state)
{
  unsigned char b[3];
  assert_true(bh_unhex(b, BH_S("00fFa9"), 3));
  assert_memory_equal(b, "\x00\xFF\xA9", 3);
  assert_false(bh_unhex(b, BH_S("00ff"), 3));
  assert_false(bh_unhex(b, BH_S("00ffa"), 2));
  assert_false(bh_unhex(b, BH_S("00ffag"), 3));
  assert_false(bh_unhex(b, BH_S("0x00ff"), 3));
  assert_true(bh_unhex(b, BH_S(""), 0));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_known), cmocka_unit_test(test_threads), cmocka_unit_test(test_hex),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

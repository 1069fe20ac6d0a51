/* The external sorter: the same order from memory and from the file, stable, and honest about a bad disk. */
#include "base/sort.h"
#include "test_util.h"
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct record {
  char key[24];
  size_t key_len, payload_len, order;
} record;

enum { RECORDS_MAX = 60000 };
static record records[RECORDS_MAX], *sorted[RECORDS_MAX];
static char filler[300000];
static char folder[] = "test_sort_XXXXXX";

static int reference_order(const void *x, const void *y)
{
  const record *a = *(record *const *)x, *b = *(record *const *)y;
  int order = bh_str_cmp((bh_str){a->key, a->key_len}, (bh_str){b->key, b->key_len});
  return order ? order : a->order < b->order ? -1 : 1;
}

static void invent(size_t n, uint64_t seed, size_t payload_max)
{
  for (size_t i = 0; i < n; i++) {
    record *r = &records[i];
    r->order = i;
    r->key_len = (size_t)test_random_below(&seed, 20);
    for (size_t k = 0; k < r->key_len; k++) /* few letters, NUL and 0xFF among them: many equal and nearly equal keys */
      r->key[k] = k < 8 ? "ab\0\xFF"[test_random(&seed) % (k < 6 ? 2 : 4)] : "xy"[test_random(&seed) % 2];
    r->payload_len = sizeof i + (payload_max ? (size_t)test_random_below(&seed, (int64_t)payload_max) : 0);
    sorted[i] = r;
  }
  qsort(sorted, n, sizeof *sorted, reference_order);
}

/* Adds the records, takes them back, and compares with the reference. The payload holds the number of the record. */
static void check(size_t n, size_t memory_bytes)
{
  bh_error err;
  bh_sorter *s;
  bh_str key, payload;
  bool more;
  assert_int_equal(bh_sorter_new(&s, memory_bytes, folder, &err), BH_OK);
  for (size_t i = 0; i < n; i++) {
    memcpy(filler, &i, sizeof i);
    if (bh_sorter_add(s, (bh_str){records[i].key, records[i].key_len}, (bh_str){filler, records[i].payload_len}, &err))
      fail_msg("%s", err.message);
  }
  if (bh_sorter_finish(s, &err))
    fail_msg("%s", err.message);
  for (size_t i = 0; i < n; i++) {
    assert_int_equal(bh_sorter_next(s, &key, &payload, &more, &err), BH_OK);
    assert_true(more);
    size_t number;
    assert_int_equal(payload.len, sorted[i]->payload_len);
    memcpy(&number, payload.ptr, sizeof number);
    assert_int_equal(number, sorted[i]->order);
    assert_true(bh_str_eq(key, (bh_str){sorted[i]->key, sorted[i]->key_len}));
    assert_memory_equal(payload.ptr + sizeof number, filler + sizeof number, payload.len - sizeof number);
  }
  for (int i = 0; i < 2; i++) {
    assert_int_equal(bh_sorter_next(s, &key, &payload, &more, &err), BH_OK);
    assert_false(more);
  }
  bh_sorter_free(s);
}

static void test_memory_and_spill(void **state)
{
  static const struct { size_t n, payload_max, memory_bytes; } cases[] = {
    {0, 0, 1 << 20}, {1, 0, 1 << 20}, {2, 10, 0}, {5000, 0, 64 << 20}, {5000, 0, 0}, {5000, 400, 64 << 20}, {5000, 400, 300000}, {20000, 50, 1 << 20},
    {RECORDS_MAX, 60, 0},     /* some hundred runs and a fan-in of four: merged in several passes */
    {30, 200000, 0},          /* records that are larger than the memory */
    {3000, 3000, 100000},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    invent(cases[i].n, 100 + i, cases[i].payload_max);
    check(cases[i].n, cases[i].memory_bytes);
  }
}

static void test_equal_keys_keep_their_order(void **state)
{
  for (size_t i = 0; i < 30000; i++) {
    records[i] = (record){.key = "same key", .key_len = 8, .payload_len = sizeof i + 20, .order = i};
    sorted[i] = &records[i];
  }
  check(30000, 64 << 20);
  check(30000, 0);
}

static void test_nothing_stays_behind(void **state)
{
  bh_error err;
  bh_sorter *s;
  assert_int_equal(bh_sorter_new(&s, 0, folder, &err), BH_OK);
  for (int i = 0; i < 100; i++)
    assert_int_equal(bh_sorter_add(s, BH_S("k"), (bh_str){filler, 10000}, &err), BH_OK);
  DIR *d = opendir(folder); /* while the file is in use */
  assert_non_null(d);
  int names = 0;
  while (readdir(d))
    names++;
  closedir(d);
  assert_int_equal(names, 2);
  bh_sorter_free(s); /* before its end */
  bh_sorter_free(NULL);
}

static void test_bad_folder(void **state)
{
  bh_error err;
  bh_sorter *s;
  bh_status rc = bh_sorter_new(&s, 0, "/nowhere/at/all", &err);
  for (int i = 0; !rc && i < 100; i++)
    rc = bh_sorter_add(s, BH_S("k"), (bh_str){filler, 10000}, &err);
  assert_int_equal(rc, BH_E_STORE);
  assert_non_null(strstr(err.message, "/nowhere/at/all"));
  bh_sorter_free(s);
}

/* A file that may not grow behaves as a full disk. */
static void test_full_disk(void **state)
{
  struct rlimit before, small;
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  for (rlim_t limit = 100000; limit < 1200000; limit += 250000) { /* while spilling, and while merging in passes */
    bh_error err;
    bh_sorter *s;
    assert_int_equal(bh_sorter_new(&s, 0, folder, &err), BH_OK);
    small = (struct rlimit){limit, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    bh_status rc = BH_OK;
    for (int i = 0; !rc && i < 200; i++)
      rc = bh_sorter_add(s, BH_S("k"), (bh_str){filler, 10000}, &err);
    if (!rc)
      rc = bh_sorter_finish(s, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(rc, BH_E_STORE);
    assert_non_null(strstr(err.message, folder));
    bh_sorter_free(s);
  }
}

static int set_up(void **state)
{
  memset(filler, 'f', sizeof filler);
  return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
  return rmdir(folder); /* fails where something stayed behind */
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_memory_and_spill), cmocka_unit_test(test_equal_keys_keep_their_order),
    cmocka_unit_test(test_nothing_stays_behind), cmocka_unit_test(test_bad_folder), cmocka_unit_test(test_full_disk),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}

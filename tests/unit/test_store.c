/* The store as a file: who may open it, in which state, under which lock; what happens to a foreign, a newer or an older one. */
#include "facts_fixture.h"
#include "store/engine.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void expect(fixture *f, bh_status got, bh_status wanted, const char *words) {
  if (got != wanted || (words && !strstr(f->err.message, words)))
    fail_msg("status %d, \"%s\"; expected %d, \"%s\"", (int)got, f->err.message, (int)wanted, words ? words : "");
}

static void sql(const char *path, const char *text) {
  sqlite3 *db;
  char *why = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK) fail_msg("%s", why);
  sqlite3_close(db);
}

static void settings(void **state) {
  fixture *f = *state;
  struct stat st;
  assert_int_equal(stat(f->path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  const struct { const char *name; int64_t value; } wanted[] = {
    {"PRAGMA application_id", BH_STORE_APPLICATION_ID}, {"PRAGMA user_version", BH_STORE_SCHEMA}, {"PRAGMA page_size", BH_PAGE_BYTES},
    {"PRAGMA synchronous", 2}, {"PRAGMA cache_size", -BH_CACHE_KIB}, {"PRAGMA foreign_keys", 0}, {"PRAGMA wal_autocheckpoint", BH_CHECKPOINT_PAGES},
    {"SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'", 1},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
    int64_t got;
    OK(bh_sql_int(f->store, &got, wanted[i].name, -1, &f->err));
    if (got != wanted[i].value) fail_msg("%s is %lld", wanted[i].name, (long long)got);
  }
  char log[128];
  snprintf(log, sizeof log, "%s-wal", f->path);
  assert_int_equal(stat(log, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  bh_buf problems;
  bh_buf_init(&problems, 10000);
  OK(bh_store_integrity(f->store, &problems, &f->err));
  assert_int_equal(problems.len, 0);
  bh_buf_dispose(&problems);
}

static void nothing_to_read(void **state) {
  fixture *f = *state;
  char path[120];
  bh_store *s;
  snprintf(path, sizeof path, "%s/none.db", f->dir);
  expect(f, bh_store_open(&s, path, BH_STORE_READ, &f->err), BH_E_NOTFOUND, "there is no store yet");
  assert_int_equal(access(path, F_OK), -1);
  close(open(path, O_CREAT | O_WRONLY, 0644)); /* what a process leaves that was killed before it made anything */
  expect(f, bh_store_open(&s, path, BH_STORE_READ, &f->err), BH_E_NOTFOUND, NULL);
  OK(bh_store_open(&s, path, BH_STORE_WRITE, &f->err));
  bh_store_close(s);
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  OK(bh_store_open(&s, path, BH_STORE_READ, &f->err));
  expect(f, bh_store_begin(s, &f->err), BH_E_BUG, "reading only");
  bh_store_close(s);
  snprintf(path, sizeof path, "%s/nowhere/none.db", f->dir);
  expect(f, bh_store_open(&s, path, BH_STORE_WRITE, &f->err), BH_E_STORE, "No such file or directory");
  expect(f, bh_store_open(&s, f->dir, BH_STORE_WRITE, &f->err), BH_E_STORE, "not a regular file");
}

static void made_once(void **state) {
  fixture *f = *state;
  char path[120];
  for (int round = 0; round < 5; round++) {
    snprintf(path, sizeof path, "%s/many%d.db", f->dir, round);
    for (int i = 0; i < 4; i++) {
      if (fork() != 0) continue;
      bh_store *s;
      bh_error err = {0};
      bh_status status = bh_store_open(&s, path, BH_STORE_WRITE, &err);
      if (status != BH_OK) fprintf(stderr, "%s\n", err.message);
      _exit((int)status);
    }
    for (int i = 0; i < 4; i++) {
      int code = -1;
      wait(&code);
      assert_int_equal(code, 0);
    }
  }
  /* What somebody left who was killed while he made one is in nobody's way. */
  char left[130];
  snprintf(path, sizeof path, "%s/killed.db", f->dir);
  snprintf(left, sizeof left, "%s.new", path);
  sql(left, "CREATE TABLE half(x)");
  bh_store *s;
  OK(bh_store_open(&s, path, BH_STORE_WRITE, &f->err));
  bh_store_close(s);
  assert_int_equal(access(left, F_OK), -1);
}

static void foreign_and_broken(void **state) {
  fixture *f = *state;
  char path[120];
  bh_store *s;
  snprintf(path, sizeof path, "%s/other.db", f->dir);
  sql(path, "CREATE TABLE t(x)");
  for (bh_store_mode mode = BH_STORE_READ; mode <= BH_STORE_WRITE; mode++)
    expect(f, bh_store_open(&s, path, mode, &f->err), BH_E_STORE, "a database of another application, not a Billhook store");
  snprintf(path, sizeof path, "%s/text.db", f->dir);
  FILE *text = fopen(path, "w");
  for (int i = 0; i < 200; i++) fputs("client,kind,class,id,name,from,to\n", text);
  fclose(text);
  for (bh_store_mode mode = BH_STORE_READ; mode <= BH_STORE_WRITE; mode++)
    expect(f, bh_store_open(&s, path, mode, &f->err), BH_E_STORE, "not a Billhook store (file is not a database)");
  /* A page in the midst is overwritten. */
  OK(bh_store_begin(f->store, &f->err));
  for (int i = 0; i < 2000; i++) {
    char id[40];
    snprintf(id, sizeof id, "a client with a long name %06d", i);
    bh_client_row row = {0};
    OK(bh_store_client_put(f->store, &row, bh_str_c(id), &f->err));
  }
  OK(bh_store_commit(f->store, &f->err));
  bh_store_close(f->store);
  f->store = NULL;
  struct stat st;
  assert_int_equal(stat(f->path, &st), 0);
  int fd = open(f->path, O_WRONLY);
  char junk[BH_PAGE_BYTES];
  memset(junk, 0x5a, sizeof junk);
  for (off_t at = 2 * BH_PAGE_BYTES; at < st.st_size; at += BH_PAGE_BYTES) assert_int_equal(pwrite(fd, junk, sizeof junk, at), BH_PAGE_BYTES);
  close(fd);
  OK(bh_store_open(&f->store, f->path, BH_STORE_READ, &f->err));
  bh_client_row row;
  expect(f, bh_store_client_get(f->store, &row, BH_S("a client with a long name 000007"), &f->err), BH_E_STORE, "the store is damaged");
  assert_non_null(strstr(f->err.message, f->path));
}

static void newer_is_refused(void **state) {
  fixture *f = *state;
  bh_store_close(f->store);
  f->store = NULL;
  char words[80];
  snprintf(words, sizeof words, "PRAGMA user_version=%d", BH_STORE_SCHEMA + 1);
  sql(f->path, words);
  snprintf(words, sizeof words, "written by a newer Billhook (schema %d, this program knows up to %d)", BH_STORE_SCHEMA + 1, BH_STORE_SCHEMA);
  for (bh_store_mode mode = BH_STORE_READ; mode <= BH_STORE_WRITE; mode++)
    expect(f, bh_store_open(&f->store, f->path, mode, &f->err), BH_E_STORE, words);
}

static void older_is_migrated(void **state) {
  fixture *f = *state;
  enum { AT = BH_STORE_SCHEMA };
  static const bh_migration steps[] = {{AT, "CREATE TABLE added(x INTEGER) STRICT"}, {AT + 1, "ALTER TABLE added ADD COLUMN y INTEGER"}};
  static const bh_migration bad[] = {{AT + 2, "CREATE TABLE more(x INTEGER) STRICT; INSERT INTO nowhere VALUES(1)"}};
  OK(bh_store_begin(f->store, &f->err));
  bh_client_row row = {0};
  OK(bh_store_client_put(f->store, &row, BH_S("acme"), &f->err));
  OK(bh_store_commit(f->store, &f->err));
  OK(bh_schema_migrate(f->store, steps, 2, AT + 2, &f->err));
  int64_t n;
  OK(bh_sql_int(f->store, &n, "PRAGMA user_version", 0, &f->err));
  assert_int_equal(n, AT + 2);
  OK(bh_sql_int(f->store, &n, "SELECT count(y) FROM added", -1, &f->err));
  assert_int_equal(n, 0);
  char path[160];
  struct stat st;
  snprintf(path, sizeof path, "%s.schema-%d.bak", f->path, AT);
  assert_int_equal(stat(path, &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  bh_store *old;
  OK(bh_store_open(&old, path, BH_STORE_READ, &f->err));
  OK(bh_store_client_get(old, &row, BH_S("acme"), &f->err));
  assert_true(row.exists);
  bh_store_close(old);
  assert_int_not_equal(bh_schema_migrate(f->store, bad, 1, AT + 3, &f->err), BH_OK); /* all of a step, or nothing */
  OK(bh_sql_int(f->store, &n, "PRAGMA user_version", 0, &f->err));
  assert_int_equal(n, AT + 2);
  OK(bh_sql_int(f->store, &n, "SELECT count(*) FROM sqlite_schema WHERE name='more'", -1, &f->err));
  assert_int_equal(n, 0);
  expect(f, bh_schema_migrate(f->store, steps, 2, AT + 4, &f->err), BH_E_STORE, "cannot be brought forward");
  OK(bh_schema_migrate(f->store, steps, 2, AT + 2, &f->err)); /* nothing to do, and no backup */
  snprintf(path, sizeof path, "%s.schema-%d.2.bak", f->path, AT + 2);
  assert_int_equal(access(path, F_OK), -1);
}

/* A second process: 0 it got the lock, else the code. */
static int lock_elsewhere(fixture *f, int wait_s, const char *holder) {
  pid_t pid = fork();
  if (pid == 0) {
    bh_store *s;
    bh_error err = {0};
    bh_status status = bh_store_open(&s, f->path, BH_STORE_WRITE, &err);
    if (status == BH_OK) status = bh_store_lock(s, wait_s, NULL, &err);
    if (status == BH_E_LOCKED && !strstr(err.message, holder)) status = 99;
    _exit((int)status);
  }
  int code;
  waitpid(pid, &code, 0);
  assert_true(WIFEXITED(code));
  return WEXITSTATUS(code);
}

static void lock(void **state) {
  fixture *f = *state;
  char holder[40];
  snprintf(holder, sizeof holder, "(process %ld)", (long)getpid());
  assert_int_equal(lock_elsewhere(f, 0, holder), BH_OK);
  OK(bh_store_lock(f->store, 0, NULL, &f->err));
  OK(bh_store_lock(f->store, 0, NULL, &f->err)); /* it is ours already */
  assert_int_equal(lock_elsewhere(f, 0, holder), BH_E_LOCKED);
  int64_t start = bh_monotonic_ms();
  assert_int_equal(lock_elsewhere(f, 1, holder), BH_E_LOCKED);
  assert_true(bh_monotonic_ms() - start >= 900);
  bh_store *reader; /* readers never block */
  OK(bh_store_open(&reader, f->path, BH_STORE_READ, &f->err));
  bh_store_close(reader);
  bh_store_close(f->store);
  OK(bh_store_open(&f->store, f->path, BH_STORE_WRITE, &f->err));
  assert_int_equal(lock_elsewhere(f, 0, holder), BH_OK);
  /* Its holder dies without a word. */
  int ready[2];
  assert_int_equal(pipe(ready), 0);
  pid_t pid = fork();
  if (pid == 0) {
    bh_store *s;
    bh_error err = {0};
    char ok = bh_store_open(&s, f->path, BH_STORE_WRITE, &err) == BH_OK && bh_store_lock(s, 0, NULL, &err) == BH_OK && bh_store_begin(s, &err) == BH_OK;
    bh_client_row row = {0};
    if (ok) ok = bh_store_client_put(s, &row, BH_S("ghost"), &err) == BH_OK;
    if (write(ready[1], &ok, 1) != 1) _exit(1);
    for (;;) pause();
  }
  char ok = 0;
  assert_int_equal(read(ready[0], &ok, 1), 1);
  assert_true(ok);
  expect(f, bh_store_lock(f->store, 0, NULL, &f->err), BH_E_LOCKED, NULL);
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  close(ready[0]);
  close(ready[1]);
  OK(bh_store_lock(f->store, 0, NULL, &f->err));
  bh_client_row row;
  OK(bh_store_client_get(f->store, &row, BH_S("ghost"), &f->err));
  assert_false(row.exists);
}

/* As a user who may write nothing there. */
static int as_nobody(fixture *f, const char *path, bh_store_mode mode, const char *words) {
  pid_t pid = fork();
  if (pid == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(90);
    bh_store *s;
    bh_error err = {0};
    bh_status status = bh_store_open(&s, path, mode, &err);
    bh_client_row row;
    if (status == BH_OK) status = bh_store_client_get(s, &row, BH_S("acme"), &err);
    if (status == BH_OK && !row.exists) status = 91;
    if (status != BH_OK && (!words || !strstr(err.message, words))) {
      fprintf(stderr, "%s\n", err.message);
      status = 92;
    }
    _exit((int)status);
  }
  int code;
  waitpid(pid, &code, 0);
  assert_true(WIFEXITED(code));
  return WEXITSTATUS(code);
}

static void read_only_folder(void **state) {
  fixture *f = *state;
  OK(bh_store_begin(f->store, &f->err));
  bh_client_row row = {0};
  OK(bh_store_client_put(f->store, &row, BH_S("acme"), &f->err));
  OK(bh_store_commit(f->store, &f->err));
  bh_store_close(f->store);
  f->store = NULL;
  char path[120];
  snprintf(path, sizeof path, "%s/new.db", f->dir);
  assert_int_equal(chmod(f->path, 0444), 0);
  assert_int_equal(chmod(f->dir, 0555), 0);
  assert_int_equal(as_nobody(f, path, BH_STORE_WRITE, "cannot be created: Permission denied"), BH_E_STORE);
  assert_int_equal(as_nobody(f, f->path, BH_STORE_READ, NULL), BH_OK); /* nobody writes there: read as it stands */
  assert_int_equal(as_nobody(f, f->path, BH_STORE_WRITE, f->path), BH_E_STORE);
  assert_int_equal(chmod(f->dir, 0755), 0);
}

static void disk_full(void **state) {
  fixture *f = *state;
  OK(bh_sql_exec(f->store, "PRAGMA max_page_count=60", &f->err));
  OK(bh_store_begin(f->store, &f->err));
  static char text[30000];
  memset(text, 'x', sizeof text);
  bh_status status = BH_OK;
  for (int i = 0; i < 100 && status == BH_OK; i++) {
    bh_sha hash = {{0}};
    hash.b[0] = (uint8_t)i;
    hash.b[1] = 1;
    int32_t num;
    status = bh_store_content_put(f->store, &num, &hash, BH_S("book"), (bh_str){text, sizeof text}, &f->err);
  }
  expect(f, status, BH_E_STORE, "disk full (database or disk is full)");
  assert_non_null(strstr(f->err.message, f->path));
  bh_store_rollback(f->store);
  OK(bh_sql_exec(f->store, "PRAGMA max_page_count=1000000", &f->err));
  OK(bh_store_begin(f->store, &f->err)); /* and on it goes */
  bh_sha hash = {{7}};
  int32_t num;
  OK(bh_store_content_put(f->store, &num, &hash, BH_S("book"), BH_S("{}"), &f->err));
  assert_int_equal(num, 1);
  OK(bh_store_commit(f->store, &f->err));
}

static void transactions(void **state) {
  fixture *f = *state;
  bh_client_row row = {0};
  expect(f, bh_store_client_put(f->store, &row, BH_S("acme"), &f->err), BH_E_BUG, "outside of a write transaction");
  expect(f, bh_store_commit(f->store, &f->err), BH_E_BUG, NULL);
  OK(bh_store_begin(f->store, &f->err));
  expect(f, bh_store_begin(f->store, &f->err), BH_E_BUG, "within a transaction");
  OK(bh_store_client_put(f->store, &row, BH_S("acme"), &f->err));
  bh_store *reader;
  OK(bh_store_open(&reader, f->path, BH_STORE_READ, &f->err));
  OK(bh_store_begin_read(reader, &f->err));
  OK(bh_store_commit(f->store, &f->err));
  OK(bh_store_client_get(reader, &row, BH_S("acme"), &f->err)); /* one snapshot for many reads */
  assert_false(row.exists);
  assert_int_equal(row.num, 0);
  assert_int_equal(row.next_due, BH_DAY_MIN);
  OK(bh_store_commit(reader, &f->err));
  OK(bh_store_client_get(reader, &row, BH_S("acme"), &f->err));
  assert_true(row.exists);
  bh_store_close(reader);
  /* Names that were given in what was rolled back are given anew. */
  OK(bh_store_begin(f->store, &f->err));
  bh_posting p[2] = {{.doc = 1, .n = 0, .account = BH_S("receivable"), .amount = 5}, {.doc = 1, .n = 1, .account = BH_S("revenue:x"), .amount = -5}};
  OK(bh_store_post(f->store, p, 2, &f->err));
  int32_t word;
  OK(bh_store_word_make(f->store, &word, BH_S("device"), &f->err));
  bh_store_rollback(f->store);
  OK(bh_store_word_find(f->store, &word, BH_S("device"), &f->err));
  assert_int_equal(word, 0);
  OK(bh_store_begin(f->store, &f->err));
  p[0].account = BH_S("tax:x");
  OK(bh_store_post(f->store, p, 2, &f->err));
  OK(bh_store_commit(f->store, &f->err));
  int64_t n;
  OK(bh_sql_int(f->store, &n, "SELECT count(*) FROM account WHERE name IN ('tax:x','revenue:x')", 0, &f->err));
  assert_int_equal(n, 2);
}

static void backup(void **state) {
  fixture *f = *state;
  OK(bh_store_begin(f->store, &f->err));
  bh_client_row row = {0};
  OK(bh_store_client_put(f->store, &row, BH_S("acme"), &f->err));
  OK(bh_store_commit(f->store, &f->err));
  char path[160];
  snprintf(path, sizeof path, "%s/it's a copy.db", f->dir);
  OK(bh_store_backup(f->store, path, &f->err));
  expect(f, bh_store_backup(f->store, path, &f->err), BH_E_STORE, "there is a file of that name already");
  bh_store *s;
  OK(bh_store_open(&s, path, BH_STORE_WRITE, &f->err));
  OK(bh_store_client_get(s, &row, BH_S("acme"), &f->err));
  assert_true(row.exists);
  bh_store_close(s);
}

int main(void) {
#define T(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
  const struct CMUnitTest tests[] = {
    T(settings), T(nothing_to_read), T(made_once), T(foreign_and_broken), T(newer_is_refused), T(older_is_migrated), T(lock), T(read_only_folder), T(disk_full),
    T(transactions), T(backup),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

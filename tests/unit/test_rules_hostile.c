/* Every script of rules_hostile/ is run as a rule. Its first line says what must come of it:
 *   -- ok              it runs, and holds nothing
 *   -- fails: TEXT     it is held as rule-failed, with TEXT in the message
 *   -- hangs           no hook can stop it: it is run in a process of its own, which is killed, as the host does with its worker
 * After each, a plain rule runs in the same state and finds the world as it was. */
#include "rules_test.h"
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SCRIPTS_MAX = 1000, SCRIPTS_MIN = 60, HANG_MS = 200, SLOW_MS = 1000 };

static char *names[SCRIPTS_MAX];
static size_t name_count;

static int by_name(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_scripts(void)
{
  DIR *dir = opendir(RULES_HOSTILE_DIR);
  assert_non_null(dir);
  for (struct dirent *e; (e = readdir(dir));) {
    size_t n = strlen(e->d_name);
    if (n > 4 && strcmp(e->d_name + n - 4, ".lua") == 0 && name_count < SCRIPTS_MAX)
      names[name_count++] = strdup(e->d_name);
  }
  closedir(dir);
  qsort(names, name_count, sizeof *names, by_name);
}

/* The script in the bundle of a rule "hostile"; returns its first line without "-- ". */
static bh_str load(rig *r, const char *name)
{
  bh_buf text;
  bh_buf_init(&text, 4 << 20);
  char path[1000];
  snprintf(path, sizeof path, "%s/%s", RULES_HOSTILE_DIR, name);
  assert_int_equal(bh_file_read(&text, path, &r->err), BH_OK);
  bh_str all = bh_arena_str(&r->arena, bh_buf_str(&text));
  bh_buf_dispose(&text);
  const char *end = memchr(all.ptr, '\n', all.len);
  assert_non_null(end);
  bh_str first = bh_arena_str(&r->arena, (bh_str){all.ptr + 3, (size_t)(end - all.ptr) - 3});
  /* the first line stays, so that numbers are the file's; but what is no text must be the file's beginning */
  const char *source = end[1] == '\x1b' ? end + 1 : all.ptr;
  rig_rule_modules(r, bh_arena_fmt(&r->arena, "rules_hostile/%s", name).ptr, "hostile", source, NULL);
  return first;
}

/* Libraries, globals and decimals are what they were. */
static void check_world(rig *r, const char *name)
{
  rig_rule(r, "local n = 0\nfor k in pairs(string) do n = n + 1 end\nassert(n == 13 and ('x'):upper() == 'X' and x == nil and evil == nil)\n"
              "assert(dec '0.1' + dec '0.2' == dec '0.3' and math.max(1, 2) == 2 and #table.concat({ 1, 2 }) == 2)\nbill:memo(tostring(bill:quantity 'server'))");
  rig_run(r);
  if (r->rated.hold_reason.len || !bh_str_eqz(r->rated.memos[0], "3"))
    fail_msg("after %s: %.*s", name, BH_STR_ARG(r->rated.hold_message));
}

static void judge(rig *r, const char *name, bh_str expected)
{
  if (bh_str_eqz(expected, "ok")) {
    if (r->rated.hold_reason.len)
      fail_msg("%s: %.*s", name, BH_STR_ARG(r->rated.hold_message));
    return;
  }
  bh_str part = {expected.ptr + strlen("fails: "), expected.len - strlen("fails: ")};
  bh_str message = r->rated.hold_message;
  if (!bh_str_eqz(r->rated.hold_reason, "rule-failed"))
    fail_msg("%s: not held", name);
  if (part.len && !memmem(message.ptr, message.len, part.ptr, part.len))
    fail_msg("%s: \"%.*s\" does not hold \"%.*s\"", name, BH_STR_ARG(message), BH_STR_ARG(part));
  if (!bh_utf8_ok(message))
    fail_msg("%s: the message is not UTF-8", name);
  assert_int_equal(r->rated.line_count, 4); /* the lines stay */
  assert_int_equal(r->rated.lines[0].amount, 231000);
}

static void stopped_by_budget(void **state)
{
  rig r;
  rig_init(&r);
  size_t run = 0;
  for (size_t i = 0; i < name_count; i++) {
    bh_str expected = load(&r, names[i]);
    if (bh_str_eqz(expected, "hangs"))
      continue;
    if (!bh_str_eqz(expected, "ok") && !bh_str_starts(expected, BH_S("fails: ")))
      fail_msg("%s: its first line says nothing", names[i]);
    int64_t before = bh_monotonic_ms();
    rig_run(&r);
    if (bh_monotonic_ms() - before > SLOW_MS)
      print_message("%s: %lld ms\n", names[i], (long long)(bh_monotonic_ms() - before));
    judge(&r, names[i], expected);
    check_world(&r, names[i]);
    run++;
  }
  rig_dispose(&r);
  assert_true(run >= SCRIPTS_MIN);
}

/* The verdict is the same in a state of its own: what ran before makes no difference. */
static void same_verdict_alone(void **state)
{
  const bh_rule_limits limits = {.memory_bytes_max = 8 * 1024 * 1024, .instructions_max = 1000000};
  static rig shared, alone;
  rig_init_limits(&shared, &limits);
  for (size_t i = 0; i < name_count; i++) {
    if (bh_str_eqz(load(&shared, names[i]), "hangs") || bh_str_starts(bh_str_c(names[i]), BH_S("loop_")))
      continue; /* loops: seconds, and settled by the count */
    rig_run(&shared);
    rig_init_limits(&alone, &limits);
    load(&alone, names[i]);
    rig_run(&alone);
    if (!bh_str_eq(shared.rated.hold_message, alone.rated.hold_message))
      fail_msg("%s: \"%.*s\" with others before it, \"%.*s\" alone", names[i], BH_STR_ARG(shared.rated.hold_message), BH_STR_ARG(alone.rated.hold_message));
    rig_dispose(&alone);
  }
  rig_dispose(&shared);
}

/* True where the process is still at it when the time is over. */
static bool hangs(const char *name)
{
  int done[2];
  assert_int_equal(pipe(done), 0);
  pid_t pid = fork();
  if (pid == 0) {
    rig r;
    rig_init(&r);
    load(&r, name);
    rig_run(&r);
    _exit(1);
  }
  close(done[1]); /* the child holds the other end until it is gone */
  fd_set set;
  FD_ZERO(&set);
  FD_SET(done[0], &set);
  struct timeval limit = {HANG_MS / 1000, HANG_MS % 1000 * 1000};
  bool still = select(done[0] + 1, &set, NULL, NULL, &limit) == 0;
  kill(pid, SIGKILL);
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  close(done[0]);
  return still && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static void stopped_by_the_clock(void **state)
{
  rig r;
  size_t run = 0;
  rig_init(&r);
  for (size_t i = 0; i < name_count; i++) {
    if (!bh_str_eqz(load(&r, names[i]), "hangs"))
      continue;
    if (!hangs(names[i]))
      fail_msg("%s: it ended by itself: it belongs to the others", names[i]);
    run++;
  }
  rig_dispose(&r);
  assert_true(run >= 3);
}

int main(void)
{
  list_scripts();
  const struct CMUnitTest tests[] = {cmocka_unit_test(stopped_by_budget), cmocka_unit_test(same_verdict_alone), cmocka_unit_test(stopped_by_the_clock)};
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  for (size_t i = 0; i < name_count; i++)
    free(names[i]);
  return failed;
}

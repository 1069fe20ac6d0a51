/* The tests over a recorded session: as it is, twice, many times, with long ids, with files that are something else. */
#include "plugin/check/inside.h"
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

enum { PULLS = 60, RATINGS = 1000, RATINGS_BYTES_MAX = 4096, PULLS_WARM_UP = 10, GROWTH_BYTES_MAX = 16384 };

/* A run of the session as it was recorded, which must come to BH_OK. */
static bh_status good_run(bh_check *k, bh_check_run_result *r)
{
  bh_check_doing(k, "the recorded session");
  bh_status rc = bh_check_connect(k, r);
  if (rc)
    return rc;
  if (r->missed[0])
    return bh_fail(&k->err, BH_E_INVALID, "it asks for what the recorded session does not have: %s", r->missed);
  if (r->status)
    return bh_fail(&k->err, BH_E_INVALID, "%s() failed (%s) in the recorded session: %.600s", r->call, bh_status_word(r->status), r->reason);
  return BH_OK;
}

bh_status bh_check_good_session(bh_check *k)
{
  bh_check_run_result r;
  bh_check_run_init(&r);
  r.calls = BH_CHECK_ALL_CALLS;
  bh_check_fields_begin();
  bh_status rc = good_run(k, &r);
  if (rc == BH_OK)
    bh_check_fields_judge(k);
  bh_check_fields_end();
  if (rc == BH_OK && r.facts.count == 0)
    rc = bh_fail(&k->err, BH_E_INVALID, "pull() brings nothing from the recorded session: a session without facts tests nothing");
  for (size_t i = 0; rc == BH_OK && i < r.clients.count; i++)
    if (!bh_str_starts(r.clients.items[i].json, BH_S("{\"fact\":\"client\"")) && !bh_str_starts(r.clients.items[i].json, BH_S("{\"fact\":\"product\"")))
      rc = bh_fail(&k->err, BH_E_INVALID, "clients() emits more than clients: %.300s", r.clients.items[i].json.ptr);
  if (rc == BH_OK && r.facts.failed_count)
    rc = bh_fail(&k->err, BH_E_INVALID, "the client \"%.*s\" failed in the recorded session: record one in which all can be read",
                 BH_STR_ARG(r.facts.failed[0]));
  if (rc == BH_OK) {
    bh_check_brought(k, &r.facts);
    size_t len = strlen(k->words);
    snprintf(k->words + len, sizeof k->words - len, " from %zu answers", k->replay.count);
  }
  bh_check_run_dispose(&r);
  return rc;
}

bh_status bh_check_twice(bh_check *k)
{
  bh_check_run_result first, second;
  char why[600];
  bh_check_run_init(&first);
  bh_check_run_init(&second);
  first.calls = BH_CHECK_PULL | BH_CHECK_PULL_AGAIN;
  second.calls = BH_CHECK_PULL;
  bh_status rc = good_run(k, &first);
  if (rc == BH_OK)
    rc = good_run(k, &second);
  if (rc == BH_OK && (!bh_check_facts_judge(why, &first.facts, &first.again) || !bh_check_facts_judge(why, &first.again, &first.facts)))
    rc = bh_fail(&k->err, BH_E_INVALID, "one instance pulls twice, and the second pull differs: %s", why);
  if (rc == BH_OK && (!bh_check_facts_judge(why, &first.facts, &second.facts) || !bh_check_facts_judge(why, &second.facts, &first.facts)))
    rc = bh_fail(&k->err, BH_E_INVALID, "two instances pull, and the second one's facts differ: %s", why);
  bh_check_run_dispose(&first);
  bh_check_run_dispose(&second);
  return rc;
}

static bh_status model_growth(bh_check *k)
{
  bh_check_size before = {0};
  bh_status rc = BH_OK;
  bh_check_rated r = {0};
  bh_buf_init(&r.json, (size_t)16 << 20);
  bh_check_doing(k, "rating %d times", RATINGS);
  for (int i = 0; rc == BH_OK && i < PULLS_WARM_UP + RATINGS; i++) {
    bh_check_instance *instance;
    char reason[800];
    if (i == PULLS_WARM_UP)
      before = bh_check_measure();
    if ((rc = bh_check_instance_new(&instance, k, reason)))
      return bh_fail(&k->err, rc, "create() failed: %s", reason);
    bh_buf_clear(&r.json);
    rc = bh_check_rate_case(&r, k, instance, k->cases[(size_t)i % k->case_count].json, NULL, NULL, NULL);
    bh_check_instance_free(instance);
  }
  bh_check_size after = bh_check_measure();
  bh_buf_dispose(&r.json);
  if (rc == BH_OK && after.heap_bytes > before.heap_bytes + RATINGS_BYTES_MAX)
    rc = bh_fail(&k->err, BH_E_INVALID, "%d ratings leave %zu bytes of memory behind", RATINGS, after.heap_bytes - before.heap_bytes);
  return rc;
}

static bh_status good_runs(bh_check *k, int n)
{
  bh_status rc = BH_OK;
  for (int i = 0; rc == BH_OK && i < n; i++) {
    bh_check_run_result r;
    bh_check_run_init(&r);
    r.calls = BH_CHECK_ALL_CALLS;
    rc = good_run(k, &r);
    bh_check_run_dispose(&r);
  }
  return rc;
}

bh_status bh_check_growth(bh_check *k)
{
  if (k->model)
    return model_growth(k);
  bh_check_size before = {0}, after = {0};
  bh_status rc = good_runs(k, PULLS_WARM_UP);
  /* malloc keeps back what was freed, up to an end: that fills in the first round. What leaks goes on leaking in the second one. */
  for (int round = 0; rc == BH_OK && round < 2; round++) {
    before = bh_check_measure();
    rc = good_runs(k, PULLS);
    after = bh_check_measure();
    if (after.heap_bytes <= before.heap_bytes + GROWTH_BYTES_MAX)
      break;
  }
  if (rc)
    return rc;
  if (after.heap_bytes > before.heap_bytes + GROWTH_BYTES_MAX)
    rc = bh_fail(&k->err, BH_E_INVALID, "%d pulls leave %zu bytes of memory behind", PULLS, after.heap_bytes - before.heap_bytes);
  if (rc == BH_OK && after.descriptors > before.descriptors)
    rc = bh_fail(&k->err, BH_E_INVALID, "%d pulls leave %d descriptors open", PULLS, after.descriptors - before.descriptors);
  if (rc == BH_OK && after.threads > before.threads)
    rc = bh_fail(&k->err, BH_E_INVALID, "%d pulls leave %d threads behind", PULLS, after.threads - before.threads);
  return rc;
}

/* ---- ids of 19 digits ---- */

/* The facts with their ids as they were, in their order again. */
static void shorten(bh_check_facts *f)
{
  for (size_t i = 0; i < f->count; i++) {
    f->items[i].json = bh_check_short_ids(&f->arena, f->items[i].json);
    f->items[i].json = bh_arena_str(&f->arena, f->items[i].json);
    f->items[i].client = bh_check_short_ids(&f->arena, f->items[i].client);
  }
  for (size_t i = 0; i < f->complete_count; i++)
    f->complete[i].client = bh_check_short_ids(&f->arena, f->complete[i].client);
  bh_check_facts_done(f);
}

static bool any_ids(bh_check *k, const bh_check_mutation *m)
{
  for (size_t i = 0; i < k->replay.count; i++)
    bh_check_plain_numbers(m->plain, k->replay.items[i].body);
  for (size_t i = 0; i < k->replay.count; i++)
    if (!bh_str_eq(bh_check_mutate(&k->arena, m, &k->replay.items[i]), k->replay.items[i].body))
      return true;
  return false;
}

bh_status bh_check_long_ids(bh_check *k)
{
  bh_map plain;
  const bh_check_mutation long_ids = {.how = BH_CHECK_LONG_IDS, .plain = &plain};
  bh_check_run_result good, r;
  char why[600];
  bh_map_init(&plain, &k->arena);
  if (!any_ids(k, &long_ids))
    return bh_check_skip(k, "the recorded session has no ids that are numbers of 1 to 17 digits, in members called id, ids or something that ends so");
  bh_check_run_init(&good);
  bh_check_run_init(&r);
  good.calls = r.calls = BH_CHECK_PULL;
  r.mutation = &long_ids;
  bh_status rc = good_run(k, &good);
  bh_check_doing(k, "a pull with ids of 19 digits");
  if (rc == BH_OK)
    rc = bh_check_connect(k, &r);
  shorten(&r.facts);
  if (rc == BH_OK && r.missed[0])
    rc = bh_fail(&k->err, BH_E_INVALID, "with ids of 19 digits it asks for another address: %s", r.missed);
  else if (rc == BH_OK && r.status) /* it refuses them: nothing is mistaken for something else */
    rc = r.reason[0] ? bh_check_say(k, "refused: %.300s", r.reason) : bh_check_said_why(k, &r, "with ids of 19 digits");
  else if (rc == BH_OK && !bh_check_facts_judge(why, &good.facts, &r.facts))
    rc = bh_fail(&k->err, BH_E_INVALID, "ids of 19 digits come back changed: %s", why);
  bh_check_run_dispose(&good);
  bh_check_run_dispose(&r);
  return rc;
}

/* ---- files ---- */

static bh_status put_file(bh_check *k, bh_str name, bh_str text)
{
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%.*s/%.*s", BH_STR_ARG(k->init.folder), BH_STR_ARG(name));
  int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
  bool ok = fd >= 0 && write(fd, text.ptr, text.len) == (ssize_t)text.len;
  if (fd >= 0)
    close(fd);
  return ok ? BH_OK : bh_fail(&k->err, BH_E_STORE, "cannot write %s: %m", path);
}

static bh_status with_file(bh_check *k, const bh_check_run_result *good, const bh_check_file *f, bh_str text, const char *what)
{
  bh_check_run_result r;
  char why[600], when[300];
  bh_check_run_init(&r);
  r.calls = BH_CHECK_PULL;
  snprintf(when, sizeof when, "with %.*s %s", (int)(f->name.len < 150 ? f->name.len : 150), f->name.ptr, what);
  bh_check_doing(k, "a pull %s", when);
  bh_status rc = put_file(k, f->name, text);
  if (rc == BH_OK)
    rc = bh_check_connect(k, &r);
  if (rc == BH_OK)
    rc = bh_check_said_why(k, &r, when);
  if (rc == BH_OK && r.status == BH_OK && !bh_check_facts_judge_files(why, &good->facts, &r.facts))
    rc = bh_fail(&k->err, BH_E_INVALID, "%s, pull() came to BH_OK, and %s", when, why);
  bh_check_run_dispose(&r);
  return rc ? rc : put_file(k, f->name, f->text);
}

/* A whole line less is a shorter list, and nothing shows it: a file is cut in the middle of a line. */
static size_t inside_a_line(bh_str text)
{
  size_t end = text.len, from;
  while (end > 0 && text.ptr[end - 1] == '\n')
    end--;
  for (from = end; from > 0 && text.ptr[from - 1] != '\n';)
    from--;
  return from + (end - from) / 2;
}

bh_status bh_check_files(bh_check *k)
{
  static const char html[] = "<!DOCTYPE html>\n<html><body>Please sign in.</body></html>\n";
  bh_check_run_result good;
  bh_arena a;
  if (k->replay.file_count == 0)
    return bh_check_skip(k, "the recorded session has no files");
  bh_check_run_init(&good);
  bh_arena_init(&a);
  good.calls = BH_CHECK_PULL;
  bh_status rc = good_run(k, &good);
  for (size_t i = 0; rc == BH_OK && i < k->replay.file_count; i++) {
    const bh_check_file *f = &k->replay.files[i];
    size_t half = inside_a_line(f->text);
    bh_str bad = bh_arena_fmt(&a, "%.*s\xff\xfe%.*s", (int)half, f->text.ptr, (int)(f->text.len - half), f->text.ptr + half);
    if ((rc = with_file(k, &good, f, BH_S(""), "empty")) || (rc = with_file(k, &good, f, bh_str_c(html), "turned to HTML")) ||
        (rc = with_file(k, &good, f, bad, "with bytes that are not UTF-8")))
      break;
    rc = with_file(k, &good, f, (bh_str){f->text.ptr, half}, "cut in the middle of a line");
  }
  bh_arena_dispose(&a);
  bh_check_run_dispose(&good);
  return rc ? rc : bh_check_say(k, "%zu files", k->replay.file_count);
}

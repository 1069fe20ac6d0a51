/* What the tests of the plugin host share: a folder that vanishes, a sink that writes down what it gets, one pull. */
#ifndef BH_PLUGIN_TEST_H
#define BH_PLUGIN_TEST_H
#include "base/dec.h"
#include "plugin/pull.h"
#include "test_util.h"
#include <ftw.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char test_dir[64];

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
  return remove(path);
}

static inline int test_dir_make(void **state)
{
  snprintf(test_dir, sizeof test_dir, "/tmp/billhook-test-XXXXXX");
  return mkdtemp(test_dir) ? 0 : -1;
}

static inline int test_dir_remove(void **state)
{
  return nftw(test_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline const char *test_path(const char *name)
{
  static char path[300];
  snprintf(path, sizeof path, "%s/%.200s", test_dir, name);
  return path;
}

static inline void test_write(const char *name, const char *bytes, size_t len)
{
  FILE *f = fopen(test_path(name), "w");
  assert_non_null(f);
  assert_int_equal(fwrite(bytes, 1, len, f), len);
  assert_int_equal(fclose(f), 0);
}

static inline void test_copy(const char *from, const char *name)
{
  bh_buf b;
  bh_buf_init(&b, 64 << 20);
  assert_int_equal(bh_file_read(&b, from, NULL), BH_OK);
  test_write(name, b.ptr, b.len);
  bh_buf_dispose(&b);
}

/* ---- a sink that writes a line for each thing ---- */

typedef struct test_sink { bh_buf text; size_t count; const char *refuse; } test_sink;

static inline bh_status sink_add(test_sink *s, bh_error *err)
{
  s->count++;
  return s->refuse ? bh_fail(err, BH_E_INVALID, "%s", s->refuse) : BH_OK;
}

static inline const char *sink_day(bh_day d)
{
  static char text[4][12];
  static int turn;
  turn = (turn + 1) % 4;
  if (d == BH_DAY_MIN || d == BH_DAY_MAX)
    return d == BH_DAY_MIN ? "min" : "max";
  bh_day_format(text[turn], d);
  return text[turn];
}

static inline const char *sink_dec(bh_dec d)
{
  static char text[4][32];
  static int turn;
  turn = (turn + 1) % 4;
  bh_dec_format(text[turn], d);
  return text[turn];
}

static bh_status sink_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err)
{
  test_sink *s = ctx;
  bh_buf_fmt(&s->text, "client %.*s\n", BH_STR_ARG(id));
  return sink_add(s, err);
}

static bh_status sink_asset(void *ctx, const bh_pull_asset *x, bh_error *err)
{
  test_sink *s = ctx;
  bh_buf_fmt(&s->text, "asset %d %.*s %.*s %.*s %.*s \"%.*s\" %s %s %.*s\n", x->mode, BH_STR_ARG(x->client), BH_STR_ARG(x->kind),
             BH_STR_ARG(x->klass), BH_STR_ARG(x->id), BH_STR_ARG(x->name), sink_day(x->from), sink_day(x->to), BH_STR_ARG(x->attrs));
  return sink_add(s, err);
}

static bh_status sink_gauge(void *ctx, const bh_pull_gauge *x, bh_error *err)
{
  test_sink *s = ctx;
  bh_buf_fmt(&s->text, "gauge %.*s %.*s %s %s\n", BH_STR_ARG(x->client), BH_STR_ARG(x->metric), sink_day(x->day), sink_dec(x->value));
  return sink_add(s, err);
}

static bh_status sink_usage(void *ctx, const bh_pull_usage *x, bh_error *err)
{
  test_sink *s = ctx;
  bh_buf_fmt(&s->text, "usage %.*s %.*s %.*s %s %s \"%.*s\" %.*s\n", BH_STR_ARG(x->client), BH_STR_ARG(x->metric), BH_STR_ARG(x->id),
             sink_day(x->day), sink_dec(x->quantity), BH_STR_ARG(x->description), BH_STR_ARG(x->attrs));
  return sink_add(s, err);
}

static bh_status sink_charge(void *ctx, const bh_pull_charge *x, bh_error *err)
{
  test_sink *s = ctx;
  bh_buf_fmt(&s->text, "charge %.*s %.*s %.*s \"%.*s\" %s %s %s %s %.*s %.*s\n", BH_STR_ARG(x->client), BH_STR_ARG(x->id),
             BH_STR_ARG(x->product), BH_STR_ARG(x->description), sink_day(x->day), sink_dec(x->quantity),
             x->has_price ? sink_dec(x->price) : "-", x->has_cost ? sink_dec(x->cost) : "-", BH_STR_ARG(x->po), BH_STR_ARG(x->contract));
  return sink_add(s, err);
}

static bh_status sink_scope(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err)
{
  test_sink *s = ctx;
  bh_buf_fmt(&s->text, "scope %.*s %.*s %s\n", BH_STR_ARG(kind), BH_STR_ARG(client), complete ? "complete" : "partial");
  return sink_add(s, err);
}

static bh_status sink_client_failed(void *ctx, bh_str client, bh_str why, bh_error *err)
{
  test_sink *s = ctx;
  bh_buf_fmt(&s->text, "failed %.*s: %.*s\n", BH_STR_ARG(client), BH_STR_ARG(why));
  return sink_add(s, err);
}

static const bh_pull_sink test_pull_sink = {.client = sink_client, .asset = sink_asset, .gauge = sink_gauge, .usage = sink_usage,
  .charge = sink_charge, .scope = sink_scope, .client_failed = sink_client_failed};

static inline void test_sink_init(test_sink *s)
{
  *s = (test_sink){0};
  bh_buf_init(&s->text, 64 << 20);
}
#endif

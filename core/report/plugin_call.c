/* `plugin call`: one call of a plugin by hand, and what it emits. */
#include "plugin/check/check.h"
#include "plugin/fact_lines.h"
#include "plugin/manifest.h"
#include "report/plugin_vendor.h"
#include "report/report.h"
#include <stdlib.h>
#include <unistd.h>

enum { ANSWER_BYTES_MAX = 64 << 20 };

typedef struct printer { const billhook_out *out; billhook *b; } printer;

static void print_line(void *ctx, const bh_fact_line *l) {
  printer *p = ctx;
  bh_buf line;
  bh_buf_init(&line, l->json.len + 1);
  bh_buf_puts(&line, l->json);
  bh_out_line(p->out, &line);
  bh_buf_dispose(&line);
}

static int32_t call_of(const char *name) {
  for (int32_t i = 0; i < BH_CALL_COUNT; i++)
    if (strcmp(name, bh_call_name(i)) == 0) return i;
  return -1;
}

/* Whether plugins of the kind have the call. */
static bool has_call(bh_str kind, int32_t call) {
  if (call == BH_CALL_PROBE) return !bh_str_eqz(kind, "model");
  if (bh_str_eqz(kind, "sink")) return call >= BH_CALL_CLIENTS && call <= BH_CALL_STATUS;
  if (bh_str_eqz(kind, "gateway")) return call == BH_CALL_LOOKUP || (call >= BH_CALL_CHARGE && call <= BH_CALL_EVENT);
  return bh_str_eqz(kind, "connector") && (call == BH_CALL_PULL || call == BH_CALL_CLIENTS);
}

/* Today, the timezone and the folder of the workspace where there is one; else the clock's day in UTC and the working directory. */
static bh_status surroundings(bh_pull_job *job, bh_arena *a, billhook *b, bh_error *err) {
  char here[PATH_MAX];
  int64_t now;
  if (bh_engine_config(b) == BH_OK) {
    job->day = b->today;
    job->timezone = b->ws->timezone;
    job->workspace_dir = b->dir;
    return BH_OK;
  }
  job->timezone = BH_S("UTC");
  if (getcwd(here, sizeof here) == NULL) return bh_fail(err, BH_E_USAGE, "the working directory is gone");
  job->workspace_dir = bh_arena_str(a, bh_str_c(here));
  job->day = b->today;
  if (b->options.date != NULL) return BH_OK;
  bh_status st = bh_clock_now(&now, err);
  return st == BH_OK ? bh_zone_day(&job->day, "UTC", now, err) : st;
}

/* Connectors, sinks and gateways. */
static bh_status call_connected(const bh_manifest *m, const billhook_plugin_call_options *o, const bh_pull_option *options, bh_arena *a, billhook *b, const billhook_out *out,
                                bh_error *err) {
  printer p = {out, b};
  bh_fact_lines lines;
  bh_pull_sink sink = bh_fact_lines_sink;
  bh_pull_job job = {.name = m->id, .plugin = m, .options = options, .option_count = o->option_count, .ctx = &lines, .call = call_of(o->call), .cursor = {"", 0},
    .ca = {"", 0}};
  bh_status st = surroundings(&job, a, b, err);
  if (st == BH_OK && !bh_str_eqz(m->kind, "connector")) st = bh_vendor_outward(&job.outward, a, job.call, o, err);
  if (st != BH_OK) return st;
  bh_fact_lines_init(&lines, print_line, &p);
  st = bh_pull_run(&job, 1, &sink, b->options.stop, err);
  if (st == BH_OK && job.status != BH_OK) {
    *err = job.error;
    if (job.status == BH_E_UNKNOWN) {
      size_t len = strlen(err->message);
      snprintf(err->message + len, sizeof err->message - len, " (it may have happened: the call lookup tells)");
    }
    st = job.status == BH_E_WORKER || job.status == BH_E_UNKNOWN ? BH_E_PERMANENT : job.status; /* the plugin's fault, not ours */
    err->code = st;
  }
  bh_fact_lines_dispose(&lines);
  return st;
}

static void put_text(bh_jw *w, const char *key, const char *value) {
  if (value == NULL) return;
  bh_jw_key_any(w, key);
  bh_jw_z(w, value);
}

/* The case that the options are, as a file of cases has it. */
static bh_status case_of(bh_buf *json, const billhook_plugin_call_options *o, bh_error *err) {
  bh_day from = 0, to = 0;
  bh_jw w;
  bool dates = o->from != NULL || o->to != NULL;
  if (dates && (o->from == NULL || o->to == NULL || !bh_day_parse(&from, bh_str_c(o->from)) || !bh_day_parse(&to, bh_str_c(o->to)) || to < from))
    return bh_fail(err, BH_E_USAGE, "--from and --to: expected the first and the last day of the period, as YYYY-MM-DD");
  bh_jw_init(&w, json);
  bh_jw_obj(&w);
  put_text(&w, "quantity", o->quantity);
  put_text(&w, "currency", o->currency);
  if (dates) {
    bh_jw_key(&w, "whole");
    bh_jw_arr(&w);
    bh_jw_day(&w, from);
    bh_jw_day(&w, to + 1);
    bh_jw_arr_end(&w);
  }
  bh_jw_obj_end(&w);
  return BH_OK;
}

static bh_status call_model(const char *path, const billhook_plugin_call_options *o, const bh_pull_option *options, const billhook_out *out, bh_error *err) {
  bh_buf json, answer;
  bh_buf_init(&json, 1 << 20);
  bh_buf_init(&answer, ANSWER_BYTES_MAX);
  bh_status st = case_of(&json, o, err);
  const bh_check_spec spec = {.path = path, .seed = 1, .options = options, .option_count = o->option_count, .input = bh_buf_str(&json), .session = {"", 0}};
  if (st == BH_OK && (st = bh_check_rate(&answer, &spec, err)) != BH_OK) err->code = st = BH_E_PERMANENT;
  if (st == BH_OK) bh_out_line(out, &answer);
  bh_buf_dispose(&json);
  bh_buf_dispose(&answer);
  return st;
}

/* What stands on a command line stands in the shell's history and in the list of processes. */
static bh_status refuse_secrets(const bh_manifest *m, const bh_pull_option *options, size_t n, bh_error *err) {
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < m->option_count; k++)
      if (m->options[k].secret && !options[i].secret && bh_str_eq(m->options[k].key, options[i].key))
        return bh_fail(err, BH_E_USAGE, "--option %.*s: a secret written out; expected %.*s=env:NAME, file:PATH or cmd:PROGRAM", BH_STR_ARG(options[i].key),
                       BH_STR_ARG(options[i].key));
  return BH_OK;
}

int billhook_plugin_call(billhook *b, const billhook_plugin_call_options *o, const billhook_out *out) {
  bh_error err = {0};
  bh_arena a;
  bh_buf secrets;
  bh_manifest m;
  bh_pull_option *options = NULL;
  char path[PATH_MAX] = "";
  bh_arena_init(&a);
  bh_buf_init(&secrets, 1 << 20);
  bool rate = strcmp(o->call, "rate") == 0;
  bh_status st = bh_vendor_path(path, o->file, &err);
  if (st == BH_OK && !rate && call_of(o->call) < 0) st = bh_fail(&err, BH_E_USAGE, "\"%s\" is not a call: expected probe, clients, pull, rate, deliver, lookup, status, charge, refund or event", o->call);
  if (st == BH_OK) st = bh_manifest_read(&m, &a, bh_arena_fmt(&a, "%.*s.json", (int)(strlen(path) - 3), path).ptr, &err);
  if (st == BH_OK && !(rate ? bh_str_eqz(m.kind, "model") : has_call(m.kind, call_of(o->call))))
    st = bh_fail(&err, BH_E_USAGE, "%.*s is a %.*s: it has no call \"%s\"", BH_STR_ARG(m.id), BH_STR_ARG(m.kind), o->call);
  if (st == BH_OK) st = bh_vendor_options(&options, &a, o->options, o->option_count, &secrets, &err);
  if (st == BH_OK) st = refuse_secrets(&m, options, o->option_count, &err);
  if (st == BH_OK) {
    m.trusted = bh_plugin_trust_check(path, &err) == BH_OK;
    m.distrust = bh_str_c(err.message);
    st = rate ? call_model(path, o, options, out, &err) : call_connected(&m, o, options, &a, b, out, &err);
  }
  if (secrets.ptr != NULL) explicit_bzero(secrets.ptr, secrets.cap);
  bh_buf_dispose(&secrets);
  bh_arena_dispose(&a);
  return bh_engine_end(b, st, &err);
}

/* What a connector is told: its options, the certificates that it trusts, and from where to go on. */
#include "batch/pull_impl.h"
#include "batch/use_job.h"
#include <stdlib.h>

/* How far before the last good pull things are asked for again: what people enter late, or put right. */
enum { ASKED_AGAIN_MONTHS = 3 };

/* With another plugin, version or option everything is asked for: what was left out until now may be wanted. Secrets count by what they refer to. */
static bh_sha made_with(const bh_plugin_use *use, const bh_manifest *plugin)
{
  bh_buf text;
  bh_buf_init(&text, 16u << 20);
  bh_buf_fmt(&text, "%.*s\n%.*s\n%d\n", BH_STR_ARG(plugin->id), BH_STR_ARG(plugin->version), use->contracts);
  for (size_t i = 0; i < use->option_count; i++) {
    bh_json_str(&text, use->options[i].key);
    bh_json_write(&text, use->options[i].value);
    bh_buf_putc(&text, '\n');
  }
  bh_sha out = bh_sha256_1(bh_buf_str(&text));
  bh_buf_dispose(&text);
  return out;
}

/* The first of the month, three months before the last pull that read everything. */
static bh_day since_of(bh_day whole)
{
  int year, month, day;
  if (whole == BH_DAY_MIN)
    return 0;
  bh_day_split(whole, &year, &month, &day);
  bh_day since = bh_month_on(year, month - 1 - ASKED_AGAIN_MONTHS, 1);
  return since > 0 ? since : 0;
}

static bh_status go_on(bh_pull_job *job, bh_puller *p, bh_arena *a, billhook *b, bh_error *err)
{
  bh_cursor_row row;
  bh_day whole;
  bh_status st = bh_store_cursor_get(b->store, &row, a, p->use->name, err);
  if (st == BH_OK)
    st = bh_store_whole_day(b->store, &whole, p->use->name, err);
  if (st != BH_OK || memcmp(&row.made_with, &p->made_with, sizeof row.made_with) != 0)
    return st;
  job->cursor = row.text;
  job->since = since_of(whole);
  return BH_OK;
}

bh_status bh_puller_job(bh_pull_job *job, bh_puller *p, bh_arena *a, billhook *b, bool whole, bh_error *err)
{
  bh_status st = bh_use_job(job, &p->secrets, p->use, a, b, err);
  if (st != BH_OK)
    return st;
  job->ctx = p;
  p->made_with = made_with(p->use, job->plugin);
  if (!whole)
    st = go_on(job, p, a, b, err);
  const char *tmp = getenv("TMPDIR");
  return st == BH_OK ? bh_ingest_new(&p->in, p->use->name, b->today, tmp && *tmp ? tmp : NULL, err) : st;
}

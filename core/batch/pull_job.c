/* What a connector is told: its options, the certificates that it trusts, and from where to go on. */
#include "batch/pull_impl.h"
#include <stdlib.h>

/* How far before the last good pull things are asked for again: what people enter late, or put right. */
enum { ASKED_AGAIN_MONTHS = 3 };

/* Options as text; secrets are read here and wiped after the pull. */
static bh_status options(bh_pull_job *job, bh_puller *p, bh_arena *a, billhook *b, bh_error *err)
{
  const bh_plugin_use *use = p->use;
  bh_pull_option *list = BH_NEWN(a, bh_pull_option, use->option_count ? use->option_count : 1);
  for (size_t i = 0; i < use->option_count; i++) {
    const bh_option_value *v = &use->options[i];
    list[i].key = v->key;
    list[i].secret = v->secret;
    if (v->secret) {
      size_t at = p->secrets.len;
      bh_status st = bh_secret_read(&p->secrets, b->ws, v->value->text, err);
      if (st != BH_OK)
        return bh_fail_prefix(err, "connector \"%.*s\": %.*s", BH_STR_ARG(use->name), BH_STR_ARG(v->key));
      list[i].value = (bh_str){ (const char *)at, p->secrets.len - at }; /* an offset until all are read */
    } else if (v->value->kind == BH_NODE_STR || v->value->kind == BH_NODE_INT) {
      list[i].value = v->value->text;
    } else {
      bh_buf text;
      bh_buf_init(&text, 1 << 20);
      bh_json_write(&text, v->value);
      list[i].value = bh_arena_str(a, bh_buf_str(&text));
      bh_buf_dispose(&text);
    }
  }
  for (size_t i = 0; i < use->option_count; i++)
    if (list[i].secret)
      list[i].value.ptr = p->secrets.ptr + (size_t)list[i].value.ptr;
  job->options = list;
  job->option_count = use->option_count;
  return BH_OK;
}

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
  const bh_plugin_use *use = p->use;
  *job = (bh_pull_job){ .name = use->name, .plugin = bh_plugins_get(b->plugins, use->plugin), .workspace_dir = b->dir, .timezone = b->ws->timezone,
    .day = b->today, .ctx = p, .ca = use->ca };
  if (job->plugin == NULL)
    return bh_fail(err, BH_E_INVALID, "connector \"%.*s\": no plugin \"%.*s\" is installed", BH_STR_ARG(use->name), BH_STR_ARG(use->plugin));
  if (!job->plugin->trusted)
    return bh_fail(err, BH_E_INVALID, "connector \"%.*s\": %.*s", BH_STR_ARG(use->name), BH_STR_ARG(job->plugin->distrust));
  p->made_with = made_with(use, job->plugin);
  bh_status st = options(job, p, a, b, err);
  if (st == BH_OK && !whole)
    st = go_on(job, p, a, b, err);
  const char *tmp = getenv("TMPDIR");
  return st == BH_OK ? bh_ingest_new(&p->in, use->name, b->today, tmp && *tmp ? tmp : NULL, err) : st;
}

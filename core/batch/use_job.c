/* What the worker of a configured plugin is told, whatever it is called for. */
#include "batch/use_job.h"

static const char *word_of(const bh_plugin_use *use) { return use->kind == BH_KIND_SINK ? "sink" : use->kind == BH_KIND_GATEWAY ? "gateway" : "connector"; }

/* Options as text; secrets are read here. */
static bh_status options(bh_pull_job *job, bh_buf *secrets, const bh_plugin_use *use, bh_arena *a, billhook *b, bh_error *err)
{
  bh_pull_option *list = BH_NEWN(a, bh_pull_option, use->option_count ? use->option_count : 1);
  for (size_t i = 0; i < use->option_count; i++) {
    const bh_option_value *v = &use->options[i];
    list[i].key = v->key;
    list[i].secret = v->secret;
    if (v->secret) {
      size_t at = secrets->len;
      bh_status st = bh_secret_read(secrets, b->ws, v->value->text, err);
      if (st != BH_OK)
        return bh_fail_prefix(err, "%s \"%.*s\": %.*s", word_of(use), BH_STR_ARG(use->name), BH_STR_ARG(v->key));
      list[i].value = (bh_str){ (const char *)at, secrets->len - at }; /* an offset until all are read */
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
      list[i].value.ptr = secrets->ptr + (size_t)list[i].value.ptr;
  job->options = list;
  job->option_count = use->option_count;
  return BH_OK;
}

bh_status bh_use_job(bh_pull_job *job, bh_buf *secrets, const bh_plugin_use *use, bh_arena *a, billhook *b, bh_error *err)
{
  const char *word = word_of(use);
  *job = (bh_pull_job){ .name = use->name, .plugin = bh_plugins_get(b->plugins, use->plugin), .workspace_dir = b->dir, .timezone = b->ws->timezone,
    .day = b->today, .ca = use->ca };
  if (job->plugin == NULL || !bh_str_eqz(job->plugin->kind, word)) /* of connectors this is a mistake in billhook.lua; of others advice */
    return bh_fail(err, BH_E_INVALID, "%s \"%.*s\": no plugin \"%.*s\" is installed", word, BH_STR_ARG(use->name), BH_STR_ARG(use->plugin));
  if (!job->plugin->trusted)
    return bh_fail(err, BH_E_INVALID, "%s \"%.*s\": %.*s", word, BH_STR_ARG(use->name), BH_STR_ARG(job->plugin->distrust));
  return options(job, secrets, use, a, b, err);
}

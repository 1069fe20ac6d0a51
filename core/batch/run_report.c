/* What a run says when it is over: its document, and lines for the log. */
#include "batch/run_impl.h"

/* For the journal of the machine: what a person who was not there wants to know. */
void bh_run_log(const bh_run *r, bh_str batch, const bh_pulled *pulled, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (pulled[i].ok)
      bh_engine_log(r->b, 2, "pulled connector %.*s: %lld assets, %lld gauges, %lld usage, %lld changed, %lld gone", BH_STR_ARG(pulled[i].name),
                    (long long)pulled[i].assets, (long long)pulled[i].gauges, (long long)pulled[i].usage, (long long)pulled[i].changed, (long long)pulled[i].gone);
    else
      bh_engine_log(r->b, 2, "%.*s", BH_STR_ARG(pulled[i].error));
  for (size_t i = 0; i < r->stats.held_count; i++)
    bh_engine_log(r->b, 2, "held %.*s: %.*s", BH_STR_ARG(r->stats.held[i].invoice.len ? r->stats.held[i].invoice : r->stats.held[i].client), BH_STR_ARG(r->stats.held[i].reason));
  bh_engine_log(r->b, 2, "batch %.*s: %lld drafted, %lld unchanged, %zu held, %zu approved automatically", BH_STR_ARG(batch), (long long)r->stats.drafted,
                (long long)r->stats.unchanged, r->stats.held_count, r->ctx.drafting.automatic_count);
}

/* ---- the report ---- */
static void held_json(bh_jw *w, const bh_held *h, bool reason)
{
  bh_jw_obj(w);
  bh_jw_key(w, "client"); bh_jw_str(w, h->client);
  if (reason) {
    bh_jw_key(w, "invoice");
    if (h->invoice.len) bh_jw_str(w, h->invoice); else bh_jw_null(w);
    bh_jw_key(w, "reason"); bh_jw_str(w, h->reason);
  }
  bh_jw_key(w, "message"); bh_jw_str(w, h->message);
  bh_jw_obj_end(w);
}

void bh_run_report(bh_buf *out, const bh_run *r, bh_str batch, const bh_pulled *pulled, size_t pulled_n)
{
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "batch");
  if (batch.len) bh_jw_str(&w, batch); else bh_jw_null(&w); /* a dry run leaves none */
  bh_jw_key(&w, "date"); bh_jw_day(&w, r->ctx.drafting.date);
  bh_jw_key(&w, "drafted"); bh_jw_int(&w, r->stats.drafted);
  bh_jw_key(&w, "held");
  bh_jw_arr(&w);
  for (size_t i = 0; i < r->stats.held_count; i++)
    held_json(&w, &r->stats.held[i], true);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "unchanged"); bh_jw_int(&w, r->stats.unchanged);
  bh_jw_key(&w, "failed");
  bh_jw_arr(&w);
  for (size_t i = 0; i < r->stats.failed_count; i++)
    held_json(&w, &r->stats.failed[i], false);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "totals");
  bh_jw_obj(&w);
  for (size_t i = 0; i < r->stats.total_count; i++) {
    char code[8];
    snprintf(code, sizeof code, "%.*s", BH_STR_ARG(r->stats.totals[i].currency));
    bh_jw_key(&w, code);
    bh_jw_money(&w, r->stats.totals[i].amount, r->stats.totals[i].decimals);
  }
  bh_jw_obj_end(&w);
  bh_jw_key(&w, "connectors");
  bh_jw_arr(&w);
  for (size_t i = 0; i < pulled_n; i++)
    bh_pulled_json(&w, &pulled[i]);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "approved"); bh_jw_int(&w, (int64_t)r->ctx.drafting.automatic_count);
  bh_jw_key(&w, "clients"); bh_jw_int(&w, r->seen);
  bh_jw_obj_end(&w);
}

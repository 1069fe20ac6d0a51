/* An instance of a sink or a gateway over the other side, and its calls. */
#include "plugin/check/other_side.h"
#include "plugin/fact_wire.h"

/* ---- what it says ---- */

static bh_status on_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err)
{
  (void)id, (void)name, (void)domain, (void)err;
  ((bh_check_said *)ctx)->clients++;
  return BH_OK;
}

static void keep(char *out, size_t size, bh_str text)
{
  snprintf(out, size, "%.*s", BH_STR_ARG(text));
}

static bh_status on_sent(void *ctx, const bh_sent *x, bh_error *err)
{
  bh_check_said *s = ctx;
  (void)err;
  s->count++;
  s->state = x->state;
  s->has = x->has;
  s->amount = x->total;
  keep(s->ref, sizeof s->ref, x->ref);
  return BH_OK;
}

static bh_status on_received(void *ctx, const bh_received *x, bh_error *err)
{
  (void)x, (void)err;
  ((bh_check_said *)ctx)->received++;
  return BH_OK;
}

static bh_status on_outcome(void *ctx, const bh_outcome *x, bh_error *err)
{
  bh_check_said *s = ctx;
  (void)err;
  s->count++;
  s->state = x->state;
  s->amount = x->amount;
  keep(s->ref, sizeof s->ref, x->ref);
  keep(s->currency, sizeof s->currency, x->currency);
  return BH_OK;
}

static bh_status take(bh_connector_run *run, bh_str packed, bh_error *err)
{
  static const bh_pull_sink sink = {.client = on_client, .sent = on_sent, .received = on_received, .outcome = on_outcome};
  bh_check_out *o = (bh_check_out *)(void *)((char *)run - offsetof(bh_check_out, run));
  return bh_facts_unpack(packed, &sink, &o->said, err);
}

/* ---- calls ---- */

const char *bh_check_out_name(const bh_check_out *o)
{
  return o->call < 0 ? "create" : bh_call_name(o->call);
}

static void ended(bh_check_out *o, bh_status rc, int32_t call)
{
  bh_error err = {0};
  o->call = call;
  o->reason[0] = 0;
  if (rc)
    snprintf(o->reason, sizeof o->reason, "%s", o->run.host.reason);
  bh_host_call_end(&o->run.host, rc, "", &err);
  o->status = rc;
  if (call < 0)
    return;
  err.message[0] = 0;
  o->status = bh_outward_said(&o->run, call, rc, &err);
  if (o->status != rc)
    snprintf(o->reason, sizeof o->reason, "%.780s", err.message);
}

bh_status bh_check_out_open(bh_check_out *o, bh_check *k, bh_check_side *side, const char *without)
{
  *o = (bh_check_out){.k = k, .side = side};
  bh_check_open(&o->run, k, &side->transport);
  o->run.take = take;
  bh_check_side_begin(side, NULL, NULL);
  bh_status rc = bh_check_values(&o->run.host.options, &o->run.arena, k, without, &k->err);
  if (rc)
    return bh_fail_prefix(&k->err, "the options");
  bh_check_faults_outward(&o->run);
  bh_check_faults_host(&o->run.host);
  bh_host_call_begin(&o->run.host);
  ended(o, k->plugin->create(&o->run.host.table, &o->self), -1);
  o->made = o->status == BH_OK;
  return BH_OK;
}

void bh_check_out_call(bh_check_out *o, int32_t call, const bh_check_subject *subject, const bh_check_failure *failure)
{
  static const bh_outward nothing = {.document = {.struct_size = sizeof(bh_document)}, .debit = {.struct_size = sizeof(bh_debit)}};
  o->said = (bh_check_said){0};
  o->run.bad = BH_OK;
  bh_buf_clear(&o->run.facts);
  bh_check_side_begin(o->side, subject, failure);
  bh_host_call_begin(&o->run.host);
  ended(o, bh_outward_call(&o->run, o->k->plugin, o->self, call, subject ? &subject->outward : &nothing), call);
}

void bh_check_out_close(bh_check_out *o)
{
  if (o->made) {
    bh_host_call_begin(&o->run.host);
    o->k->plugin->destroy(o->self);
    bh_host_call_end(&o->run.host, BH_OK, "destroy", NULL);
  }
  bh_check_close(&o->run);
}

bh_status bh_check_out_once(bh_check_out *o, bh_check *k, bh_check_side *side, int32_t call, const bh_check_subject *subject, const bh_check_failure *failure)
{
  bh_status rc = bh_check_out_open(o, k, side, NULL);
  if (rc == BH_OK && o->made)
    bh_check_out_call(o, call, subject, failure);
  bh_check_out_close(o);
  return rc;
}

/* ---- everything once ---- */

static bool next(bh_check_out *o, int32_t call, const bh_check_subject *s)
{
  if (o->status == BH_OK)
    bh_check_out_call(o, call, s, NULL);
  return o->status == BH_OK;
}

static void each_call(bh_check_out *o, bh_check *k)
{
  bh_check_subject s = k->replay.subject_count ? k->replay.subjects[0] : (bh_check_subject){.outward = {.key = {"", 0}}};
  bool ok = next(o, BH_CALL_PROBE, NULL);
  if (ok && k->sends == BH_CALL_DELIVER)
    ok = next(o, BH_CALL_CLIENTS, NULL);
  if (!ok || k->replay.subject_count == 0 || !next(o, k->sends, &s))
    return;
  s.outward.ref = bh_arena_str(&o->run.arena, bh_str_c(o->said.ref));
  if (next(o, BH_CALL_LOOKUP, &s) && k->sends == BH_CALL_DELIVER)
    next(o, BH_CALL_STATUS, &s);
  else if (o->status == BH_OK && s.refunds)
    next(o, BH_CALL_REFUND, bh_check_refund_of(&o->run.arena, &s, s.outward.ref));
}

bh_status bh_check_go_out(bh_check *k, bh_check_run_result *r)
{
  bh_check_side side;
  bh_check_out o;
  bh_check_side_init(&side, &k->replay);
  bh_status rc = bh_check_out_open(&o, k, &side, r->without);
  if (rc == BH_OK && o.made && r->calls)
    each_call(&o, k);
  bh_check_out_close(&o);
  r->status = o.status;
  r->call = bh_check_out_name(&o);
  snprintf(r->reason, sizeof r->reason, "%s", o.reason);
  snprintf(r->missed, sizeof r->missed, "%s", side.missed);
  r->endless = false;
  bh_check_side_dispose(&side);
  return rc;
}

/* Unpacking it: a worker is not believed. */
#include "plugin/fact_wire.h"
#include "plugin/outward_wire.h"
#include "plugin/worker.h"

enum { HEADER_STRINGS_MAX = 400 };

static bh_status garbage(bh_error *err, const char *what)
{
  return bh_fail(err, BH_E_WORKER, "sent garbage: %s", what[0] ? what : "a frame that does not add up");
}

static bh_status take_sent(bh_get *g, const bh_pull_sink *sink, void *ctx, bh_error *err)
{
  bh_sent x = {.struct_size = sizeof x, .state = bh_get_u8(g)};
  x.has = bh_get_u32(g);
  x.ref = bh_get_str(g);
  x.number = bh_get_str(g);
  x.url = bh_get_str(g);
  x.total = bh_get_dec(g);
  x.balance = bh_get_dec(g);
  const char *wrong = g->bad ? "" : bh_sent_wrong(&x);
  return wrong ? garbage(err, wrong) : sink->sent ? sink->sent(ctx, &x, err) : BH_OK;
}

static bh_status take_received(bh_get *g, const bh_pull_sink *sink, void *ctx, bh_error *err)
{
  bh_received x = {.struct_size = sizeof x, .date = bh_fact_date_get(g)};
  x.id = bh_get_str(g);
  x.currency = bh_get_str(g);
  x.note = bh_get_str(g);
  x.amount = bh_get_dec(g);
  const char *wrong = g->bad ? "" : bh_received_wrong(&x);
  return wrong ? garbage(err, wrong) : sink->received ? sink->received(ctx, &x, err) : BH_OK;
}

static bh_status take_tax_code(bh_get *g, const bh_pull_sink *sink, void *ctx, bh_error *err)
{
  bh_tax_code x = {.struct_size = sizeof x, .has = bh_get_u32(g)};
  x.id = bh_get_str(g);
  x.name = bh_get_str(g);
  x.rate = bh_get_dec(g);
  const char *wrong = g->bad ? "" : bh_tax_code_wrong(&x);
  return wrong ? garbage(err, wrong) : sink->tax_code ? sink->tax_code(ctx, &x, err) : BH_OK;
}

static bh_status take_outcome(bh_get *g, const bh_pull_sink *sink, void *ctx, bh_error *err)
{
  bh_outcome x = {.struct_size = sizeof x, .state = bh_get_u8(g)};
  x.flags = bh_get_u32(g);
  x.date = bh_fact_date_get(g);
  x.key = bh_get_str(g);
  x.ref = bh_get_str(g);
  x.payment = bh_get_str(g);
  x.reason = bh_get_str(g);
  x.currency = bh_get_str(g);
  x.amount = bh_get_dec(g);
  x.fee = bh_get_dec(g);
  const char *wrong = g->bad ? "" : bh_outcome_wrong(&x);
  return wrong ? garbage(err, wrong) : sink->outcome ? sink->outcome(ctx, &x, err) : BH_OK;
}

bh_status bh_outward_unpack(uint8_t kind, bh_get *g, const bh_pull_sink *sink, void *ctx, bh_error *err)
{
  switch (kind) {
  case BH_FRAME_SENT: return take_sent(g, sink, ctx, err);
  case BH_FRAME_RECEIVED: return take_received(g, sink, ctx, err);
  case BH_FRAME_TAX_CODE: return take_tax_code(g, sink, ctx, err);
  case BH_FRAME_OUTCOME: return take_outcome(g, sink, ctx, err);
  default: return garbage(err, "");
  }
}

void bh_outward_get(bh_outward *out, bh_arena *a, bh_get *g)
{
  bh_document *d = &out->document;
  bh_debit *m = &out->debit;
  bh_str *const texts[] = {&out->key, &out->ref, &d->id, &d->number, &d->client, &d->json, &m->customer, &m->method, &m->document, &m->number, &m->description,
    &m->currency, &m->ref, &out->body};
  *out = (bh_outward){.document = {.struct_size = sizeof *d}, .debit = {.struct_size = sizeof *m}};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    *texts[i] = bh_get_str(g);
  m->due = bh_fact_date_get(g);
  m->amount = bh_get_dec(g);
  out->now_s = bh_get_i64(g);
  out->header_count = bh_get_count(g, HEADER_STRINGS_MAX);
  out->headers = BH_NEWN(a, bh_str, out->header_count + 1);
  for (size_t i = 0; i < out->header_count; i++)
    out->headers[i] = bh_get_str(g);
}

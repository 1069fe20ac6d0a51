/* Packing what sinks and gateways are told and say. */
#include "plugin/fact_wire.h"
#include "plugin/outward_wire.h"
#include "plugin/worker.h"

void bh_sent_put(bh_buf *b, const bh_sent *x)
{
  bh_put_u8(b, BH_FRAME_SENT);
  bh_put_u8(b, (uint8_t)x->state);
  bh_put_u32(b, x->has);
  bh_put_str(b, x->ref);
  bh_put_str(b, x->number);
  bh_put_str(b, x->url);
  bh_put_dec(b, x->total);
  bh_put_dec(b, x->balance);
}

void bh_received_put(bh_buf *b, const bh_received *x)
{
  bh_put_u8(b, BH_FRAME_RECEIVED);
  bh_fact_date_put(b, x->date);
  bh_put_str(b, x->id);
  bh_put_str(b, x->currency);
  bh_put_str(b, x->note);
  bh_put_dec(b, x->amount);
}

void bh_tax_code_put(bh_buf *b, const bh_tax_code *x)
{
  bh_put_u8(b, BH_FRAME_TAX_CODE);
  bh_put_u32(b, x->has);
  bh_put_str(b, x->id);
  bh_put_str(b, x->name);
  bh_put_dec(b, x->rate);
}

void bh_outcome_put(bh_buf *b, const bh_outcome *x)
{
  bh_put_u8(b, BH_FRAME_OUTCOME);
  bh_put_u8(b, (uint8_t)x->state);
  bh_put_u32(b, x->flags);
  bh_fact_date_put(b, x->date);
  bh_put_str(b, x->key);
  bh_put_str(b, x->ref);
  bh_put_str(b, x->payment);
  bh_put_str(b, x->reason);
  bh_put_str(b, x->currency);
  bh_put_dec(b, x->amount);
  bh_put_dec(b, x->fee);
}

void bh_outward_put(bh_buf *b, const bh_outward *x)
{
  const bh_document *d = &x->document;
  const bh_debit *m = &x->debit;
  const bh_str texts[] = {x->key, x->ref, d->id, d->number, d->client, d->json, m->customer, m->method, m->document, m->number, m->description, m->currency, m->ref,
    x->body};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    bh_put_str(b, texts[i]);
  bh_fact_date_put(b, m->due);
  bh_put_dec(b, m->amount);
  bh_put_i64(b, x->now_s);
  bh_put_u32(b, (uint32_t)x->header_count);
  for (size_t i = 0; i < x->header_count; i++)
    bh_put_str(b, x->headers[i]);
}

/* The answer: what was approved and what is held, read back after the commit, so that it is as long as the batch and takes no memory. */
#include "batch/approval.h"

static void put(const billhook_out *out, bh_str s)
{
  if (out != NULL && out->write != NULL && s.len > 0)
    out->write(out->ctx, s.ptr, s.len);
}

size_t bh_approval_held(bh_buf *out, bh_arena *a, size_t before, bh_str client, bh_str id, bh_str hold)
{
  bh_node *holds = NULL;
  if (bh_json_parse(&holds, a, hold, NULL, NULL) != BH_OK)
    return 0;
  for (size_t i = 0; i < holds->item_count; i++) {
    const bh_node *reason = bh_node_get(holds->items[i], "reason"), *message = bh_node_get(holds->items[i], "message");
    if (before + i > 0)
      bh_buf_putc(out, ',');
    bh_buf_putz(out, "{\"client\":");
    bh_json_str(out, client);
    bh_buf_putz(out, ",\"invoice\":");
    bh_json_str(out, id);
    bh_buf_putz(out, ",\"message\":");
    bh_json_str(out, message ? message->text : (bh_str){ "", 0 });
    bh_buf_putz(out, ",\"reason\":");
    bh_json_str(out, reason ? reason->text : (bh_str){ "", 0 });
    bh_buf_putc(out, '}');
  }
  return holds->item_count;
}

typedef struct answer { const billhook_out *out; bh_buf text; size_t n; } answer;

static bh_status approved(bh_approval *ap, bh_arena *a, bh_doc_whole *d, void *ctx)
{
  answer *x = ctx;
  bh_str id = bh_doc_id(a, d->client, d->row.ord);
  if (d->row.state == BH_DOC_DRAFT || d->row.state == BH_DOC_VOID || bh_approval_excepted(ap, d->client, id))
    return BH_OK;
  if (x->n++)
    bh_buf_putc(&x->text, ',');
  bh_buf_putz(&x->text, "{\"invoice\":");
  bh_json_str(&x->text, id);
  bh_buf_putz(&x->text, ",\"number\":");
  bh_json_str(&x->text, d->row.number);
  bh_buf_putc(&x->text, '}');
  return BH_OK;
}

static bh_status held(bh_approval *ap, bh_arena *a, bh_doc_whole *d, void *ctx)
{
  answer *x = ctx;
  bh_str id = bh_doc_id(a, d->client, d->row.ord);
  if (d->row.state == BH_DOC_DRAFT && (ap->refused || !bh_approval_excepted(ap, d->client, id))) {
    bh_str stops = bh_approval_stops(ap, a, &d->row, d->client);
    if (stops.len > 0)
      x->n += bh_approval_held(&x->text, a, x->n, d->client, id, stops);
  }
  return BH_OK;
}

static bh_status flush(bh_approval *ap, void *ctx)
{
  answer *x = ctx;
  put(x->out, bh_buf_str(&x->text));
  bh_buf_clear(&x->text);
  return BH_OK;
}

bh_status bh_approval_answer(bh_approval *ap, const billhook_out *out)
{
  answer yes = { .out = out }, no = { .out = out };
  bh_status st = BH_OK;
  bh_buf_init(&yes.text, 1u << 30);
  bh_buf_init(&no.text, 1u << 30);
  put(out, BH_S("{\"approved\":["));
  if (ap->approved_n > 0)
    st = bh_approval_each(ap, &ap->chosen, false, approved, flush, &yes);
  put(out, BH_S("],\"held\":["));
  if (st == BH_OK && ap->held_n > 0)
    st = bh_approval_each(ap, ap->refused ? &ap->named : &ap->chosen, false, held, flush, &no);
  put(out, BH_S("]}\n"));
  bh_buf_dispose(&yes.text);
  bh_buf_dispose(&no.text);
  return st;
}

/* What a session has for sinks and gateways: documents, debits, webhooks, and which requests have an effect. */
#include "plugin/check/other_side.h"
#include "base/dec.h"

enum { SUBJECTS_MAX = 20, EVENTS_MAX = 100, HEADERS_MAX = 50, BODY_BYTES_MAX = 8 * 1024 * 1024 };

static bh_str text_of(const bh_node *table, const char *key)
{
  const bh_node *n = bh_node_get(table, key);
  return n && n->kind == BH_NODE_STR ? n->text : (bh_str){"", 0};
}

static bh_str json_of(bh_arena *a, const bh_node *n)
{
  bh_buf b;
  bh_buf_init(&b, BODY_BYTES_MAX);
  bh_json_write(&b, n);
  bh_str out = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

static bool is_list(const bh_node *n, size_t max)
{
  return n->kind == BH_NODE_TABLE && n->field_count == 0 && n->item_count <= max;
}

bh_status bh_check_effect_read(bh_check_exchange *x, bh_arena *a, const bh_node *n, bh_error *err)
{
  const bh_node *repeat = bh_node_get(n, "repeat");
  x->effect = text_of(n, "effect");
  x->once = text_of(n, "once");
  x->after = text_of(n, "after");
  x->sent_has = text_of(n, "sent_has");
  if ((x->once.len || repeat) && x->effect.len == 0)
    return bh_fail(err, BH_E_INVALID, "once and repeat are of a request with an effect");
  if (!repeat)
    return BH_OK;
  const bh_node *status = repeat->kind == BH_NODE_TABLE ? bh_node_get(repeat, "status") : NULL, *json = status ? bh_node_get(repeat, "json") : NULL;
  if (!status || status->kind != BH_NODE_INT || status->integer < 100 || status->integer > 599 || x->once.len == 0)
    return bh_fail(err, BH_E_INVALID, "repeat must have a status of 100 to 599, and stand beside once");
  x->repeats = true;
  x->repeat_status = (int32_t)status->integer;
  x->repeat_body = json ? json_of(a, json) : text_of(repeat, "body");
  return BH_OK;
}

static bh_status read_document(bh_check_subject *s, bh_arena *a, const bh_node *n, bh_error *err)
{
  const bh_node *json = n->kind == BH_NODE_TABLE ? bh_node_get(n, "json") : NULL;
  if (!json || json->kind != BH_NODE_TABLE)
    return bh_fail(err, BH_E_INVALID, "json must be the document, as `billhook show INV --json` prints it");
  bh_document *d = &s->outward.document;
  d->id = text_of(json, "id");
  d->number = text_of(json, "number");
  d->client = text_of(n, "client");
  d->json = json_of(a, json);
  if (d->id.len == 0 || d->number.len == 0 || !bh_dec_parse(&s->total, text_of(json, "total"), BH_DEC_SCALE_MAX))
    return bh_fail(err, BH_E_INVALID, "json must have id, number and total");
  return BH_OK;
}

static bh_status read_amount(bh_dec *out, const bh_node *n, const char *key, bh_str currency, bh_error *err)
{
  int decimals = bh_currency_decimals(currency);
  if (decimals < 0 || !bh_dec_parse(out, text_of(n, key), decimals) || out->coef <= 0 || !bh_dec_round(out, *out, decimals, BH_HALF_UP))
    return bh_fail(err, BH_E_INVALID, "%s must be an amount above 0 of the currency, as text", key);
  return BH_OK;
}

static bh_status read_debit(bh_check_subject *s, bh_arena *a, const bh_node *n, bh_error *err)
{
  (void)a;
  if (n->kind != BH_NODE_TABLE)
    return bh_fail(err, BH_E_INVALID, "it must be an object");
  bh_debit *d = &s->outward.debit;
  *d = (bh_debit){.struct_size = sizeof *d, .customer = text_of(n, "customer"), .method = text_of(n, "method"), .document = text_of(n, "document"),
    .number = text_of(n, "number"), .description = text_of(n, "description"), .currency = text_of(n, "currency"), .ref = {"", 0}};
  s->expect = text_of(n, "expect");
  if (s->expect.len && !bh_str_eqz(s->expect, "paid") && !bh_str_eqz(s->expect, "pending") && !bh_str_eqz(s->expect, "failed"))
    return bh_fail(err, BH_E_INVALID, "expect must be paid, pending or failed");
  bh_status rc = read_amount(&d->amount, n, "amount", d->currency, err);
  s->refunds = bh_node_get(n, "refund") != NULL;
  return rc || !s->refunds ? rc : read_amount(&s->refund, n, "refund", d->currency, err);
}

static bh_status read_event(bh_check_event *e, bh_arena *a, const bh_node *n, bh_error *err)
{
  const bh_node *headers = n->kind == BH_NODE_TABLE ? bh_node_get(n, "headers") : NULL, *now = headers ? bh_node_get(n, "now") : NULL,
                *age = headers ? bh_node_get(n, "age_max") : NULL;
  if (!headers || headers->kind != BH_NODE_TABLE || headers->item_count || headers->field_count > HEADERS_MAX || !now || now->kind != BH_NODE_INT)
    return bh_fail(err, BH_E_INVALID, "it must have headers, and now, a number of seconds since 1970");
  *e = (bh_check_event){.body = text_of(n, "body"), .signature = text_of(n, "signature"), .state = text_of(n, "state"), .now_s = now->integer,
    .age_s = age && age->kind == BH_NODE_INT ? age->integer : 0};
  e->headers = BH_NEWN(a, bh_str, 2 * headers->field_count + 1);
  bool signed_by = false;
  for (size_t i = 0; i < headers->field_count; i++) {
    e->headers[e->header_count++] = headers->fields[i].key;
    e->headers[e->header_count++] = headers->fields[i].value->text;
    signed_by = signed_by || bh_str_eq(headers->fields[i].key, e->signature);
  }
  return signed_by ? BH_OK : bh_fail(err, BH_E_INVALID, "signature must name the header that holds it");
}

bh_check_subject *bh_check_refund_of(bh_arena *a, const bh_check_subject *charge, bh_str ref)
{
  bh_check_subject *s = BH_NEWN(a, bh_check_subject, 1);
  *s = *charge;
  s->outward.key = bh_arena_fmt(a, "%.*s-back", BH_STR_ARG(charge->outward.key));
  s->outward.ref = s->outward.debit.ref = bh_arena_str(a, ref);
  s->outward.debit.amount = charge->refund;
  s->expect = (bh_str){"", 0};
  s->refunds = false;
  return s;
}

bh_status bh_check_subjects_read(bh_check_replay *out, bh_arena *a, const bh_node *root, bh_error *err)
{
  const bh_node *documents = bh_node_get(root, "documents"), *debits = bh_node_get(root, "debits"), *events = bh_node_get(root, "events");
  const bh_node *list = documents ? documents : debits;
  if ((documents && debits) || (list && !is_list(list, SUBJECTS_MAX)) || (events && !is_list(events, EVENTS_MAX)))
    return bh_fail(err, BH_E_INVALID, "documents (of a sink) or debits and events (of a gateway) must be lists");
  out->subjects = BH_NEWN(a, bh_check_subject, (list ? list->item_count : 0) + 1);
  for (size_t i = 0; list && i < list->item_count; i++) {
    bh_check_subject *s = &out->subjects[out->subject_count++];
    *s = (bh_check_subject){.outward = {.key = bh_arena_fmt(a, "check-%zu", i + 1), .document = {.struct_size = sizeof s->outward.document}}};
    if (documents ? read_document(s, a, list->items[i], err) : read_debit(s, a, list->items[i], err))
      return bh_fail_prefix(err, "%s[%zu]", documents ? "documents" : "debits", i + 1);
  }
  out->events = BH_NEWN(a, bh_check_event, (events ? events->item_count : 0) + 1);
  for (size_t i = 0; events && i < events->item_count; i++)
    if (read_event(&out->events[out->event_count++], a, events->items[i], err))
      return bh_fail_prefix(err, "events[%zu]", i + 1);
  return BH_OK;
}

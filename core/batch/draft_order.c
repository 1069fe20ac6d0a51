#include "batch/draft_order.h"

bh_str bh_po_of(const bh_client_terms *payer, const bh_contract_plan *c, bh_str own)
{
  bh_str served = c->client != NULL ? c->client->po : (bh_str){ "", 0 };
  return own.len ? own : c->terms->po.len ? c->terms->po : served.len ? served : payer->po;
}

bh_str bh_line_site(const bh_due_line *l) { return l->planned != NULL ? l->planned->terms->site : l->contract->terms->site; }

bh_str bh_discount_site(const bh_due_discount *x)
{
  const bh_contract_terms *t = x->contract->terms;
  for (size_t i = 0; x->on_line && i < t->line_count; i++)
    if (bh_str_eq(t->lines[i].key, x->line_key))
      return t->lines[i].site;
  return t->site;
}

static bool split_by(const bh_client_terms *c, const char *what)
{
  for (size_t i = 0; i < c->split_count; i++)
    if (bh_str_eqz(c->split[i], what))
      return true;
  return false;
}

bh_split bh_split_of(bh_arena *a, const bh_client_terms *payer, const bh_contract_plan *c, bh_str po, bh_str site)
{
  bh_split s = { { "", 0 }, { "", 0 }, { "", 0 } };
  if (payer->split_count == 0 && !payer->group_by_contract)
    return s;
  if (split_by(payer, "po"))
    s.po = bh_po_of(payer, c, po);
  if (split_by(payer, "site"))
    s.site = site;
  if (payer->group_by_contract || s.po.len || s.site.len)
    s.key = bh_arena_fmt(a, "%.*s%s%.*s%s%.*s", payer->group_by_contract ? (int)c->terms->id.len : 0, c->terms->id.ptr, s.po.len ? "|po:" : "",
                         BH_STR_ARG(s.po), s.site.len ? "|site:" : "", BH_STR_ARG(s.site));
  return s;
}

static const bh_po *order_in(const bh_client_terms *c, bh_str number)
{
  for (size_t i = 0; c != NULL && i < c->order_count; i++)
    if (bh_str_eq(c->orders[i]->number, number))
      return c->orders[i];
  return NULL;
}

static const bh_po *order_of(const bh_draft_doc *doc, const bh_contract_plan *c, bh_str own)
{
  bh_str number = bh_po_of(doc->client, c, own);
  const bh_po *po = number.len ? order_in(c->client, number) : NULL;
  return po != NULL || number.len == 0 ? po : order_in(doc->client, number);
}

/* The sum of this run's documents on the order before this one, and a place to add to. */
static int64_t *sum_of(bh_po_sums *sums, bh_arena *a, const bh_po *order)
{
  for (size_t i = 0; i < sums->count; i++)
    if (bh_str_eq(sums->items[i].order->number, order->number))
      return &sums->items[i].amount;
  void *more = bh_arena_array(a, sums->count + 1, sizeof *sums->items);
  if (sums->count)
    memcpy(more, sums->items, sums->count * sizeof *sums->items);
  sums->items = more;
  sums->items[sums->count].order = order;
  sums->items[sums->count].amount = 0;
  return &sums->items[sums->count++].amount;
}

static bh_status judge(bh_holds *holds, bh_po_sums *sums, bh_drafting *d, const bh_draft_doc *doc, int32_t client, const bh_po *order, int64_t here,
                       bh_arena *a, bh_error *err)
{
  char day[12], most[32], before[32], now[32], over[32];
  if (doc->issue > order->ends && here != 0) {
    bh_day_format(day, order->ends);
    bh_hold_add(holds, a, BH_S("max-total"), bh_arena_fmt(a, "purchase order \"%.*s\" ended on %s: a new order lifts this, or approve --force",
                                                          BH_STR_ARG(order->number), day));
  }
  if (!order->has_limit || !bh_str_eq(order->currency, doc->currency))
    return BH_OK;
  int64_t used, limit, beyond, *run = sum_of(sums, a, order);
  bh_status st = bh_store_po_used(d->store, &used, client, doc->currency, order->number, err);
  if (st != BH_OK)
    return st;
  bool fits = bh_money_of_dec(&limit, order->limit, doc->decimals, BH_HALF_UP) && bh_money_add(&used, *run) && bh_money_add(run, here);
  beyond = used;
  if (!fits || !bh_money_add(&beyond, here) || !bh_money_add(&beyond, -limit))
    return bh_fail(err, BH_E_OVERFLOW, "purchase order \"%.*s\": its sum does not fit a number", BH_STR_ARG(order->number));
  if (here <= 0 || beyond <= 0)
    return BH_OK;
  bh_money_format(most, limit, doc->decimals);
  bh_money_format(before, used, doc->decimals);
  bh_money_format(now, here, doc->decimals);
  bh_money_format(over, beyond, doc->decimals);
  bh_hold_add(holds, a, BH_S("max-total"),
              bh_arena_fmt(a, "purchase order \"%.*s\": its limit is %s, %s is used, this document adds %s: %s beyond it. A higher limit or another order lifts this, or approve --force",
                           BH_STR_ARG(order->number), most, before, now, over));
  return BH_OK;
}

bh_status bh_po_hold(bh_holds *holds, bh_po_sums *sums, bh_drafting *d, const bh_draft_doc *doc, int32_t client, bh_arena *a, bh_error *err)
{
  size_t n = doc->line_count + doc->discount_count, count = 0;
  bool any = doc->client->order_count > 0;
  for (size_t i = 0; i < doc->line_count && !any; i++)
    any = doc->lines[i]->contract->client != NULL && doc->lines[i]->contract->client->order_count > 0;
  if (!any)
    return BH_OK;
  const bh_po **orders = BH_NEWN(a, const bh_po *, n + 1);
  int64_t *here = BH_NEWN(a, int64_t, n + 1);
  for (size_t i = 0; i < n; i++) {
    bool line = i < doc->line_count;
    const bh_due_line *l = line ? doc->lines[i] : NULL;
    const bh_due_discount *x = line ? NULL : doc->discounts[i - doc->line_count];
    const bh_po *o = line ? order_of(doc, l->contract, l->po) : order_of(doc, x->contract, x->po);
    if (o == NULL)
      continue;
    size_t at = 0;
    while (at < count && orders[at] != o)
      at++;
    orders[at] = o;
    count += at == count;
    if (!bh_money_add(&here[at], line ? l->amount : x->amount))
      return bh_fail(err, BH_E_OVERFLOW, "purchase order \"%.*s\": its sum does not fit a number", BH_STR_ARG(o->number));
  }
  bh_status st = BH_OK;
  for (size_t i = 0; i < count && st == BH_OK; i++)
    st = judge(holds, sums, d, doc, client, orders[i], here[i], a, err);
  return st;
}

bh_status bh_doc_due(bh_draft_doc *doc, bh_error *err)
{
  doc->terms = doc->client->terms;
  bh_status st = BH_OK;
  bool first = true;
  for (size_t i = 0; i < doc->line_count && st == BH_OK; i++) {
    /* A child that is billed to another is paid for on the payer's terms. */
    bool own = doc->lines[i]->contract->client == NULL || doc->lines[i]->contract->client == doc->client;
    bh_str terms = own && doc->lines[i]->contract->terms->terms.len ? doc->lines[i]->contract->terms->terms : doc->client->terms;
    bh_day due;
    if (!first && bh_str_eq(terms, doc->terms))
      continue;
    st = bh_due_date(&due, terms, doc->issue, err);
    if (st == BH_OK && (first || due > doc->due)) {
      doc->due = due;
      doc->terms = terms;
    }
    first = false;
  }
  return first && st == BH_OK ? bh_due_date(&doc->due, doc->terms, doc->issue, err) : st;
}

bool bh_doc_automatic(const bh_draft_doc *doc)
{
  bool all = doc->line_count > 0 || doc->client->approval_auto;
  for (size_t i = 0; i < doc->line_count && all; i++) {
    bool own = doc->lines[i]->contract->client == NULL || doc->lines[i]->contract->client == doc->client;
    all = own ? doc->lines[i]->contract->terms->approval_auto : doc->client->approval_auto;
  }
  return all;
}

void bh_doc_memos(bh_draft_doc *doc, bh_arena *a, const bh_due *due)
{
  size_t notes = 0;
  for (size_t i = 0; i < doc->line_count; i++)
    notes += doc->lines[i]->contract->terms->note.len > 0;
  doc->memos = due->memos;
  doc->memo_count = due->memo_count;
  if (notes == 0)
    return;
  doc->memos = BH_NEWN(a, bh_str, notes + due->memo_count);
  doc->memo_count = 0;
  for (size_t i = 0; i < doc->line_count; i++) {
    bh_str note = doc->lines[i]->contract->terms->note;
    bool told = note.len == 0;
    for (size_t k = 0; k < doc->memo_count && !told; k++)
      told = bh_str_eq(doc->memos[k], note);
    if (!told)
      doc->memos[doc->memo_count++] = note;
  }
  for (size_t i = 0; i < due->memo_count; i++)
    doc->memos[doc->memo_count++] = due->memos[i];
}

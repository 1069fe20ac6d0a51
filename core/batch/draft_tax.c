#include "batch/draft_tax.h"

static const bh_tax *tax_find(const bh_workspace *ws, bh_str id)
{
  for (size_t i = 0; i < ws->tax_count; i++)
    if (bh_str_eq(ws->taxes[i].id, id))
      return &ws->taxes[i];
  return NULL;
}

static const bh_tax_place *place_of(bh_arena *a, const bh_client_terms *c)
{
  bh_tax_place *p = BH_NEW(a, bh_tax_place);
  *p = (bh_tax_place){ .taxes = c->taxes, .count = c->tax_count, .exempt = c->tax_exempt, .exempt_reason = c->exempt_reason, .reverse_charge = c->reverse_charge };
  return p;
}

bh_tax_item bh_doc_tax_item(bh_doc_places *p, bh_arena *a, const bh_contract_plan *contract, const bh_tax_part *part, bh_day service)
{
  const bh_client_terms *served = contract->client;
  bool own = served != NULL && served != p->client && served->tax_own;
  if (own && p->served != served) {
    p->served = served;
    p->place = place_of(a, served);
  }
  return (bh_tax_item){ .category = part->category, .net = part->net, .place = own ? p->place : NULL, .service_day = service, .fixed_tax = part->taxes,
    .fixed_rate = part->rates, .fixed_count = part->fixed ? part->tax_count : 0, .fixed = part->fixed };
}

typedef struct list { const bh_tax **items; size_t count; } list;

static void add(list *l, bh_arena *a, const bh_workspace *ws, bh_str id)
{
  const bh_tax *t = tax_find(ws, id);
  for (size_t i = 0; i < l->count && t != NULL; i++)
    if (l->items[i] == t)
      return;
  if (t == NULL)
    return;
  if (l->items == NULL)
    l->items = BH_NEWN(a, const bh_tax *, ws->tax_count + 1);
  l->items[l->count++] = t;
}

const bh_tax **bh_doc_taxes(bh_arena *a, const bh_workspace *ws, const bh_draft_doc *doc, bh_tax_item *items, size_t n, size_t *out_n)
{
  list l = { 0 };
  for (size_t i = 0; i < doc->client->tax_count; i++)
    add(&l, a, ws, doc->client->taxes[i]);
  size_t own = l.count;
  for (size_t i = 0; i < n; i++) {
    const bh_tax_place *p = i > 0 && items[i].place == items[i - 1].place ? NULL : items[i].place;
    for (size_t k = 0; p != NULL && k < p->count; k++)
      add(&l, a, ws, p->taxes[k]);
    for (size_t k = 0; items[i].fixed && k < items[i].fixed_count; k++)
      add(&l, a, ws, items[i].fixed_tax[k]);
  }
  if (l.count > own) { /* what others bring along does not fall on the client's own lines */
    const bh_tax_place *here = place_of(a, doc->client);
    for (size_t i = 0; i < n; i++)
      if (items[i].place == NULL)
        items[i].place = here;
  }
  *out_n = l.count;
  return l.items;
}

/* approve --date: another date for what was drafted. */
#include "batch/approval.h"

/* The rate of a tax on a day, or NULL. */
static const bh_dec *rate_on(const bh_workspace *ws, bh_str tax, bh_day day)
{
  const bh_dec *rate = NULL;
  for (size_t i = 0; i < ws->tax_count; i++)
    if (bh_str_eq(ws->taxes[i].id, tax) && !ws->taxes[i].by_service)
      for (size_t k = 0; k < ws->taxes[i].rate_count; k++)
        if (ws->taxes[i].rates[k].from <= day)
          rate = &ws->taxes[i].rates[k].percent;
  return rate;
}

/* A tax that changes between the two dates would be wrong on the document: only a run can rate it anew. */
static bh_status same_taxes(bh_approval *ap, const bh_doc_row *row, const bh_node *tree)
{
  const bh_node *taxes = bh_node_get(tree, "taxes");
  for (size_t i = 0; taxes != NULL && i < taxes->item_count; i++) {
    const bh_node *tax = bh_node_get(taxes->items[i], "tax");
    const bh_dec *then = tax ? rate_on(ap->b->ws, tax->text, row->issue) : NULL, *now = tax ? rate_on(ap->b->ws, tax->text, ap->date) : NULL;
    if (then != NULL && now != NULL && bh_dec_cmp(*then, *now) != 0)
      return bh_fail(ap->err, BH_E_PERMANENT, "the rate of tax \"%.*s\" changes between the draft's date and %s: run again with --date %s", BH_STR_ARG(tax->text),
                     ap->o->date, ap->o->date);
  }
  return BH_OK;
}

/* What is due when follows the document's terms. */
bh_status bh_approval_move(bh_approval *ap, bh_arena *a, bh_doc_row *row, bh_doc_body *body)
{
  bh_day due = ap->date;
  bh_node *tree;
  char text[12];
  bh_status st = bh_json_parse(&tree, a, body->json, NULL, ap->err);
  if (st == BH_OK)
    st = same_taxes(ap, row, tree);
  const bh_node *terms = st == BH_OK ? bh_node_get(tree, "terms") : NULL;
  if (terms != NULL)
    st = bh_due_date(&due, terms->text, ap->date, ap->err);
  if (st != BH_OK)
    return st;
  bh_day_format(text, ap->date);
  bh_node_set(a, tree, BH_S("issue_date"), bh_node_str(a, bh_arena_str(a, bh_str_c(text))));
  bh_day_format(text, due);
  bh_node_set(a, tree, BH_S("due_date"), bh_node_str(a, bh_arena_str(a, bh_str_c(text))));
  bh_buf json;
  bh_buf_init(&json, 64 << 20);
  bh_json_write(&json, tree);
  body->json = bh_arena_str(a, bh_buf_str(&json));
  bh_buf_dispose(&json);
  row->issue = ap->date;
  row->due = due;
  st = bh_store_doc_body_update(ap->b->store, row->doc, body, ap->err);
  return st == BH_OK ? bh_store_doc_update(ap->b->store, row, ap->err) : st;
}

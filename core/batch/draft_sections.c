/* Sections of a document: their order is the lines', their subtotals are sums of gross amounts, which add up to the document's with what has no
 * section. */
#include "batch/draft_json.h"

bh_str bh_served_client(const bh_draft_doc *d, const bh_contract_plan *contract)
{
  bool other = contract->client != NULL && !bh_str_eq(contract->client->id, d->client->id);
  return other ? contract->client->id : (bh_str){ "", 0 };
}

static bool total_only(const bh_workspace *ws, bh_str section)
{
  for (size_t i = 0; i < ws->invoicing.section_count; i++)
    if (bh_str_eq(ws->invoicing.sections[i], section))
      return ws->invoicing.section_totals[i];
  return false;
}

static bool same_section(const bh_draft_doc *d, size_t i, size_t j)
{
  return bh_str_eq(d->lines[i]->section, d->lines[j]->section) &&
         bh_str_eq(bh_served_client(d, d->lines[i]->contract), bh_served_client(d, d->lines[j]->contract));
}

void bh_sections_json(bh_jw *w, const bh_draft_doc *d)
{
  bool any = false;
  for (size_t i = 0; i < d->line_count && !any; i++)
    any = d->lines[i]->section.len > 0;
  if (!any)
    return;
  bh_jw_key(w, "sections");
  bh_jw_arr(w);
  for (size_t i = 0, j; i < d->line_count; i = j) {
    int64_t sum = 0;
    for (j = i; j < d->line_count && same_section(d, i, j); j++)
      bh_require(bh_money_add(&sum, d->lines[j]->amount)); /* the subtotal of all has been added up already */
    bh_str name = d->lines[i]->section, served = bh_served_client(d, d->lines[i]->contract);
    if (name.len == 0)
      continue;
    bh_jw_obj(w);
    if (served.len) { bh_jw_key(w, "client"); bh_jw_str(w, served); }
    bh_jw_key(w, "name"); bh_jw_str(w, name);
    bh_jw_key(w, "show"); bh_jw_z(w, total_only(d->ws, name) ? "total" : "lines");
    bh_jw_key(w, "subtotal"); bh_jw_money(w, sum, d->decimals);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

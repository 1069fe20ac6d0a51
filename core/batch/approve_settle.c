/* What an approval settles: the next run compares from there. */
#include "batch/approval.h"
#include "batch/reopen_keys.h"
#include "batch/settle.h"
#include "batch/unsettle.h"

/* One of several documents of these contracts: the next run compares in full. */
static bh_status settle_in_part(bh_approval *ap, bh_arena *a, const bh_doc_row *row)
{
  bh_store *s = ap->b->store;
  bh_doc_line *lines;
  size_t n, rows_n;
  bh_contract_row *rows;
  bh_status st = bh_store_doc_lines(s, &lines, &n, a, row->doc, ap->err);
  if (st == BH_OK)
    st = bh_doc_contracts(&rows, &rows_n, a, s, row->client, ap->err);
  for (size_t j = 0; st == BH_OK && j < rows_n; j++) {
    bool on = false;
    for (size_t i = 0; i < n && !on; i++)
      on = lines[i].contract == rows[j].num;
    if (!on)
      continue;
    rows[j].hash = (bh_sha){ { 0 } };
    rows[j].next_due = BH_DAY_MIN;
    rows[j].currency = row->currency;
    st = bh_store_contract_put(s, &rows[j], ap->err);
  }
  return st;
}

/* A credit by hand settles nothing; with --rebill it opens what it takes back. */
static bh_status settle_by_hand(bh_approval *ap, bh_arena *a, const bh_doc_row *row, bh_str client_id)
{
  bh_store *s = ap->b->store;
  bh_doc_line *lines;
  size_t n, drafts_n;
  bool reopens = false;
  bh_status st = bh_store_doc_lines(s, &lines, &n, a, row->doc, ap->err);
  for (size_t i = 0; st == BH_OK && i < n; i++)
    reopens = reopens || (lines[i].contract != 0 && lines[i].counts);
  if (st == BH_OK && reopens)
    st = bh_reopen_left_over(s, a, lines, n, ap->err);
  if (st == BH_OK && reopens)
    st = bh_unsettle_lines(s, a, row->client, client_id, lines, n, ap->err);
  ap->unsettled = ap->unsettled || reopens;
  bh_client_row client;
  bh_doc_row *drafts;
  if (st == BH_OK)
    st = bh_store_client_get(s, &client, client_id, ap->err);
  if (st == BH_OK)
    st = bh_store_drafts_of(s, &drafts, &drafts_n, a, row->client, ap->err);
  if (st != BH_OK)
    return st;
  client.open_draft = drafts_n > 0;
  return bh_store_client_put(s, &client, client_id, ap->err);
}

bh_status bh_approval_settle(bh_approval *ap, bh_arena *a, const bh_doc_row *row, bh_str client_id)
{
  bh_store *s = ap->b->store;
  bh_str packed = row->settle;
  bh_settle x;
  bh_doc_row now;
  bh_status st = BH_OK;
  if (packed.len == 0)
    return settle_by_hand(ap, a, row, client_id);
  if (ap->unsettled) {
    st = bh_store_doc_get(s, &now, a, row->doc, ap->err);
    packed = st == BH_OK ? now.settle : packed;
  }
  if (st == BH_OK && !bh_settle_unpack(&x, a, packed))
    return bh_fail(ap->err, BH_E_STORE, "document %lld: what it settles cannot be read back", (long long)row->doc);
  if (st == BH_OK && x.contract_count == 0)
    st = settle_in_part(ap, a, row);
  for (size_t i = 0; st == BH_OK && i < x.contract_count; i++)
    st = bh_store_contract_settle(s, x.contracts[i].client ? x.contracts[i].client : row->client, x.contracts[i].num, &x.contracts[i].hash,
                                  x.contracts[i].next_due, x.contracts[i].currency, ap->err);
  for (size_t i = 0; st == BH_OK && i < x.member_count; i++)
    st = bh_store_client_settle(s, x.members[i].client, &x.members[i].raw_hash, x.members[i].whole ? x.members[i].next_due : BH_DAY_MIN, x.pull,
                                x.members[i].charged_to, ap->err);
  return st == BH_OK ? bh_store_client_settle(s, row->client, &x.raw_hash, x.whole ? x.next_due : BH_DAY_MIN, x.pull, x.charged_to, ap->err) : st;
}

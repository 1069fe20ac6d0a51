/* What an approval settles: the next run compares from there. */
#include "batch/approval.h"
#include "batch/settle.h"

bh_status bh_approval_settle(bh_approval *ap, bh_arena *a, const bh_doc_row *row, bh_str client_id)
{
  bh_store *s = ap->b->store;
  bh_settle x;
  bool by_hand = row->settle.len == 0; /* settles nothing; with --rebill it opens what it takes back */
  if (by_hand)
    x = (bh_settle){ 0 };
  else if (!bh_settle_unpack(&x, a, row->settle))
    return bh_fail(ap->err, BH_E_STORE, "document %lld: what it settles cannot be read back", (long long)row->doc);
  bh_status st = BH_OK;
  bool reopened = false;
  if (x.contract_count > 0) {
    for (size_t i = 0; i < x.contract_count && st == BH_OK; i++)
      st = bh_store_contract_settle(s, x.contracts[i].client ? x.contracts[i].client : row->client, x.contracts[i].num, &x.contracts[i].hash,
                                    x.contracts[i].next_due, x.contracts[i].currency, ap->err);
  } else { /* one of several documents of these contracts: the next run compares in full */
    bh_doc_line *lines;
    size_t n, rows_n;
    bh_contract_row *rows;
    st = bh_store_doc_lines(s, &lines, &n, a, row->doc, ap->err);
    if (st == BH_OK)
      st = bh_doc_contracts(&rows, &rows_n, a, s, row->client, ap->err);
    for (size_t j = 0; st == BH_OK && j < rows_n; j++) {
      bool on = false;
      for (size_t i = 0; i < n && !on; i++)
        on = lines[i].contract == rows[j].num;
      if (!on)
        continue;
      reopened = true;
      rows[j].hash = (bh_sha){ { 0 } };
      rows[j].next_due = BH_DAY_MIN;
      rows[j].currency = row->currency;
      st = bh_store_contract_put(s, &rows[j], ap->err);
    }
  }
  for (size_t i = 0; st == BH_OK && i < x.member_count; i++)
    st = bh_store_client_settle(s, x.members[i].client, &x.members[i].raw_hash, x.members[i].whole ? x.members[i].next_due : BH_DAY_MIN, x.pull,
                                x.members[i].charged_to, ap->err);
  if (st != BH_OK || !by_hand)
    return st == BH_OK ? bh_store_client_settle(s, row->client, &x.raw_hash, x.whole ? x.next_due : BH_DAY_MIN, x.pull, x.charged_to, ap->err) : st;
  bh_client_row client;
  st = bh_store_client_get(s, &client, client_id, ap->err);
  if (st != BH_OK)
    return st;
  bh_doc_row *drafts;
  size_t drafts_n;
  st = bh_store_drafts_of(s, &drafts, &drafts_n, a, row->client, ap->err);
  client.open_draft = drafts_n > 0;
  if (reopened) {
    client.raw_hash = (bh_sha){ { 0 } };
    client.next_due = BH_DAY_MIN;
  }
  if (st == BH_OK && reopened)
    st = bh_doc_members_wake(s, a, row->client, ap->err);
  return st == BH_OK ? bh_store_client_put(s, &client, client_id, ap->err) : st;
}

#include "batch/unsettle.h"
#include "batch/settle.h"

static bool among(const int32_t *list, size_t n, int32_t num)
{
  for (size_t i = 0; i < n; i++)
    if (list[i] == num)
      return true;
  return false;
}

static bh_status drafts_settle_nothing(bh_store *s, bh_arena *a, int32_t client, bh_error *err)
{
  bh_doc_row *drafts;
  size_t n;
  bh_status st = bh_store_drafts_of(s, &drafts, &n, a, client, err);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    bh_settle x;
    if (drafts[i].by_hand)
      continue;
    if (!bh_settle_unpack(&x, a, drafts[i].settle))
      return bh_fail(err, BH_E_STORE, "document %lld: what it settles cannot be read back", (long long)drafts[i].doc);
    x.whole = false;
    x.contract_count = 0;
    for (size_t k = 0; k < x.member_count; k++)
      x.members[k].whole = false;
    drafts[i].settle = bh_settle_pack(a, &x);
    st = bh_store_doc_update(s, &drafts[i], err);
  }
  return st;
}

bh_status bh_unsettle(bh_store *s, bh_arena *a, int32_t client, bh_str client_id, const int32_t *contracts, size_t n, bh_error *err)
{
  bh_contract_row *rows;
  size_t rows_n;
  bh_status st = bh_doc_contracts(&rows, &rows_n, a, s, client, err); /* those that are billed to it stand on its documents */
  for (size_t i = 0; i < rows_n && st == BH_OK; i++) {
    if (!among(contracts, n, rows[i].num))
      continue;
    rows[i].hash = (bh_sha){ { 0 } };
    rows[i].next_due = BH_DAY_MIN;
    st = bh_store_contract_put(s, &rows[i], err);
  }
  if (st == BH_OK)
    st = drafts_settle_nothing(s, a, client, err);
  bh_client_row row;
  if (st == BH_OK)
    st = bh_store_client_get(s, &row, client_id, err);
  if (st != BH_OK)
    return st;
  row.raw_hash = (bh_sha){ { 0 } };
  row.next_due = BH_DAY_MIN;
  st = bh_store_client_put(s, &row, client_id, err);
  return st == BH_OK ? bh_doc_members_wake(s, a, client, err) : st;
}

bh_status bh_unsettle_lines(bh_store *s, bh_arena *a, int32_t client, bh_str client_id, const bh_doc_line *lines, size_t n, bh_error *err)
{
  int32_t *contracts = BH_NEWN(a, int32_t, n ? n : 1);
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    if (lines[i].contract != 0 && !among(contracts, count, lines[i].contract))
      contracts[count++] = lines[i].contract;
  return bh_unsettle(s, a, client, client_id, contracts, count, err);
}

/* Clients that are billed to another: their contracts stand on its documents. */
#include "batch/engine.h"

bh_status bh_doc_contracts(bh_contract_row **out, size_t *n, bh_arena *a, bh_store *s, int32_t client, bh_error *err)
{
  int32_t *members;
  size_t count;
  bh_status st = bh_store_contracts_of(s, out, n, a, client, err);
  if (st == BH_OK)
    st = bh_store_payer_clients(s, &members, &count, a, client, err);
  for (size_t i = 0; st == BH_OK && i < count; i++) {
    bh_contract_row *more;
    size_t m;
    st = bh_store_contracts_of(s, &more, &m, a, members[i], err);
    if (st != BH_OK || m == 0)
      continue;
    bh_contract_row *all = BH_NEWN(a, bh_contract_row, *n + m);
    if (*n)
      memcpy(all, *out, *n * sizeof *all);
    memcpy(all + *n, more, m * sizeof *all);
    *out = all;
    *n += m;
  }
  return st;
}

bh_status bh_doc_members_wake(bh_store *s, bh_arena *a, int32_t client, bh_error *err)
{
  int32_t *members;
  size_t count;
  bh_status st = bh_store_payer_clients(s, &members, &count, a, client, err);
  for (size_t i = 0; st == BH_OK && i < count; i++) {
    bh_str id;
    bh_client_row row;
    st = bh_store_client_id(s, &id, a, members[i], err);
    if (st == BH_OK)
      st = bh_store_client_get(s, &row, id, err);
    if (st != BH_OK)
      return st;
    row.raw_hash = (bh_sha){ { 0 } };
    row.next_due = BH_DAY_MIN;
    st = bh_store_client_put(s, &row, id, err);
  }
  return st;
}

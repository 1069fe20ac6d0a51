#include "batch/credited.h"

/* "acme-1:3" is a line of acme-1: the ordinal between the client's id and the colon, 0 where it is none of this client's. */
static int32_t ordinal_of(bh_str line, bh_str client)
{
  bh_dec ord;
  while (line.len > 0 && line.ptr[line.len - 1] != ':')
    line.len--;
  if (line.len < client.len + 3 || !bh_str_starts(line, client) || line.ptr[client.len] != '-' ||
      !bh_dec_parse(&ord, (bh_str){ line.ptr + client.len + 1, line.len - client.len - 2 }, 0) || ord.coef < 1 || ord.coef > INT32_MAX)
    return 0;
  return (int32_t)ord.coef;
}

bh_status bh_corrected_docs(int64_t **out, size_t *n, bh_arena *a, bh_store *s, const bh_doc_row *row, bh_str client, bh_str json, bh_error *err)
{
  bh_node *tree;
  bh_status st = bh_json_parse(&tree, a, json, NULL, err);
  const bh_node *lines = st == BH_OK ? bh_node_get(tree, "lines") : NULL;
  *out = BH_NEWN(a, int64_t, lines != NULL ? lines->item_count + 1 : 1);
  *n = 0;
  for (size_t i = 0; lines != NULL && st == BH_OK && i < lines->item_count; i++) {
    const bh_node *corrects = bh_node_get(lines->items[i], "corrects");
    int32_t ord = corrects != NULL && corrects->kind == BH_NODE_STR ? ordinal_of(corrects->text, client) : 0;
    bh_doc_row found;
    if (ord == 0)
      continue;
    st = bh_store_doc_by_ord(s, &found, a, row->client, ord, err);
    if (st == BH_OK)
      (*out)[(*n)++] = found.doc;
    else if (st == BH_E_NOTFOUND)
      st = BH_OK;
  }
  return st;
}

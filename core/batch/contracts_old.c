/* clients/NAME.jsonl as it stands: only what a pull has written there is replaced by one. */
#include "batch/contracts.h"
#include <stdlib.h>

enum { FILE_BYTES_MAX = 1 << 30 };

bh_str bh_contracts_path(bh_arena *a, billhook *b, bh_str connector) { return bh_arena_fmt(a, "%.*s/clients/%.*s.jsonl", BH_STR_ARG(b->dir), BH_STR_ARG(connector)); }

static bh_str text_of(const bh_node *n, const char *key)
{
  const bh_node *v = bh_node_get(n, key);
  return v != NULL && (v->kind == BH_NODE_STR || v->kind == BH_NODE_INT) ? v->text : (bh_str){ "", 0 };
}

static bool read_line(bh_contract_old *out, bh_arena *a, bh_str text, bh_str connector)
{
  bh_node *n;
  if (bh_json_parse(&n, a, text, NULL, NULL) != BH_OK || n->kind != BH_NODE_TABLE || !bh_str_eqz(text_of(n, "type"), "contract"))
    return false;
  const bh_node *ids = bh_node_get(n, "ids");
  *out = (bh_contract_old){ .id = text_of(n, "id"), .client = text_of(n, "client"), .currency = text_of(n, "currency"), .text = bh_arena_str(a, text) };
  if (ids != NULL && ids->kind == BH_NODE_TABLE)
    out->ref = text_of(ids, bh_arena_z(a, connector));
  return out->ref.len > 0;
}

static int by_ref(const void *x, const void *y) { return bh_str_cmp(((const bh_contract_old *)x)->ref, ((const bh_contract_old *)y)->ref); }

static bh_status read_lines(bh_contract_old **out, size_t *n, bh_arena *a, bh_str text, bh_str connector, bh_error *err)
{
  size_t lines = 0, number = 0;
  for (size_t i = 0; i < text.len; i++)
    lines += text.ptr[i] == '\n';
  *out = BH_NEWN(a, bh_contract_old, lines + 2);
  for (size_t at = 0; at < text.len;) {
    const char *nl = memchr(text.ptr + at, '\n', text.len - at);
    size_t len = nl != NULL ? (size_t)(nl - text.ptr) - at : text.len - at;
    number++;
    if (len > 0 && !read_line(&(*out)[(*n)++], a, (bh_str){ text.ptr + at, len }, connector))
      return bh_fail(err, BH_E_INVALID, "connector \"%.*s\": clients/%.*s.jsonl:%zu is no contract that a pull has written: contracts = true replaces this file; move what is "
                     "yours to another one", BH_STR_ARG(connector), BH_STR_ARG(connector), number);
    at += len + 1;
  }
  if (*n > 1)
    qsort(*out, *n, sizeof **out, by_ref);
  return BH_OK;
}

bh_status bh_contracts_old(bh_contract_old **out, size_t *n, bh_arena *a, billhook *b, bh_str connector, bh_error *err)
{
  bh_buf text;
  bh_buf_init(&text, FILE_BYTES_MAX);
  *out = NULL;
  *n = 0;
  bh_status st = bh_file_read(&text, bh_contracts_path(a, b, connector).ptr, err);
  if (st == BH_OK)
    st = read_lines(out, n, a, bh_buf_str(&text), connector, err);
  else if (st == BH_E_NOTFOUND)
    st = BH_OK;
  bh_buf_dispose(&text);
  return st;
}

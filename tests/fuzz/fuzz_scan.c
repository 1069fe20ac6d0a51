/* The shallow look at a JSON line of clients/: what it finds is what the whole parser finds, or it leaves the line alone. */
#include "fuzz.h"
#include "workspace/entries.h"

static void same(const bh_node *n, const char *key, bh_str found) {
  const bh_node *v = bh_node_get(n, key);
  if (v == NULL) FUZZ_MUST(found.len == 0);
  else FUZZ_MUST(v->kind == BH_NODE_STR && bh_str_eq(v->text, found));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ws_scan x;
  bh_arena a;
  bh_arena_init(&a);
  bh_node *n;
  bh_error err;
  if (ws_scan_line(fuzz_str(data, size), &x) && bh_json_parse(&n, &a, fuzz_str(data, size), NULL, &err) == BH_OK) {
    same(n, "type", x.type);
    same(n, "id", x.id);
    same(n, "client", x.client);
    same(n, "contract", x.contract);
  }
  bh_arena_dispose(&a);
  return 0;
}

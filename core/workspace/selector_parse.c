#include "workspace/internal.h"

bh_status bh_selector_parse(bh_selector *out, bh_arena *a, bh_str json, bh_error *err)
{
  bh_node *node;
  bh_status st = bh_json_parse(&node, a, json, NULL, err);
  if (st != BH_OK)
    return bh_fail_prefix(err, "selector");
  bh_mistakes m;
  bh_mistakes_init(&m);
  ws_ck ck = { .m = &m, .a = a, .file = BH_S("rule"), .word = "selector" };
  ws_path at = { 0 };
  *out = (bh_selector){ 0 };
  if (!ws_selector(&ck, &at, node, out))
    st = bh_fail(err, BH_E_INVALID, "selector %.*s: %.*s", BH_STR_ARG(json), m.count ? (int)m.items[0].message.len : 0, m.count ? m.items[0].message.ptr : "");
  bh_mistakes_dispose(&m);
  return st;
}

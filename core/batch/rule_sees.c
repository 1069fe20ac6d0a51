#include "batch/rule_sees.h"

bh_str bh_rule_tags(bh_arena *a, bh_str text)
{
  static const char key[] = "\"tags\":";
  bh_node *n;
  if (text.len == 0 || memmem(text.ptr, text.len, key, sizeof key - 1) == NULL || bh_json_parse(&n, a, text, NULL, NULL) != BH_OK)
    return (bh_str){ "", 0 };
  const bh_node *tags = bh_node_get(n, "tags");
  if (tags == NULL || (tags->kind != BH_NODE_TABLE && tags->kind != BH_NODE_STR))
    return (bh_str){ "", 0 };
  bool one = tags->kind == BH_NODE_STR; /* one tag may be written without a list */
  bh_buf out;
  bh_buf_init(&out, text.len * 6 + 64);
  bh_buf_putz(&out, one ? "[" : "");
  bh_json_write(&out, tags);
  bh_buf_putz(&out, one ? "]" : "");
  bh_str json = bh_arena_str(a, bh_buf_str(&out));
  bh_buf_dispose(&out);
  return json;
}

bh_str bh_rule_client(bh_arena *a, const bh_client_terms *client)
{
  bh_str tags = bh_rule_tags(a, client->text), card = client->card;
  if (tags.len == 0 || card.len < 2)
    return card;
  return bh_arena_fmt(a, "%.*s,\"tags\":%.*s}", (int)card.len - 1, card.ptr, BH_STR_ARG(tags));
}

/* The keys of a line: their names, and those that have no say in what is owed. */
#include "workspace/line_keys.h"

const char *const ws_line_names[LK_COUNT] = {
#define X(k) #k,
    WS_LINE_KEYS(X)
#undef X
};
const ws_names ws_line_keys = {ws_line_names, LK_COUNT};

void ws_line_bad_key(ws_ck *ck, const ws_path *at, bh_str key, const bh_plugin_spec *model) {
  const char **options;
  size_t n = ws_spec_keys(model, ck->a, &options), count = 0;
  const char **all = BH_NEWN(ck->a, const char *, n + LK_COUNT);
  for (size_t i = 1; i < LK_COUNT; i++) all[count++] = ws_line_names[i];
  for (size_t i = 0; i < n; i++) all[count++] = options[i];
  ws_bad_key(ck, at, key, all, count);
}

void ws_line_others(ws_ck *ck, const ws_path *at, bh_node *const *v, const bh_plugin_spec *model) {
  if (v[LK_opening] && model && !ws_option(model, BH_S("opening")))
    ws_bad(ck, WS_KEY(at, "opening"), "the model \"%.*s\" carries nothing on; expected it on a prepaid or rolled-over line", BH_STR_ARG(model->id));
  if (v[LK_ids]) ws_ids_check(ck, WS_KEY(at, "ids"), v[LK_ids]);
  bh_str *texts;
  size_t n;
  bh_str text;
  if (v[LK_tags]) ws_texts(ck, WS_KEY(at, "tags"), v[LK_tags], &texts, &n);
  if (v[LK_note]) ws_text(ck, WS_KEY(at, "note"), v[LK_note], &text);
}

bh_str ws_line_product(const bh_node *line) {
  if (line->kind == BH_NODE_STR) return line->text;
  const bh_node *p = ws_item(line, 0);
  if (!p) p = ws_get(line, "product");
  return p && p->kind == BH_NODE_STR ? p->text : (bh_str){0};
}

/* What came and what went since the last invoice on which the same line stands. */
#include "report/explain.h"

/* The last earlier evidence line of the same contract and key; of several periods on that invoice, the latest. */
static const bh_node *line_before(const bh_report_doc **doc, const bh_explaining *x, const bh_node *line) {
  bh_str contract = bh_report_text(line, "contract"), key = bh_report_text(line, "key");
  for (size_t d = 0; d < x->before_count; d++) {
    bh_node **lines;
    size_t n = bh_report_items(&lines, x->before[d].evidence, "lines");
    for (size_t i = n; i-- > 0;) {
      const bh_node *corrects = bh_node_get(lines[i], "corrects");
      if (corrects != NULL && corrects->kind != BH_NODE_NULL) continue;
      if (!bh_str_eq(bh_report_text(lines[i], "contract"), contract) || !bh_str_eq(bh_report_text(lines[i], "key"), key)) continue;
      *doc = &x->before[d];
      return lines[i];
    }
  }
  return NULL;
}

static void index_assets(bh_map *m, const bh_explained *e) {
  for (size_t i = 0; i < e->asset_count; i++)
    if (e->assets[i].left_out.len == 0) bh_map_put(m, e->assets[i].id, &e->assets[i]);
}

/* Those of `e` that are not in `others`. A thing may have been there in several pieces: it is named once. */
static void put_only(bh_jw *w, bh_arena *a, const char *key, const bh_explained *e, const bh_map *others) {
  bh_map named;
  bh_map_init(&named, a);
  bh_jw_key(w, key);
  bh_jw_arr(w);
  for (size_t i = 0; i < e->asset_count; i++) {
    bh_fact_asset *x = &e->assets[i];
    if (x->left_out.len || bh_map_get(others, x->id) != NULL || bh_map_get(&named, x->id) != NULL) continue;
    bh_map_put(&named, x->id, x);
    bh_jw_obj(w);
    bh_jw_key(w, "id"); bh_jw_str(w, x->id);
    bh_jw_key(w, "name"); bh_jw_str(w, x->name);
    bh_jw_key(w, "from"); bh_jw_day(w, x->from);
    bh_jw_key(w, "to"); bh_jw_day(w, x->to);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

static void put_shown(bh_jw *w, const bh_report_doc *doc, const bh_node *evidence_line) {
  static const char *const keys[] = {"quantity", "unit_price", "amount"};
  bh_node **lines;
  size_t n = bh_report_items(&lines, doc->json, "lines");
  bh_jw_key(w, "invoice");
  bh_jw_str(w, doc->row.number.len ? doc->row.number : doc->id);
  for (size_t i = 0; i < n; i++) {
    if (!bh_str_eq(bh_report_text(lines[i], "id"), bh_report_text(evidence_line, "id"))) continue;
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
      bh_jw_key(w, keys[k]);
      bh_jw_str(w, bh_report_text(lines[i], keys[k]));
    }
  }
}

void bh_explain_write_since(bh_jw *w, bh_explaining *x, const bh_node *line, const bh_explained *now) {
  const bh_report_doc *doc = NULL;
  const bh_node *old = line != NULL ? line_before(&doc, x, line) : NULL;
  bh_explained then = {0};
  bh_map ids_now, ids_then;
  bh_map_init(&ids_now, x->a);
  bh_map_init(&ids_then, x->a);
  if (old != NULL) bh_explain_ask(&then, x, old);
  bool both = old != NULL && now->asked && then.asked;
  const bh_explained none = {0};
  if (both) {
    index_assets(&ids_now, now);
    index_assets(&ids_then, &then);
  }
  bh_jw_key(w, "since_last");
  bh_jw_obj(w);
  put_only(w, x->a, "came", both ? now : &none, &ids_then);
  put_only(w, x->a, "went", both ? &then : &none, &ids_now);
  if (old != NULL) put_shown(w, doc, old);
  else { bh_jw_key(w, "invoice"); bh_jw_null(w); }
  bh_jw_obj_end(w);
}

/* What is charged for a key, row by row, against the frozen text and its evidence: amounts are summed elsewhere, here is what they are for. */
#include "report/verify.h"

static const bh_node *line_of(const bh_report_doc *d, bh_str id) {
  bh_node **lines;
  size_t n = bh_report_items(&lines, d->json, "lines");
  for (size_t i = 0; i < n; i++)
    if (bh_str_eq(bh_report_text(lines[i], "id"), id)) return lines[i];
  return NULL;
}

static bool period_agrees(const bh_node *line, const bh_doc_line *row) {
  const bh_node *period = bh_node_get(line, "period");
  bh_day from, to;
  return bh_day_parse(&from, bh_report_text(period, "from")) && bh_day_parse(&to, bh_report_text(period, "to")) && from == row->from && to + 1 == row->until;
}

/* A goodwill never counts as charged, and what a run made always does. */
static bool counts_agree(const bh_report_doc *d, const bh_doc_line *row) {
  if (row->kind == BH_LINE_GOODWILL) return !row->counts;
  return row->counts || d->row.by_hand || row->kind == BH_LINE_LATE_FEE;
}

static const char *const kinds[] = {"charge", "adjustment", "minimum", "once", "rule", "late_fee", "goodwill", "discount", "adjustment"};

static bh_status check_wish(bh_verify *v, const char *name, const bh_doc_line *row, bh_error *err) {
  bh_reopened_row *wishes;
  size_t n;
  bh_status st = bh_store_reopened_of(v->store, &wishes, &n, &v->scratch, row->contract, err);
  for (size_t i = 0; st == BH_OK && i < n; i++)
    if (wishes[i].whole_from == row->whole_from && wishes[i].whole_until == row->whole_until && bh_str_eq(wishes[i].key, row->key) && row->wish <= wishes[i].wish)
      return BH_OK;
  if (st == BH_OK) bh_verify_problem(v, BH_VERIFY_KEYS, "%s: %.*s was rated for a re-opening that nobody asked for", name, BH_STR_ARG(row->key));
  return st;
}

bh_status bh_verify_rows(bh_verify *v, const bh_report_doc *d, const char *name, const bh_doc_line *rows, size_t n, bh_error *err) {
  bh_status st = BH_OK;
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    const bh_doc_line *row = &rows[i];
    const char *what = NULL;
    if (row->wish > 0) st = check_wish(v, name, row, err);
    if (bh_verify_discount(row)) continue;
    const bh_node *line = line_of(d, row->line_id), *evidence = bh_report_evidence_line(d->evidence, row->line_id);
    if (line == NULL) continue; /* told where the amounts are compared */
    if (!bh_str_eq(bh_report_text(line, "product"), row->product)) what = "product";
    else if (!period_agrees(line, row)) what = "period";
    else if (row->kind >= sizeof kinds / sizeof kinds[0] || !bh_str_eqz(bh_report_text(line, "kind"), kinds[row->kind])) what = "kind";
    else if (evidence != NULL && !bh_str_eq(bh_report_text(evidence, "key"), row->key)) what = "key";
    if (what != NULL) bh_verify_problem(v, BH_VERIFY_KEYS, "%s: line %.*s is charged with another %s than it shows", name, BH_STR_ARG(row->line_id), what);
    if (!counts_agree(d, row))
      bh_verify_problem(v, BH_VERIFY_KEYS, "%s: line %.*s %s as charged", name, BH_STR_ARG(row->line_id), row->counts ? "counts" : "does not count");
  }
  return st;
}

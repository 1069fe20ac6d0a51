/* Every amount again from the parts that stand beside it, and the rows against the text. */
#include "report/verify.h"

static void check_line(bh_verify *v, const bh_report_doc *d, const char *name, const bh_node *line) {
  bh_str id = bh_report_text(line, "id"), exact = bh_report_text(line, "quantity_exact");
  bh_ratio quantity, fraction;
  bh_dec price;
  int64_t amount, up, even;
  int decimals = d->row.decimals;
  if (!bh_report_minor(&amount, line, "amount", decimals) ||
      !bh_report_ratio(&quantity, exact.len ? exact : bh_report_text(line, "quantity")) ||
      !bh_report_ratio(&fraction, bh_report_text(line, "fraction")) ||
      !bh_dec_parse(&price, bh_report_text(line, "unit_price"), BH_DEC_SCALE_MAX)) {
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: line %.*s has a number that cannot be read", name, BH_STR_ARG(id));
    return;
  }
  /* which of the two roundings was chosen then does not stand in the document */
  if (!bh_money_amount(&up, price, quantity, fraction, decimals, BH_HALF_UP) ||
      !bh_money_amount(&even, price, quantity, fraction, decimals, BH_HALF_EVEN) || (amount != up && amount != even)) {
    bh_str shown = bh_report_text(line, "amount"), f = bh_report_text(line, "fraction"), p = bh_report_text(line, "unit_price");
    bh_str q = exact.len ? exact : bh_report_text(line, "quantity");
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: line %.*s: %.*s × %.*s × %.*s is not %.*s", name, BH_STR_ARG(id), BH_STR_ARG(q), BH_STR_ARG(p),
                      BH_STR_ARG(f), BH_STR_ARG(shown));
  }
}

static void check_text(bh_verify *v, const char *name, const char *what, const bh_node *json, const char *key, bh_str row) {
  bh_str text = bh_report_text(json, key);
  if (!bh_str_eq(text, row))
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: %s is \"%.*s\" in the text and \"%.*s\" in the row", name, what, BH_STR_ARG(text), BH_STR_ARG(row));
}

static void check_row(bh_verify *v, const bh_report_doc *d, const char *name) {
  char day[12];
  int64_t minor;
  check_text(v, name, "the id", d->json, "id", d->id);
  check_text(v, name, "the currency", d->json, "currency", d->row.currency);
  check_text(v, name, "the type", d->json, "type", d->row.type == BH_DOC_CREDIT_NOTE ? BH_S("credit_note") : BH_S("invoice"));
  bh_day_format(day, d->row.issue);
  check_text(v, name, "the issue date", d->json, "issue_date", bh_str_c(day));
  bh_day_format(day, d->row.due);
  check_text(v, name, "the due date", d->json, "due_date", bh_str_c(day));
  if (d->row.decimals != bh_currency_decimals(d->row.currency))
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: %.*s does not have %d decimals", name, BH_STR_ARG(d->row.currency), d->row.decimals);
  if (!bh_report_minor(&minor, d->json, "total", d->row.decimals) || minor != d->row.total)
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: the total in the text is not the row's", name);
  if (!bh_report_minor(&minor, d->json, "subtotal", d->row.decimals) || minor != d->row.subtotal)
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: the subtotal in the text is not the row's", name);
  bool approved = d->row.state != BH_DOC_DRAFT;
  if (approved && (d->row.number.len == 0 || d->row.chain == 0))
    bh_verify_problem(v, BH_VERIFY_NUMBERS, "%s is approved and has no %s", name, d->row.number.len == 0 ? "number" : "place in the chain");
  if (!approved && (d->row.number.len > 0 || d->row.chain != 0))
    bh_verify_problem(v, BH_VERIFY_NUMBERS, "%s is a draft and has a %s", name, d->row.number.len ? "number" : "place in the chain");
}

static void check_evidence(bh_verify *v, const bh_report_doc *d, const char *name) {
  char hex[65];
  if (d->body.evidence.len == 0) return; /* erased after `retain`: the hash stays */
  bh_sha sum = bh_sha256_1(d->body.evidence);
  bh_hex(hex, sum.b, sizeof sum.b);
  if (!bh_str_eqz(bh_report_text(d->json, "evidence"), hex))
    bh_verify_problem(v, BH_VERIFY_CHAIN, "%s: its evidence is not the one whose hash it carries", name);
}

/* Each line of the text has rows of its amount, and rows without a line are zero. */
static bh_status check_rows(bh_verify *v, const bh_report_doc *d, const char *name, bh_node **lines, size_t n, bh_error *err) {
  bh_doc_line *rows;
  size_t row_count;
  bh_status st = bh_store_doc_lines(v->store, &rows, &row_count, &v->scratch, d->row.doc, err);
  if (st != BH_OK) return st;
  bh_map by_id;
  bh_map_init(&by_id, &v->scratch);
  int64_t discounts = 0, shown = 0, amount;
  for (size_t i = 0; i < row_count; i++) {
    if (bh_verify_discount(&rows[i])) {
      bh_money_add(&discounts, rows[i].amount);
      continue;
    }
    int64_t **slot = (int64_t **)bh_map_ref(&by_id, rows[i].line_id);
    if (*slot == NULL) *slot = BH_NEW(&v->scratch, int64_t);
    bh_money_add(*slot, rows[i].amount);
  }
  for (size_t i = 0; i < n; i++) {
    bh_str id = bh_report_text(lines[i], "id");
    int64_t *sum = bh_map_get(&by_id, id);
    if (!bh_report_minor(&amount, lines[i], "amount", d->row.decimals)) continue; /* told already */
    if (sum == NULL || *sum != amount)
      bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: line %.*s is %s", name, BH_STR_ARG(id), sum == NULL ? "not among what is charged" : "charged with another amount than shown");
    if (sum != NULL) *sum = 0;
  }
  for (size_t i = 0; i < row_count; i++) {
    int64_t *left = bh_verify_discount(&rows[i]) ? NULL : bh_map_get(&by_id, rows[i].line_id);
    if (left != NULL && *left != 0)
      bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: %.*s is charged and does not stand on the document", name, BH_STR_ARG(rows[i].key));
    if (left != NULL) *left = 0;
  }
  bh_node **list;
  size_t count = bh_report_items(&list, d->json, "discounts");
  for (size_t i = 0; i < count; i++)
    if (bh_report_minor(&amount, list[i], "amount", d->row.decimals)) bh_money_add(&shown, amount);
  if (shown != discounts) bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: the discounts shown are not the discounts charged", name);
  st = bh_verify_rows(v, d, name, rows, row_count, err);
  if (st == BH_OK) st = bh_verify_posts(v, d, name, rows, row_count, err);
  return st == BH_OK ? bh_verify_keys_add(v, &d->row, rows, row_count, err) : st;
}

bh_status bh_verify_amounts(bh_verify *v, const bh_report_doc *d, bh_error *err) {
  const char *name = bh_arena_z(&v->scratch, d->row.number.len ? d->row.number : d->id);
  bh_node **lines;
  size_t n = bh_report_items(&lines, d->json, "lines");
  for (size_t i = 0; i < n; i++) check_line(v, d, name, lines[i]);
  bh_verify_sums(v, d, name);
  check_row(v, d, name);
  check_evidence(v, d, name);
  return check_rows(v, d, name, lines, n, err);
}

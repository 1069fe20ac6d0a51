/* From lines to the total. */
#include "report/verify.h"

static bool sum_of(int64_t *out, const bh_node *json, const char *key, int decimals, bool skip_inclusive) {
  bh_node **items;
  size_t n = bh_report_items(&items, json, key);
  *out = 0;
  for (size_t i = 0; i < n; i++) {
    const bh_node *inside = bh_node_get(items[i], "inclusive");
    int64_t amount;
    if (!bh_report_minor(&amount, items[i], "amount", decimals)) return false;
    if (skip_inclusive && inside != NULL && inside->boolean) continue; /* it is in the lines already */
    if (!bh_money_add(out, amount)) return false;
  }
  return true;
}

/* amount = round(base × rate / 100). A tax that is inside the prices has another formula, over all rates together. */
static void check_tax(bh_verify *v, const bh_report_doc *d, const char *name, const bh_node *tax) {
  const bh_node *inside = bh_node_get(tax, "inclusive");
  int64_t base, amount, up, even;
  bh_dec rate;
  bh_ratio share;
  if (inside != NULL && inside->boolean) return;
  bool ok = bh_report_minor(&base, tax, "base", d->row.decimals) && bh_report_minor(&amount, tax, "amount", d->row.decimals) &&
            bh_dec_parse(&rate, bh_report_text(tax, "rate"), BH_DEC_SCALE_MAX) && bh_ratio_of_dec(&share, rate);
  ok = ok && bh_money_scale(&up, base, share.num, (bh_i128)share.den * 100, BH_HALF_UP) &&
       bh_money_scale(&even, base, share.num, (bh_i128)share.den * 100, BH_HALF_EVEN);
  if (!ok || (amount != up && amount != even)) {
    bh_str id = bh_report_text(tax, "tax"), r = bh_report_text(tax, "rate"), b = bh_report_text(tax, "base"), shown = bh_report_text(tax, "amount");
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: tax %.*s: %.*s%% of %.*s is not %.*s", name, BH_STR_ARG(id), BH_STR_ARG(r), BH_STR_ARG(b), BH_STR_ARG(shown));
  }
}

/* Each section's lines stand together, and its subtotal is their sum. */
static void check_sections(bh_verify *v, const bh_report_doc *d, const char *name) {
  bh_node **sections, **lines;
  size_t n = bh_report_items(&sections, d->json, "sections"), count = bh_report_items(&lines, d->json, "lines"), at = 0;
  for (size_t i = 0; i < n; i++) {
    bh_str section = bh_report_text(sections[i], "name"), client = bh_report_text(sections[i], "client");
    int64_t sum = 0, subtotal, amount;
    while (at < count && bh_report_text(lines[at], "section").len == 0) at++;
    for (; at < count && bh_str_eq(bh_report_text(lines[at], "section"), section) && bh_str_eq(bh_report_text(lines[at], "client"), client); at++)
      if (bh_report_minor(&amount, lines[at], "amount", d->row.decimals)) bh_money_add(&sum, amount);
    if (!bh_report_minor(&subtotal, sections[i], "subtotal", d->row.decimals) || subtotal != sum)
      bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: the lines of section \"%.*s\" do not sum to its subtotal", name, BH_STR_ARG(section));
  }
}

void bh_verify_sums(bh_verify *v, const bh_report_doc *d, const char *name) {
  int decimals = d->row.decimals;
  int64_t lines, discounts, taxes, subtotal, total;
  bh_node **items;
  size_t n = bh_report_items(&items, d->json, "taxes");
  for (size_t i = 0; i < n; i++) check_tax(v, d, name, items[i]);
  check_sections(v, d, name);
  if (!sum_of(&lines, d->json, "lines", decimals, false) || !sum_of(&discounts, d->json, "discounts", decimals, false) ||
      !sum_of(&taxes, d->json, "taxes", decimals, true) || !bh_report_minor(&subtotal, d->json, "subtotal", decimals) ||
      !bh_report_minor(&total, d->json, "total", decimals)) {
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s has an amount that cannot be read", name);
    return;
  }
  char a[32], b[32];
  if (lines != subtotal) {
    bh_money_format(a, lines, decimals);
    bh_money_format(b, subtotal, decimals);
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: its lines sum to %s, its subtotal is %s", name, a, b);
  }
  int64_t sum = subtotal;
  if (!bh_money_add(&sum, discounts) || !bh_money_add(&sum, taxes) || sum != total) {
    bh_money_format(a, sum, decimals);
    bh_money_format(b, total, decimals);
    bh_verify_problem(v, BH_VERIFY_AMOUNTS, "%s: subtotal, discounts and taxes sum to %s, its total is %s", name, a, b);
  }
}

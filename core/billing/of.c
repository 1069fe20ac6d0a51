/* `of`: which lines of a billing a discount, a minimum, a percent or a commitment is of. */
#include "billing/rating.h"

const char *const bh_of_keys[BH_OF_KEY_COUNT] = {"contract", "id", "kind", "po", "product", "section", "tax", "unit"};

static bh_str kind_name(bh_owed_kind kind) {
  static const char *const names[] = {"charge", "once", "minimum", "rule"};
  return bh_str_c(names[kind]);
}

static bh_str value_of(const bh_owed_line *l, bh_str contract, bh_of_key key) {
  switch (key) {
  case BH_OF_CONTRACT: return contract;
  case BH_OF_ID: return l->key;
  case BH_OF_KIND: return kind_name(l->kind);
  case BH_OF_PO: return l->po;
  case BH_OF_PRODUCT: return l->product;
  case BH_OF_SECTION: return l->section;
  case BH_OF_UNIT: return l->unit;
  default: return l->category;
  }
}

bool bh_of_takes(const bh_of *of, const bh_owed_line *l, bh_str contract) {
  for (size_t i = 0; i < of->test_count; i++) {
    const bh_of_test *t = &of->tests[i];
    bh_str value = value_of(l, contract, t->key);
    bool any = false;
    for (size_t k = 0; k < t->value_count && !any; k++) any = bh_str_eq(t->values[k], value);
    if (!any) return false;
  }
  return true;
}

void bh_of_put(bh_buf *b, const bh_of *of) {
  bh_put_u32(b, (uint32_t)of->test_count);
  for (size_t i = 0; i < of->test_count; i++) {
    bh_put_u8(b, (uint8_t)of->tests[i].key);
    bh_put_u32(b, (uint32_t)of->tests[i].value_count);
    for (size_t k = 0; k < of->tests[i].value_count; k++) bh_put_str(b, of->tests[i].values[k]);
  }
}

void bh_of_get(bh_of *out, bh_arena *a, bh_get *g) {
  *out = (bh_of){.test_count = bh_get_count(g, BH_OF_KEY_COUNT)};
  out->tests = BH_NEWN(a, bh_of_test, out->test_count);
  for (size_t i = 0; i < out->test_count && !g->bad; i++) {
    bh_of_test *t = &out->tests[i];
    uint8_t key = bh_get_u8(g);
    if (key >= BH_OF_KEY_COUNT) g->bad = true;
    t->key = key < BH_OF_KEY_COUNT ? (bh_of_key)key : BH_OF_TAX;
    t->value_count = bh_get_count(g, 1 << 20);
    t->values = BH_NEWN(a, bh_str, t->value_count);
    for (size_t k = 0; k < t->value_count && !g->bad; k++) t->values[k] = bh_get_str(g);
  }
  if (g->bad) *out = (bh_of){0};
}

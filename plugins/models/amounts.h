/* What models of phase 2 do with the amounts of other lines. */
#ifndef BILLHOOK_MODELS_AMOUNTS_H
#define BILLHOOK_MODELS_AMOUNTS_H
#include "self.h"
#include "text.h"

enum { AMOUNT_NOTES_MAX = 40 };

/* Their sum, in minor units of the currency. */
static inline bh_status amounts_sum(const bh_host *h, const bh_model_input *in, int64_t *out)
{
  *out = 0;
  for (size_t i = 0; i < in->amount_count; i++) {
    if (in->amounts[i].scale != in->decimals)
      return h->fail(h->ctx, BH_E_INVALID, "an amount is not in minor units");
    if (__builtin_add_overflow(*out, in->amounts[i].coef, out))
      return self_too_large(h);
  }
  return BH_OK;
}

/* A note for each of the first of them: "m365-bp 264.00". */
static inline bh_status amounts_note(const bh_model_input *in, const bh_model_emit *out)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; i < in->amount_count && i < AMOUNT_NOTES_MAX && rc == BH_OK; i++) {
    char text[300], amount[NUMBER_LEN];
    bh_str p = in->amount_products[i];
    text_of_money(amount, in->amounts[i]);
    if (p.len > 200 || p.len == 0)
      p = self_str(p.len ? "a product" : "a line without a product");
    snprintf(text, sizeof text, "of %.*s: %s", (int)p.len, p.ptr, amount);
    rc = out->note(out->ctx, self_str(text));
  }
  return rc;
}
#endif

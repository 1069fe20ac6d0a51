/* What sinks and gateways say must be, on either side of the channel. */
#include "plugin/fact_wire.h"
#include "plugin/outward_wire.h"
#include "plugin/sizes.h"

static bool id_ok(bh_str s) { return bh_fact_text_ok(s, true, BH_FACT_ID_MAX); }
static bool optional_id_ok(bh_str s) { return bh_fact_text_ok(s, false, BH_FACT_ID_MAX); }
static bool text_ok(bh_str s) { return bh_fact_text_ok(s, false, BH_FACT_TEXT_MAX); }
static bool dec_ok(bh_dec d) { return d.scale >= 0 && d.scale <= BH_DEC_SCALE_MAX; }

bool bh_key_ok(bh_str key)
{
  bool ok = key.ptr && key.len >= 1 && key.len <= BH_KEY_BYTES_MAX;
  for (size_t i = 0; ok && i < key.len; i++) {
    char c = key.ptr[i];
    ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }
  return ok;
}

const char *bh_sent_wrong(const bh_sent *x)
{
  return x->struct_size < BH_SENT_1_0                                        ? "what was sent is too short (struct_size)"
         : x->state < BH_SENT_DRAFT || x->state > BH_SENT_VOID               ? "what was sent has a state that is none"
         : x->has & ~(uint32_t)(BH_SENT_TOTAL | BH_SENT_BALANCE)             ? "what was sent has an amount that this version does not know"
         : !id_ok(x->ref)                                                    ? "what was sent has no ref: 1 to 500 bytes of UTF-8, by which it is asked for"
         : !optional_id_ok(x->number) || !text_ok(x->url)                    ? "the number or url of what was sent is not UTF-8 text of a fitting length"
         : !dec_ok(x->total) || !dec_ok(x->balance)                          ? "the total or balance of what was sent is none"
                                                                             : NULL;
}

const char *bh_received_wrong(const bh_received *x)
{
  return x->struct_size < BH_RECEIVED_1_0    ? "a payment is too short (struct_size)"
         : !bh_fact_date_ok(x->date, true)   ? "a payment's date is none"
         : !id_ok(x->id)                     ? "a payment's id must be 1 to 500 bytes of UTF-8"
         : !bh_fact_currency_ok(x->currency) ? "a payment's currency must be three capital letters"
         : !text_ok(x->note)                 ? "a payment's note is not UTF-8 text of a fitting length"
         : !dec_ok(x->amount)                ? "a payment's amount is none"
                                             : NULL;
}

const char *bh_tax_code_wrong(const bh_tax_code *x)
{
  return x->struct_size < BH_TAX_CODE_1_0         ? "a tax is too short (struct_size)"
         : x->has & ~(uint32_t)BH_TAX_RATE        ? "a tax has something that this version does not know"
         : !id_ok(x->id)                          ? "a tax's id must be 1 to 500 bytes of UTF-8"
         : !text_ok(x->name) || !dec_ok(x->rate)  ? "a tax's name is not UTF-8 text of a fitting length, or its rate is none"
                                                  : NULL;
}

const char *bh_outcome_wrong(const bh_outcome *x)
{
  if (x->struct_size < BH_OUTCOME_1_0)
    return "an outcome is too short (struct_size)";
  if (x->state < BH_DEBIT_PENDING || x->state > BH_DEBIT_DISPUTED)
    return "an outcome's state is none";
  if (x->flags & ~(uint32_t)(BH_DEBIT_RETRY | BH_DEBIT_ASK) || (x->flags && x->state != BH_DEBIT_FAILED))
    return "an outcome has a flag that this version does not know, or one of a failure and is none";
  if (!bh_fact_date_ok(x->date, false))
    return "an outcome's date is none";
  if ((x->key.len && !bh_key_ok(x->key)) || !optional_id_ok(x->ref) || !optional_id_ok(x->payment) || !text_ok(x->reason))
    return "an outcome's key, ref, payment or reason is not text of a fitting length";
  if (x->ref.len == 0 && x->state != BH_DEBIT_FAILED)
    return "an outcome has no ref: the gateway's id of the payment";
  if (x->ref.len == 0 && x->key.len == 0)
    return "an outcome has neither a key nor a ref: nobody knows of what it is";
  if (!dec_ok(x->amount) || !dec_ok(x->fee) || x->amount.coef < 0 || x->fee.coef < 0)
    return "an outcome's amount or fee is none, or below 0";
  bool said = x->amount.coef || x->fee.coef;
  return (x->currency.len || said) && !bh_fact_currency_ok(x->currency) ? "an outcome's currency must be three capital letters" : NULL;
}

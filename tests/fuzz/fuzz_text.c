/* Decimals, dates and payment terms as people write them: what is taken is written back as the same. */
#include "base/dec.h"
#include "billing/rating.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bh_str text = fuzz_str(data, size);
  bh_dec d, again;
  bh_day day, same;
  char out[48];
  if (bh_dec_parse(&d, text, 9)) {
    bh_ratio r;
    FUZZ_MUST(d.scale >= 0 && d.scale <= 9);
    bh_dec_format(out, d);
    FUZZ_MUST(bh_dec_parse(&again, bh_str_c(out), 9) && bh_dec_cmp(d, again) == 0 && again.scale == d.scale);
    bh_dec_format_trim(out, d);
    FUZZ_MUST(bh_dec_parse(&again, bh_str_c(out), 9) && bh_dec_cmp(d, again) == 0);
    FUZZ_MUST(bh_ratio_of_dec(&r, d));
  }
  if (bh_day_parse(&day, text)) {
    bh_day_format(out, day);
    FUZZ_MUST(bh_str_eq(bh_str_c(out), text) && bh_day_parse(&same, bh_str_c(out)) && same == day);
  }
  bh_error err;
  if (bh_due_date(&day, text, 20000, &err) == BH_OK) FUZZ_MUST(day >= 20000 && day <= 20000 + 3650 + 62);
  return 0;
}

/* Frames between the host and its rating workers: the first byte says which. What is read is written, and that is read as the same. */
#include "billing/rating.h"
#include "fuzz.h"

static bool read_and_write(bh_buf *out, bh_arena *a, bool billing, bh_str frame) {
  bh_get g = bh_get_init(frame);
  bh_billing b;
  bh_rated r;
  if (billing ? !bh_billing_get(&b, a, &g) : !bh_rated_get(&r, a, &g)) return false;
  if (billing) bh_billing_put(out, &b);
  else bh_rated_put(out, &r);
  return !out->failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  bh_arena a;
  bh_arena_init(&a);
  bh_buf first, second;
  bh_buf_init(&first, 1 << 24);
  bh_buf_init(&second, 1 << 24);
  bool billing = data[0] & 1;
  if (read_and_write(&first, &a, billing, fuzz_str(data + 1, size - 1)))
    FUZZ_MUST(read_and_write(&second, &a, billing, bh_buf_str(&first)) && bh_str_eq(bh_buf_str(&first), bh_buf_str(&second)));
  bh_buf_dispose(&first);
  bh_buf_dispose(&second);
  bh_arena_dispose(&a);
  return 0;
}

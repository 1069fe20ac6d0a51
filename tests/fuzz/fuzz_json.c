/* JSON facts and entries: what is read is written canonically, and that is read as the same. */
#include "base/json.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  bh_arena a;
  bh_arena_init(&a);
  bh_node *first, *second;
  bh_error err = {0};
  size_t column = 0;
  bh_buf text, again;
  bh_buf_init(&text, 1 << 24);
  bh_buf_init(&again, 1 << 24);
  if (bh_json_parse(&first, &a, fuzz_str(data, size), &column, &err) == BH_OK) {
    bh_json_write(&text, first);
    FUZZ_MUST(!text.failed && bh_json_parse(&second, &a, bh_buf_str(&text), NULL, &err) == BH_OK);
    bh_json_write(&again, second);
    FUZZ_MUST(bh_str_eq(bh_buf_str(&text), bh_buf_str(&again)));
  } else {
    FUZZ_MUST(err.message[0] != 0);
  }
  bh_buf_dispose(&text);
  bh_buf_dispose(&again);
  bh_arena_dispose(&a);
  return 0;
}

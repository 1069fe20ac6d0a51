/* Staged records: keys that sort as the store's rows do, and small arrays. */
#include "facts/ingest_impl.h"

void bh_rows_grow(void **items, size_t *cap, size_t count, size_t size, bh_arena *a) {
  if (count < *cap) return;
  size_t bigger = *cap ? *cap * 2 : 4;
  void *grown = bh_arena_array(a, bigger, size);
  if (count) memcpy(grown, *items, count * size);
  *items = grown;
  *cap = bigger;
}

static size_t days_at(const bh_days *d, bh_day day) {
  size_t low = 0, high = d->count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (d->items[mid] < day) low = mid + 1; else high = mid;
  }
  return low;
}

bool bh_days_have(const bh_days *d, bh_day day) {
  size_t at = days_at(d, day);
  return at < d->count && d->items[at] == day;
}

void bh_days_add(bh_days *d, bh_day day, bh_arena *a) {
  size_t at = days_at(d, day);
  if (at < d->count && d->items[at] == day) return;
  (void)BH_ROWS_PUSH(d, a);
  memmove(d->items + at + 1, d->items + at, (d->count - 1 - at) * sizeof day);
  d->items[at] = day;
}

bh_status bh_staged_add(bh_ingest *in, bh_str ref, bh_staged_type type, bh_str kind, bh_str id, bh_day day, bh_error *err) {
  bh_buf *k = &in->key;
  bh_buf_clear(k);
  bh_buf_puts(k, ref);
  bh_buf_putc(k, 0); /* text has no NUL: shorter comes first, as in the store */
  bh_buf_putc(k, (char)type);
  bh_buf_puts(k, kind);
  bh_buf_putc(k, 0);
  size_t head = k->len; /* platforms list by their own ids, not client by client, but those of one client come in order */
  bh_buf_puts(k, id);
  bh_buf_putc(k, 0);
  uint32_t biased = (uint32_t)day + 0x80000000u;
  for (int shift = 24; shift >= 0; shift -= 8) bh_buf_putc(k, (char)(biased >> shift & 0xff));
  if (k->failed || in->payload.failed) return bh_fail(err, BH_E_INVALID, "a record of client \"%.*s\" is larger than 4 MiB", BH_STR_ARG(ref));
  return bh_sorter_add_under(in->sorter, bh_buf_str(k), head, bh_buf_str(&in->payload), err);
}

static bool take(bh_str *out, bh_str *rest) {
  const char *end = rest->len ? memchr(rest->ptr, 0, rest->len) : NULL;
  if (!end) return false;
  *out = (bh_str){rest->ptr, (size_t)(end - rest->ptr)};
  rest->len -= out->len + 1;
  rest->ptr = end + 1;
  return true;
}

bool bh_staged_read(bh_staged *out, bh_str key, bh_str payload) {
  bh_str rest = key;
  if (!take(&out->ref, &rest) || rest.len < 1) return false;
  out->type = (bh_staged_type)(unsigned char)rest.ptr[0];
  rest.ptr++;
  rest.len--;
  if (!take(&out->kind, &rest) || !take(&out->id, &rest) || rest.len != 4) return false;
  uint32_t biased = 0;
  for (int i = 0; i < 4; i++) biased = biased << 8 | (unsigned char)rest.ptr[i];
  out->day = (bh_day)(biased - 0x80000000u);
  out->payload = bh_get_init(payload);
  return true;
}

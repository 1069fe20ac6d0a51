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

enum { KEY_BYTES = 16 /* beside its texts */ };

static size_t put_key(bh_buf *b, bh_str ref, bh_staged_type type, bh_str kind, bh_str id, bh_day day) {
  bh_buf_puts(b, ref);
  bh_buf_putc(b, 0); /* text has no NUL: shorter comes first, as in the store */
  bh_buf_putc(b, (char)type);
  bh_buf_puts(b, kind);
  bh_buf_putc(b, 0);
  size_t head = b->len; /* platforms list by their own ids, not client by client, but those of one client come in order */
  bh_buf_puts(b, id);
  bh_buf_putc(b, 0);
  uint32_t biased = __builtin_bswap32((uint32_t)day + 0x80000000u);
  bh_buf_put(b, &biased, sizeof biased);
  return head;
}

bh_status bh_staged_begin(bh_ingest *in, bh_str ref, bh_staged_type type, bh_str kind, bh_str id, bh_day day, size_t payload_max, bh_error *err) {
  size_t bytes = ref.len + kind.len + id.len + KEY_BYTES + payload_max;
  if (bytes > BH_STAGED_BYTES_MAX) return bh_fail(err, BH_E_INVALID, "a record of client \"%.*s\" is larger than 4 MiB", BH_STR_ARG(ref));
  char *room;
  bh_status status = in->staged > in->look_at ? bh_staged_look(in, err) : BH_OK;
  if (status == BH_OK) status = bh_sorter_room(in->sorter, &room, bytes, err);
  if (status != BH_OK) return status;
  in->record = (bh_buf){.ptr = room, .cap = bytes, .max = bytes};
  in->head_len = put_key(&in->record, ref, type, kind, id, day);
  in->key_len = in->record.len;
  return BH_OK;
}

bh_status bh_staged_end(bh_ingest *in, bh_error *err) {
  if (!bh_check(!in->record.failed)) return bh_fail(err, BH_E_BUG, "a staged record is longer than was said");
  in->staged += in->record.len;
  bh_sorter_put(in->sorter, in->key_len, in->head_len, in->record.len - in->key_len);
  return BH_OK;
}

bh_status bh_staged_add(bh_ingest *in, bh_str ref, bh_staged_type type, bh_str kind, bh_str id, bh_day day, bh_error *err) {
  if (in->payload.failed) return bh_fail(err, BH_E_INVALID, "a record of client \"%.*s\" is larger than 4 MiB", BH_STR_ARG(ref));
  bh_status status = bh_staged_begin(in, ref, type, kind, id, day, in->payload.len, err);
  if (status != BH_OK) return status;
  bh_buf_puts(&in->record, bh_buf_str(&in->payload));
  return bh_staged_end(in, err);
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

/* A record on tape: its query's number, its keys, and of each field its kind, and its text where it has one. */
#include "plugin/json_tape.h"
#include "base/wire.h"
#include "plugin/json_match.h"

enum { HAS_TEXT = 0x80 }; /* beside a kind, which is a small number */

static bh_status on_record(void *user, const bh_json_record *r)
{
  bh_json_taped *q = user;
  bh_buf *b = &q->tape->bytes;
  size_t before = b->len;
  bh_put_u8(b, q->number);
  bh_put_u32(b, (uint32_t)r->key_count);
  for (size_t i = 0; i < r->key_count; i++)
    bh_put_str(b, r->keys[i]);
  for (size_t i = 0; i < r->field_count; i++) {
    bool text = r->texts[i].len > 0;
    bh_put_u8(b, (uint8_t)(r->kinds[i] | (text ? HAS_TEXT : 0)));
    if (text)
      bh_put_str(b, r->texts[i]);
  }
  if (!b->failed)
    return BH_OK;
  b->len = before;
  return BH_E_OVERFLOW;
}

void bh_json_tape_init(bh_json_tape *t, const bh_json_query *const *queries, size_t n, size_t max_bytes)
{
  bh_require(n <= BH_JSON_TAPE_QUERIES);
  *t = (bh_json_tape){.query_count = n};
  bh_buf_init(&t->bytes, max_bytes);
  for (size_t i = 0; i < n; i++) {
    const bh_json_query *q = queries[i];
    t->taped[i] = (bh_json_taped){.tape = t, .number = (uint8_t)i, .query = {.struct_size = sizeof t->taped[i].query, .each = q->each, .fields = q->fields,
      .field_count = q->field_count, .record = on_record, .user = &t->taped[i]}};
    t->queries[i] = &t->taped[i].query;
  }
}

void bh_json_tape_dispose(bh_json_tape *t)
{
  bh_buf_dispose(&t->bytes);
}

bh_status bh_json_tape_play(const bh_json_tape *t, const bh_json_query *const *queries)
{
  bh_get g = bh_get_init(bh_buf_str(&t->bytes));
  bh_str texts[BH_JSON_FIELDS_MAX], keys[BH_JSON_STEPS_MAX];
  int32_t kinds[BH_JSON_FIELDS_MAX];
  bh_json_record r = {.struct_size = sizeof r, .kinds = kinds, .texts = texts, .keys = keys};
  bh_status rc = BH_OK;
  while (rc == BH_OK && g.at < g.end && !g.bad) {
    const bh_json_query *q = queries[bh_get_u8(&g)];
    r.field_count = q->field_count;
    r.key_count = bh_get_count(&g, BH_JSON_STEPS_MAX);
    for (size_t i = 0; i < r.key_count; i++)
      keys[i] = bh_get_str(&g);
    for (size_t i = 0; i < r.field_count; i++) {
      uint8_t kind = bh_get_u8(&g);
      kinds[i] = kind & ~HAS_TEXT;
      texts[i] = kind & HAS_TEXT ? bh_get_str(&g) : (bh_str){"", 0};
    }
    rc = q->record(q->user, &r);
  }
  return rc;
}

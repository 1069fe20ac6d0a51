#include "batch/by_hand.h"

bh_status bh_by_hand_load(bh_by_hand *out, bh_store *s, bh_arena *a, bh_day today, bh_error *err)
{
  *out = (bh_by_hand){ .today = today };
  return bh_store_holds(s, &out->rows, &out->count, a, err);
}

const bh_hold_row *bh_by_hand_of(const bh_by_hand *h, int32_t client, int64_t doc)
{
  const bh_hold_row *found = NULL;
  for (size_t i = 0; i < h->count; i++) {
    const bh_hold_row *r = &h->rows[i];
    if (r->client != client || r->until < h->today)
      continue;
    if (doc != 0 && r->doc == doc)
      return r;
    if (r->doc == 0)
      found = r;
  }
  return found;
}

bh_str bh_by_hand_words(bh_arena *a, const bh_hold_row *row, bh_str released_as)
{
  char until[12];
  if (row->until == BH_DAY_MAX)
    return bh_arena_fmt(a, "held by %.*s: %.*s; `billhook release %.*s` lets it go", BH_STR_ARG(row->who), BH_STR_ARG(row->reason), BH_STR_ARG(released_as));
  bh_day_format(until, row->until);
  return bh_arena_fmt(a, "held by %.*s: %.*s; until %s, or `billhook release %.*s` lets it go", BH_STR_ARG(row->who), BH_STR_ARG(row->reason), until,
                      BH_STR_ARG(released_as));
}

void bh_by_hand_lay(const bh_by_hand *h, bh_arena *a, bh_doc_row *row, bh_str client_id)
{
  const bh_hold_row *by = h->count > 0 && row->state != BH_DOC_VOID ? bh_by_hand_of(h, row->client, row->doc) : NULL;
  if (by == NULL)
    return;
  bh_buf b;
  bh_buf_init(&b, (1u << 20) + row->hold.len);
  if (row->hold.len > 2)
    bh_buf_put(&b, row->hold.ptr, row->hold.len - 1);
  bh_buf_putz(&b, row->hold.len > 2 ? "," : "[");
  bh_buf_putz(&b, "{\"message\":");
  bh_json_str(&b, bh_by_hand_words(a, by, by->doc ? bh_doc_id(a, client_id, row->ord) : client_id));
  bh_buf_putz(&b, ",\"reason\":\"by-hand\"}]");
  bh_require(!b.failed);
  row->hold = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
}

/* Nothing charged twice: one charge for one key and period, unless it was credited in between. */
#include "base/wire.h"
#include "report/verify.h"

enum { CHARGED = 1, REOPENED = 2 };

bh_status bh_verify_keys_add(bh_verify *v, const bh_doc_row *row, const bh_doc_line *lines, size_t n, bh_error *err) {
  if (row->state == BH_DOC_DRAFT || row->state == BH_DOC_VOID) return BH_OK;
  bh_status st = BH_OK;
  bh_buf key, payload;
  bh_buf_init(&key, 1 << 20);
  bh_buf_init(&payload, 64);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    const bh_doc_line *l = &lines[i];
    bool charge = l->kind == BH_LINE_CHARGE || l->kind == BH_LINE_ONCE;
    bool credit = l->kind == BH_LINE_REOPEN; /* a credit with --rebill */
    if (l->contract == 0 || l->key.len == 0 || (!charge && !credit)) continue;
    bh_buf_clear(&key);
    bh_buf_clear(&payload);
    bh_put_i64(&key, l->contract);
    bh_put_str(&key, l->key);
    bh_put_i64(&key, l->whole_from);
    bh_put_i64(&key, l->whole_until);
    bh_put_i64(&payload, row->doc);
    bh_put_u8(&payload, charge ? CHARGED : REOPENED);
    st = bh_sorter_add(v->keys, bh_buf_str(&key), bh_buf_str(&payload), err);
  }
  bh_buf_dispose(&payload);
  bh_buf_dispose(&key);
  return st;
}

static void tell(bh_verify *v, bh_str key, int64_t first, int64_t second) {
  bh_get g = bh_get_init(key);
  char from[12], to[12];
  bh_get_i64(&g);
  bh_str line = bh_get_str(&g);
  int64_t whole_from = bh_get_i64(&g), whole_until = bh_get_i64(&g);
  bh_day_format(from, (bh_day)whole_from);
  bh_day_format(to, (bh_day)(whole_until - 1));
  bh_arena_reset(&v->scratch);
  bh_verify_problem(v, BH_VERIFY_KEYS, "%s and %s both charge %.*s for %s – %s", bh_verify_name(v, first), bh_verify_name(v, second),
                    BH_STR_ARG(line), from, to);
}

bh_status bh_verify_keys(bh_verify *v, bh_error *err) {
  bh_buf at;
  int64_t charged_by = 0;
  bh_buf_init(&at, 1 << 20);
  bh_status st = bh_sorter_finish(v->keys, err);
  while (st == BH_OK) {
    bh_str key, payload;
    bool more = false;
    st = bh_sorter_next(v->keys, &key, &payload, &more, err);
    if (st != BH_OK || !more) break;
    bh_get g = bh_get_init(payload);
    int64_t doc = bh_get_i64(&g);
    uint8_t what = bh_get_u8(&g);
    if (!bh_str_eq(bh_buf_str(&at), key)) {
      bh_buf_clear(&at);
      bh_buf_puts(&at, key);
      charged_by = 0;
    }
    if (what == REOPENED) charged_by = 0; /* equal keys come in the order of documents */
    else if (charged_by != 0 && charged_by != doc) tell(v, key, charged_by, doc);
    else charged_by = doc;
  }
  bh_buf_dispose(&at);
  return st;
}

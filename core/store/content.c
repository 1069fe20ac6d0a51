/* Contents by hash: the same text has one number. The last ones put are remembered: most lines share a few books. */
#include "store/engine.h"

static bh_content_slot *slot_of(bh_store *s, const bh_sha *hash) { return &s->contents[hash->b[0] % BH_CONTENT_SLOTS]; }

bh_status bh_store_content_put(bh_store *s, int32_t *out_num, const bh_sha *hash, bh_str kind, bh_str text, bh_error *err) {
  *out_num = 0;
  bh_content_slot *slot = slot_of(s, hash);
  if (slot->num && memcmp(slot->hash.b, hash->b, sizeof hash->b) == 0) {
    *out_num = slot->num;
    return BH_OK;
  }
  bh_str key = {(const char *)hash->b, sizeof hash->b};
  sqlite3_stmt *st = bh_sql(s, "SELECT num FROM content WHERE hash=?1", err);
  if (!st) return bh_code(err);
  bh_bind_blob(st, 1, key);
  int more = bh_sql_step(s, st, err);
  int64_t num = more > 0 ? bh_col_int(st, 0) : 0;
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  if (!num) {
    st = bh_sql_write(s, "INSERT INTO content(num,hash,kind,text) VALUES(NULL,?1,?2,?3)", err);
    if (!st) return bh_code(err);
    bh_bind_blob(st, 1, key);
    bh_bind_str(st, 2, kind);
    bh_bind_str(st, 3, text);
    bh_status status = bh_sql_run(s, st, err);
    if (status != BH_OK) return status;
    num = sqlite3_last_insert_rowid(s->db);
    if (num > INT32_MAX) return bh_fail(err, BH_E_STORE, "%s: too many contents", s->path);
  }
  *slot = (bh_content_slot){*hash, (int32_t)num};
  *out_num = (int32_t)num;
  return BH_OK;
}

bh_status bh_store_content_get(bh_store *s, bh_str *out, bh_arena *a, int32_t num, bh_error *err) {
  *out = BH_S("");
  sqlite3_stmt *st = bh_sql(s, "SELECT text FROM content WHERE num=?1", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, num);
  int more = bh_sql_step(s, st, err);
  if (more > 0) *out = bh_col_str(st, 0, a);
  bh_sql_done(s, st);
  if (more < 0) return bh_code(err);
  return more ? BH_OK : bh_fail(err, BH_E_NOTFOUND, "%s: there is no content %d", s->path, num);
}

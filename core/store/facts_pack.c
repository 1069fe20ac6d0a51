/* Assets that came many at a time: most of them come with the first pull of a client and stay as they are for months. They lie in blobs of a page's
 * quarter, which cost a tenth of what so many rows of their own do to write and to read. A packed row is one that holds still (until BH_PULL_OPEN):
 * before one of them is closed its whole pack becomes rows of the asset table. */
#include "base/wire.h"
#include "store/facts_engine.h"
#include <stdlib.h>

enum {
  PACK_BYTES_MAX = 4000,  /* with the ids of the first and the last row: of what is larger not four fit on a leaf of BH_PAGE_BYTES, and it is put elsewhere */
  SHARED_MAX = 255
};

/* ---- one pack: how many rows, how long their texts are, and each row's; of a text only what differs from the row before, which is little:
 * ids, names and attributes of a client's things look alike ---- */

static size_t shared(bh_str a, bh_str b) {
  size_t n = 0, most = a.len < b.len ? a.len : b.len;
  if (most > SHARED_MAX) most = SHARED_MAX;
  for (uint64_t x, y; most - n >= sizeof x; n += sizeof x) {
    memcpy(&x, a.ptr + n, sizeof x);
    memcpy(&y, b.ptr + n, sizeof y);
    if (x != y) break;
  }
  while (n < most && a.ptr[n] == b.ptr[n]) n++;
  return n;
}

static void pack_text(bh_buf *b, bh_str before, bh_str text) {
  size_t n = shared(before, text);
  bh_put_u8(b, (uint8_t)n);
  bh_put_str(b, (bh_str){text.ptr + n, text.len - n});
}

static void pack_row(bh_buf *b, const bh_asset_row *before, const bh_asset_row *r, bh_day base) {
  bh_put_i64(b, (int64_t)r->from - base);
  bh_put_i64(b, r->to >= BH_DAY_MAX ? -1 : (int64_t)r->to - r->from);
  bh_put_i64(b, r->klass);
  pack_text(b, before->id, r->id);
  pack_text(b, before->name, r->name);
  pack_text(b, before->attrs, r->attrs);
}

/* Texts are put together here, one behind another. */
typedef struct texts { char *at; size_t left; } texts;

static bh_str unpack_text(bh_get *g, texts *t, bh_str before) {
  size_t n = bh_get_u8(g);
  bh_str rest = bh_get_str(g);
  if (n > before.len || n + rest.len > t->left) g->bad = true;
  if (g->bad) return (bh_str){"", 0};
  char *p = t->at;
  if (n) memcpy(p, before.ptr, n);
  if (rest.len) memcpy(p + n, rest.ptr, rest.len);
  t->at += n + rest.len;
  t->left -= n + rest.len;
  return (bh_str){p, n + rest.len};
}

static void unpack_row(bh_get *g, texts *t, const bh_asset_row *before, bh_asset_row *r, bh_day base) {
  r->kind = before->kind;
  r->since = before->since;
  r->until = BH_PULL_OPEN;
  r->from = (bh_day)(base + bh_get_i64(g));
  int64_t days = bh_get_i64(g);
  r->to = days < 0 ? BH_DAY_MAX : (bh_day)(r->from + days);
  r->klass = (int32_t)bh_get_i64(g);
  r->id = unpack_text(g, t, before->id);
  r->name = unpack_text(g, t, before->name);
  r->attrs = unpack_text(g, t, before->attrs);
}

static const bh_asset_row nothing = {.id = {"", 0}, .name = {"", 0}, .attrs = {"", 0}};

static int by_key(const void *x, const void *y) {
  const bh_asset_row *a = x, *b = y;
  if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
  int order = bh_str_cmp(a->id, b->id);
  if (order) return order;
  if (a->from != b->from) return a->from < b->from ? -1 : 1;
  return a->since < b->since ? -1 : a->since > b->since;
}

#define PACK "kind,first_id,first_day,since_pull,rows"

/* The rows of the pack that the statement stands at; their texts lie in the arena. */
static bh_status read_pack(bh_store *s, sqlite3_stmt *st, bh_vec *rows, bh_arena *a, bh_error *err) {
  bh_asset_row before = nothing;
  before.kind = bh_col_i32(st, 0);
  before.since = bh_col_int(st, 3);
  bh_get g = bh_get_init(bh_col_view(st, 4));
  uint32_t count = bh_get_u32(&g);
  texts t = {.left = bh_get_u32(&g)};
  if (t.left > SHARED_MAX * 3 * PACK_BYTES_MAX) g.bad = true; /* no more than the shortest rows can share */
  t.at = bh_arena_alloc(a, g.bad ? 1 : t.left + 1);
  for (uint32_t i = 0; i < count && !g.bad; i++) {
    bh_asset_row *r = bh_vec_push(rows, a);
    unpack_row(&g, &t, &before, r, bh_col_i32(st, 2));
    before = *r;
  }
  return bh_get_done(&g) ? BH_OK : bh_fail(err, BH_E_STORE, "%s: a pack of assets cannot be read: the store is damaged", s->path);
}

/* ---- writing ---- */

static bh_status write_pack(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_str packed, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "INSERT INTO asset_pack(place,last_id," PACK ") VALUES(?1,?2,?3,?4,?5,?6,?7)", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_str(st, 2, rows[n - 1].id);
  bh_bind_int(st, 3, rows[0].kind);
  bh_bind_str(st, 4, rows[0].id);
  bh_bind_int(st, 5, rows[0].from);
  bh_bind_int(st, 6, rows[0].since);
  bh_bind_blob(st, 7, packed);
  return bh_sql_run(s, st, err);
}

static size_t text_bytes(const bh_asset_row *r) { return r->id.len + r->name.len + r->attrs.len; }

/* Puts as many rows from the first on into one pack as belong and fit there: of one kind and pull, holding still, in the order of their keys. */
static size_t fill(bh_buf *b, const bh_asset_row *rows, size_t n) {
  bh_buf body;
  bh_buf_init(&body, SIZE_MAX / 2);
  size_t k = 0, bytes = 0, len = 0;
  for (; k < n; k++) {
    const bh_asset_row *r = &rows[k];
    if (r->kind != rows[0].kind || r->since != rows[0].since || r->until != BH_PULL_OPEN || (k && by_key(&rows[k - 1], r) >= 0)) break;
    pack_row(&body, k ? &rows[k - 1] : &nothing, r, rows[0].from);
    if (body.len + rows[0].id.len + r->id.len > PACK_BYTES_MAX) break;
    bytes += text_bytes(r);
    len = body.len;
  }
  bh_buf_clear(b);
  bh_put_u32(b, (uint32_t)k);
  bh_put_u32(b, (uint32_t)bytes);
  bh_buf_put(b, body.ptr, len);
  bh_buf_dispose(&body);
  return k;
}

bh_status bh_packs_add(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_error *err) {
  bh_buf b;
  bh_buf_init(&b, SIZE_MAX / 2);
  bh_status status = BH_OK;
  while (n > 0 && status == BH_OK) {
    size_t some = fill(&b, rows, n);
    if (some > 1) status = write_pack(s, place, rows, some, bh_buf_str(&b), err);
    else status = bh_asset_rows_add(s, place, rows, some = 1, err); /* it is large, or the next one is */
    rows += some;
    n -= some;
  }
  bh_buf_dispose(&b);
  return status;
}

/* ---- reading ---- */

bh_status bh_packs_read(bh_store *s, bh_asset_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT " PACK " FROM asset_pack WHERE place=?1 ORDER BY kind,first_id,first_day,since_pull", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_vec rows = {.size = sizeof **out};
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && (more = bh_sql_step(s, st, err)) > 0) status = read_pack(s, st, &rows, a, err);
  bh_sql_done(s, st);
  *out = rows.items;
  *n = rows.count;
  for (size_t i = 1; i < rows.count; i++)
    if (by_key(&(*out)[i - 1], &(*out)[i]) > 0) { /* packs of several pulls reach over each other */
      qsort(rows.items, rows.count, sizeof **out, by_key);
      break;
    }
  return more < 0 ? bh_code(err) : status;
}

void bh_packs_join(bh_asset_row **rows, size_t *n, const bh_asset_row *packed, size_t packed_count, bh_arena *a) {
  if (packed_count == 0) return;
  size_t total = *n + packed_count, i = 0, j = 0;
  bh_asset_row *all = BH_NEWN(a, bh_asset_row, total);
  for (size_t k = 0; k < total; k++) {
    bool own = j == packed_count || (i < *n && by_key(&(*rows)[i], &packed[j]) < 0);
    all[k] = own ? (*rows)[i++] : packed[j++];
  }
  *rows = all;
  *n = total;
}

/* ---- opening ---- */

static bool holds(const bh_vec *rows, const bh_asset_row *r) {
  const bh_asset_row *items = rows->items;
  for (size_t i = 0; i < rows->count; i++)
    if (items[i].kind == r->kind && by_key(&items[i], r) == 0) return true;
  return false;
}

static bh_status drop_pack(bh_store *s, int32_t place, const bh_asset_row *first, bh_error *err) {
  sqlite3_stmt *st = bh_sql_write(s, "DELETE FROM asset_pack WHERE place=?1 AND kind=?2 AND first_id=?3 AND first_day=?4 AND since_pull=?5", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, first->kind);
  bh_bind_str(st, 3, first->id);
  bh_bind_int(st, 4, first->from);
  bh_bind_int(st, 5, first->since);
  return bh_row_closed(s, st, "a pack of assets", err);
}

bh_status bh_packs_open(bh_store *s, int32_t place, const bh_asset_row *r, bool *opened, bh_error *err) {
  *opened = false;
  /* Packs of one pull do not reach over each other: the one that begins last at or before the row has it, or the one before, where a thing's
   * intervals are spread over two. */
  sqlite3_stmt *st = bh_sql(s, "SELECT " PACK " FROM asset_pack WHERE place=?1 AND kind=?2 AND first_id<=?3 AND last_id>=?3 AND since_pull=?4"
                               " ORDER BY first_id DESC, first_day DESC", err);
  if (!st) return bh_code(err);
  bh_bind_int(st, 1, place);
  bh_bind_int(st, 2, r->kind);
  bh_bind_str(st, 3, r->id);
  bh_bind_int(st, 4, r->since);
  bh_arena a;
  bh_arena_init(&a);
  bh_vec rows = {.size = sizeof *r};
  bh_status status = BH_OK;
  int more = 0;
  while (status == BH_OK && !*opened && (more = bh_sql_step(s, st, err)) > 0) {
    rows.count = 0;
    status = read_pack(s, st, &rows, &a, err);
    *opened = status == BH_OK && holds(&rows, r);
  }
  bh_sql_done(s, st);
  if (more < 0) status = bh_code(err);
  if (status == BH_OK && *opened) status = drop_pack(s, place, rows.items, err);
  if (status == BH_OK && *opened) status = bh_asset_rows_add(s, place, rows.items, rows.count, err);
  bh_arena_dispose(&a);
  return status;
}

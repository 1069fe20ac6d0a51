/* Assets of one place: what is known of each thing and what was sent of it give what is known from this pull on. */
#include "facts/ingest_impl.h"

enum { SENT_BYTES_MAX = 256 * 1024 };

/* The stored rows of the place, by kind, id and day, and how far the merge has come. */
typedef struct known { bh_asset_row *rows; size_t count; } known;

bool bh_asset_same(const bh_asset_row *a, const bh_asset_row *b) {
  return a->klass == b->klass && bh_str_eq(a->name, b->name) && bh_str_eq(a->attrs, b->attrs);
}

void bh_asset_push(bh_asset_rows *rows, bh_asset_row like, bh_day from, bh_day to, bh_arena *a) {
  if (from > to) return;
  bh_asset_row *last = rows->count ? &rows->items[rows->count - 1] : NULL;
  if (last && last->to < BH_DAY_MAX && last->to + 1 == from && bh_asset_same(last, &like)) {
    last->to = to;
    return;
  }
  like.from = from;
  like.to = to;
  *BH_ROWS_PUSH(rows, a) = like;
}

static bool same_row(const bh_asset_row *a, const bh_asset_row *b) { return a->from == b->from && a->to == b->to && bh_asset_same(a, b); }

/* The earliest day on which two histories differ; BH_DAY_MAX where they do not. */
static bh_day first_difference(const bh_asset_row *a, size_t n, const bh_asset_row *b, size_t k) {
  for (size_t i = 0;; i++) {
    const bh_asset_row *x = i < n ? &a[i] : NULL, *y = i < k ? &b[i] : NULL;
    if (!x || !y) return x ? x->from : y ? y->from : BH_DAY_MAX;
    if (same_row(x, y)) continue;
    if (x->from != y->from) return x->from < y->from ? x->from : y->from;
    if (!bh_asset_same(x, y)) return x->from;
    return (x->to < y->to ? x->to : y->to) + 1;
  }
}

static bh_status write_new(bh_merge *m, bh_error *err) {
  bh_status status = bh_store_assets_add(m->store, m->place.num, m->new_rows, m->new_count, err);
  m->new_count = 0;
  bh_arena_reset(&m->new_arena);
  return status;
}

/* Its texts lie in sent_arena. */
static bh_status add_sent(bh_merge *m, bh_asset_row row, bh_error *err) {
  row.since = m->pull;
  row.until = BH_PULL_OPEN;
  m->new_rows[m->new_count++] = row;
  return m->new_count == BH_NEW_ROWS_MAX ? write_new(m, err) : BH_OK;
}

static bh_status add_new(bh_merge *m, const bh_asset_row *like, bh_error *err) {
  bh_asset_row row = *like;
  row.id = bh_arena_str(&m->new_arena, like->id);
  row.name = bh_arena_str(&m->new_arena, like->name);
  row.attrs = bh_arena_str(&m->new_arena, like->attrs);
  return add_sent(m, row, err);
}

bh_status bh_merge_replace(bh_merge *m, const bh_asset_row *was, size_t was_count, bh_asset_rows *now, bool gone, bh_error *err) {
  bh_day day = first_difference(was, was_count, now->items, now->count);
  if (day == BH_DAY_MAX) return BH_OK;
  bh_status status = BH_OK;
  for (size_t i = 0; i < was_count && status == BH_OK; i++) {
    bool keep = false;
    for (size_t j = 0; j < now->count && !keep; j++) keep = same_row(&was[i], &now->items[j]);
    if (!keep) status = bh_store_asset_close(m->store, m->place.num, &was[i], m->pull, err);
  }
  for (size_t j = 0; j < now->count && status == BH_OK; j++) {
    bool keep = false;
    for (size_t i = 0; i < was_count && !keep; i++) keep = same_row(&was[i], &now->items[j]);
    if (!keep) status = add_new(m, &now->items[j], err);
  }
  bh_merge_has(m, BH_HAS_ASSET);
  bh_merge_late(m, day);
  if (gone) m->result.gone++; else m->result.changed++;
  return status;
}

static bh_status class_word(bh_merge *m, int32_t *out, bh_str text, bh_error *err) {
  *out = 0;
  if (text.len == 0) return BH_OK;
  bh_merge_word *w = &m->words[((unsigned char)text.ptr[0] + (unsigned char)text.ptr[text.len - 1] + text.len) % BH_MERGE_WORDS];
  if (w->word && bh_str_eq(w->text, text)) {
    *out = w->word;
    return BH_OK;
  }
  bh_status status = bh_store_word_make(m->store, out, text, err);
  if (status == BH_OK && !w->word) *w = (bh_merge_word){bh_arena_str(&m->arena, text), *out};
  return status;
}

bh_status bh_sent_read(bh_merge *m, bh_fact_sent *out, bh_arena *a, bh_error *err) {
  bh_get g = bh_get_init(bh_arena_str(a, (bh_str){m->rec.payload.at, (size_t)(m->rec.payload.end - m->rec.payload.at)}));
  *out = (bh_fact_sent){.id = bh_arena_str(a, m->rec.id), .from = m->rec.day};
  out->to = (bh_day)bh_get_i64(&g);
  out->last_seen = (bh_day)bh_get_i64(&g);
  bh_str klass = bh_get_str(&g);
  out->name = bh_get_str(&g);
  out->attrs = bh_get_str(&g);
  if (!bh_get_done(&g)) return bh_fail(err, BH_E_BUG, "a staged asset cannot be read");
  return class_word(m, &out->klass, klass, err);
}

static bh_asset_row row_of(const bh_fact_sent *s, int32_t kind) {
  return (bh_asset_row){.kind = kind, .klass = s->klass, .id = s->id, .name = s->name, .attrs = s->attrs};
}

static bh_status twice(const bh_merge *m, bh_str kind, bh_str id, const char *how, bh_error *err) {
  return bh_fail(err, BH_E_INVALID, "client \"%.*s\": %.*s \"%.*s\" stands twice in one list, %s", BH_STR_ARG(m->place.ref), BH_STR_ARG(kind),
                 BH_STR_ARG(id), how);
}

/* PRESENT: it is there on the pull's day; what it was until the day before stays. */
static void present(bh_asset_rows *now, const bh_merge *m, const bh_fact_sent *s, int32_t kind, const bh_asset_row *was, size_t n, bh_arena *a) {
  bh_day day = m->in->day;
  bh_asset_row is = row_of(s, kind);
  bh_day until = BH_DAY_MAX; /* a list of an earlier day than one known before leaves later days as they are */
  size_t i = 0;
  for (; i < n && was[i].from < day; i++) bh_asset_push(now, was[i], was[i].from, was[i].to < day ? was[i].to : day - 1, a);
  size_t later = i;
  while (later < n && was[later].from <= day) later++;
  if (later < n) until = was[later].from - 1;
  bh_asset_push(now, is, day, until, a);
  for (; later < n; later++) bh_asset_push(now, was[later], was[later].from, was[later].to, a);
}

/* INTERVALS: from and to are as sent. A new name, class or attribute holds from the pull's day on (of a thing that is over: for its last
 * version), and what it was before stays. Where a thing is sent in several intervals, everything is as sent. */
static bh_status intervals(bh_asset_rows *now, bh_merge *m, bh_str kind_text, int32_t kind, bh_fact_sent *s, size_t k, const bh_asset_row *was, size_t n,
                           bh_error *err) {
  bh_arena *a = &m->id_arena;
  for (size_t i = 1; i < k; i++)
    if (s[i].from <= s[i - 1].to) return twice(m, kind_text, s[i].id, "with days that overlap", err);
  if (k > 1) {
    for (size_t i = 0; i < k; i++) bh_asset_push(now, row_of(&s[i], kind), s[i].from, s[i].to, a);
    return BH_OK;
  }
  bh_asset_row is = row_of(&s[0], kind);
  bh_day at = s[0].from, cut = m->in->day;
  if (s[0].to < cut) {
    cut = at;
    for (size_t i = 0; i < n && was[i].from <= s[0].to; i++) if (was[i].from > cut) cut = was[i].from;
  }
  for (size_t i = 0; i < n && was[i].from < cut; i++) {
    bh_day from = was[i].from > at ? was[i].from : at, to = was[i].to < cut ? was[i].to : cut - 1;
    if (to > s[0].to) to = s[0].to;
    if (from > to) continue;
    bh_asset_push(now, is, at, from - 1, a);
    bh_asset_push(now, was[i], from, to, a);
    at = to + 1;
  }
  bh_asset_push(now, is, at, s[0].to, a);
  return BH_OK;
}

/* No longer there from the pull's day on. */
static bh_status absent(bh_merge *m, const bh_asset_row *was, size_t n, bh_error *err) {
  bh_asset_rows now = {0};
  bh_day day = m->in->day;
  for (size_t i = 0; i < n && was[i].from < day; i++) bh_asset_push(&now, was[i], was[i].from, was[i].to < day ? was[i].to : day - 1, &m->id_arena);
  return bh_merge_replace(m, was, n, &now, true, err);
}

/* The stored rows of one id from `at` on. */
static size_t same_id(const known *w, size_t at, size_t end) {
  size_t n = at;
  while (n < end && bh_str_eq(w->rows[n].id, w->rows[at].id)) n++;
  return n - at;
}

static bh_status one_thing(bh_merge *m, const bh_in_kind *k, int32_t kind, bh_fact_sent *s, size_t sent, const bh_asset_row *was, size_t n, bh_error *err) {
  bh_asset_rows now = {0};
  bh_day last_seen = BH_DAY_MIN;
  for (size_t i = 0; i < sent; i++) {
    if (s[i].last_seen > last_seen) last_seen = s[i].last_seen;
    if (k->mode == BH_SCOPE_CHANGES && s[i].from <= BH_DAY_MIN) s[i].from = n ? was[0].from : m->in->day;
    if (s[i].to < s[i].from && k->mode == BH_SCOPE_CHANGES) s[i].from = s[i].to;
  }
  bh_status status = BH_OK;
  if (k->mode == BH_SCOPE_PRESENT) {
    if (sent > 1) return twice(m, k->name, s[0].id, "with different content", err);
    present(&now, m, &s[0], kind, was, n, &m->id_arena);
  } else {
    status = intervals(&now, m, k->name, kind, s, sent, was, n, err);
  }
  if (status == BH_OK) status = bh_merge_replace(m, was, n, &now, false, err);
  return status == BH_OK ? bh_merge_quiet(m, kind, s[0].id, last_seen, err) : status;
}

static bool sent_same(const bh_fact_sent *a, const bh_fact_sent *b) {
  return a->from == b->from && a->to == b->to && a->klass == b->klass && bh_str_eq(a->name, b->name) && bh_str_eq(a->attrs, b->attrs);
}

static bool at_id(const bh_merge *m, const bh_in_kind *k, bh_str id) {
  return bh_merge_at(m, BH_STAGED_ASSET) && bh_str_eq(m->rec.kind, k->name) && bh_str_eq(m->rec.id, id);
}

/* All records of the id, the first of which has been read; one that was sent twice over counts once. */
static bh_status sent_of_id(bh_merge *m, const bh_in_kind *k, const bh_fact_sent *first, bh_fact_sent **out, size_t *n, bh_error *err) {
  BH_ROWS(bh_fact_sent) rows = {0};
  bh_status status = BH_OK;
  *BH_ROWS_PUSH(&rows, &m->id_arena) = *first;
  while (status == BH_OK && at_id(m, k, first->id)) {
    bh_fact_sent s;
    status = bh_sent_read(m, &s, &m->sent_arena, err);
    bh_fact_sent *last = &rows.items[rows.count - 1];
    if (status == BH_OK && sent_same(last, &s)) {
      if (s.last_seen > last->last_seen) last->last_seen = s.last_seen;
    } else if (status == BH_OK) {
      *BH_ROWS_PUSH(&rows, &m->id_arena) = s;
    }
    if (status == BH_OK) status = bh_merge_step(m, err);
  }
  *out = rows.items;
  *n = rows.count;
  return status;
}

/* What most of a list is: a thing that was not known, or is known just so. What one_thing would come to, at a fraction of the cost. */
static bh_status as_usual(bh_merge *m, const bh_fact_sent *s, int32_t kind, const bh_asset_row *was, size_t n, bool *done, bh_error *err) {
  bh_asset_row row = row_of(s, kind);
  bh_day day = m->in->day;
  *done = n == 0 || (n == 1 && was->to == BH_DAY_MAX && was->from <= day && bh_asset_same(was, &row));
  if (!*done) return BH_OK;
  bh_status status = bh_merge_quiet(m, kind, s->id, s->last_seen, err);
  if (n == 1 || status != BH_OK) return status;
  row.from = day;
  row.to = BH_DAY_MAX;
  bh_merge_has(m, BH_HAS_ASSET);
  bh_merge_late(m, day);
  m->result.changed++;
  return add_sent(m, row, err);
}

/* The thing at hand, with the rows that are known of it. */
static bh_status thing_at_hand(bh_merge *m, const bh_in_kind *k, int32_t kind, const bh_asset_row *was, size_t n, bh_error *err) {
  bh_fact_sent first, *s;
  size_t sent;
  bool done = false;
  bh_status status = bh_sent_read(m, &first, &m->sent_arena, err);
  if (status == BH_OK) status = bh_merge_step(m, err);
  if (status == BH_OK && k->mode == BH_SCOPE_PRESENT && !at_id(m, k, first.id)) status = as_usual(m, &first, kind, was, n, &done, err);
  if (status != BH_OK || done) return status;
  status = sent_of_id(m, k, &first, &s, &sent, err);
  return status == BH_OK ? one_thing(m, k, kind, s, sent, was, n, err) : status;
}

/* Texts of things as sent are given up where no row that waits to be written has them. */
static bh_status forget_sent(bh_merge *m, bh_error *err) {
  bh_status status = BH_OK;
  if (m->new_count > 0 && m->sent_arena.used_total > SENT_BYTES_MAX) status = write_new(m, err);
  if (m->new_count == 0) bh_arena_reset(&m->sent_arena);
  return status;
}

static bh_status one_kind(bh_merge *m, const bh_in_kind *k, int32_t kind, const known *w, size_t at, size_t end, bool absences, bh_error *err) {
  bh_status status = BH_OK;
  while (status == BH_OK) {
    bool staged = bh_merge_at(m, BH_STAGED_ASSET) && bh_str_eq(m->rec.kind, k->name);
    if (!staged && at == end) break;
    bh_arena_reset(&m->id_arena);
    status = forget_sent(m, err);
    if (status != BH_OK) break;
    int order = !staged ? 1 : at == end ? -1 : bh_str_cmp(m->rec.id, w->rows[at].id);
    size_t n = order >= 0 ? same_id(w, at, end) : 0;
    if (order <= 0) {
      status = thing_at_hand(m, k, kind, n ? &w->rows[at] : NULL, n, err);
    } else if (absences) {
      status = absent(m, &w->rows[at], n, err);
    }
    at += n;
  }
  return status;
}

static bh_status provides_history(bh_merge *m, int32_t kind, bool *out, bh_error *err) {
  const bh_connector_facts *c;
  size_t n;
  *out = false;
  bh_status status = bh_store_connectors(m->store, &c, &n, err);
  for (size_t i = 0; i < n && status == BH_OK; i++)
    for (size_t j = 0; c[i].num == m->connector && j < c[i].provides_count; j++)
      *out |= c[i].provides[j].what == BH_PROVIDES_HISTORY && c[i].provides[j].kind == kind;
  return status;
}

/* A stored kind of which nothing came for this place. */
static bh_status kind_without_rows(bh_merge *m, bool named, const known *w, size_t at, size_t end, bh_error *err) {
  int32_t kind = w->rows[at].kind;
  bh_str text;
  bh_status status = bh_store_word(m->store, &text, kind, err);
  if (status != BH_OK || !bh_merge_complete(m, text)) return status;
  bh_in_kind *k = bh_in_kind_get(m->in, text);
  bool dated = (m->place.has & BH_HAS_LISTING) && (!k || k->mode == BH_SCOPE_DATED);
  if (dated) return k ? bh_merge_dated(m, text, kind, w->rows ? w->rows + at : NULL, end - at, err) : BH_OK;
  bool history = k && k->mode != BH_SCOPE_PRESENT;
  if (k && k->mode == BH_SCOPE_CHANGES) return BH_OK;
  if (!k) status = provides_history(m, kind, &history, err);
  if (status != BH_OK) return status;
  /* A platform's answer in which a whole client is missing is no list of what that client has: what was there stays, and is held. */
  if (!named && !history) return BH_OK;
  if (m->in->day < m->last_day && !history) return BH_OK;
  bh_in_kind none = {.name = text, .mode = history ? BH_SCOPE_INTERVALS : BH_SCOPE_PRESENT};
  return one_kind(m, &none, kind, w, at, end, true, err);
}

static bh_status kind_with_rows(bh_merge *m, const known *w, bool *done, bh_error *err) {
  bh_in_kind *k = bh_in_kind_get(m->in, m->rec.kind);
  int32_t kind;
  bh_status status = bh_store_word_make(m->store, &kind, m->rec.kind, err);
  if (status != BH_OK) return status;
  size_t at = 0, end;
  while (at < w->count && w->rows[at].kind < kind) at++;
  for (end = at; end < w->count && w->rows[end].kind == kind; end++) done[end] = true;
  if (k->mode == BH_SCOPE_DATED) return bh_merge_dated(m, k->name, kind, w->rows ? w->rows + at : NULL, end - at, err);
  bool absences = bh_merge_complete(m, k->name) && k->mode != BH_SCOPE_CHANGES;
  /* A list of an earlier day than the last one says nothing of what went since. */
  if (k->mode == BH_SCOPE_PRESENT && m->in->day < m->last_day) absences = false;
  return one_kind(m, k, kind, w, at, end, absences, err);
}

bh_status bh_merge_assets(bh_merge *m, bool named, bh_error *err) {
  known w = {0};
  bh_status status = BH_OK;
  if (m->place.has & BH_HAS_ASSET) status = bh_store_assets_now(m->store, &w.rows, &w.count, &m->place_arena, m->place.num, err);
  if (status == BH_OK && named && (m->place.has & BH_HAS_QUIET))
    status = bh_store_quiets_now(m->store, &m->quiets, &m->quiet_count, &m->place_arena, m->place.num, err);
  bool *done = BH_NEWN(&m->place_arena, bool, w.count + 1);
  while (status == BH_OK && named && bh_merge_at(m, BH_STAGED_ASSET)) status = kind_with_rows(m, &w, done, err);
  for (size_t at = 0; at < w.count && status == BH_OK;) {
    size_t end = at;
    while (end < w.count && w.rows[end].kind == w.rows[at].kind) end++;
    if (!done[at]) status = kind_without_rows(m, named, &w, at, end, err);
    at = end;
  }
  return status == BH_OK ? write_new(m, err) : status;
}

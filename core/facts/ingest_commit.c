/* The merge: what was staged and what is stored walk side by side, in the order of platform clients; only what differs is written. */
#include "base/failpoint.h"
#include "facts/ingest_impl.h"

enum { PLACES_AT_ONCE = 256 };

typedef struct stored { bh_arena arena; bh_place_row *rows; size_t count, at; bh_str after; bool end; } stored;

bh_status bh_merge_step(bh_merge *m, bh_error *err) {
  bh_str key, payload;
  bh_status status = bh_sorter_next(m->in->sorter, &key, &payload, &m->more, err);
  if (status != BH_OK || !m->more) {
    m->more = false;
    return status;
  }
  return bh_staged_read(&m->rec, key, payload) ? BH_OK : bh_fail(err, BH_E_BUG, "a staged record cannot be read");
}

void bh_merge_has(bh_merge *m, uint32_t what) {
  if ((m->place.has & what) == what) return;
  m->place.has |= what;
  m->place_changed = true;
}

static int said(const bh_saids *s, bh_str kind) { /* -1: nothing */
  int any = -1;
  for (size_t i = 0; i < s->rows.count; i++) {
    if (bh_str_eq(s->rows.items[i].kind, kind)) return s->rows.items[i].complete;
    if (bh_str_eqz(s->rows.items[i].kind, "*")) any = s->rows.items[i].complete;
  }
  return any;
}

bool bh_merge_complete(const bh_merge *m, bh_str kind) {
  if (m->own.failed) return false;
  int own = said(&m->own, kind);
  return own >= 0 ? own : said(&m->all, kind) > 0;
}

/* Clients, scopes and failures of the place at hand: they come before its rows. */
static bh_status read_said(bh_merge *m, bh_saids *out, bh_arena *a, bh_error *err) {
  *out = (bh_saids){.why = {"", 0}};
  bh_status status = BH_OK;
  while (status == BH_OK && (bh_merge_at(m, BH_STAGED_CLIENT) || bh_merge_at(m, BH_STAGED_SCOPE) || bh_merge_at(m, BH_STAGED_FAILED))) {
    if (m->rec.type == BH_STAGED_CLIENT) {
      bh_str name = bh_get_str(&m->rec.payload);
      if (name.len && !bh_str_eq(name, m->place.name)) {
        m->place.name = bh_arena_str(a, name);
        m->place_changed = true;
      }
      bh_str domain = bh_get_str(&m->rec.payload);
      if (domain.len && !bh_str_eq(domain, m->place.domain)) {
        m->place.domain = bh_arena_str(a, domain);
        m->place_changed = true;
      }
    } else if (m->rec.type == BH_STAGED_SCOPE) {
      bool complete = bh_get_u8(&m->rec.payload) != 0;
      size_t i = 0;
      while (i < out->rows.count && !bh_str_eq(out->rows.items[i].kind, m->rec.kind)) i++;
      if (i == out->rows.count) *BH_ROWS_PUSH(&out->rows, a) = (bh_said){bh_arena_str(a, m->rec.kind), complete};
      else out->rows.items[i].complete &= complete; /* said twice: the more careful counts */
    } else {
      out->failed = true;
      out->why = bh_arena_str(a, bh_get_str(&m->rec.payload));
    }
    status = bh_merge_step(m, err);
  }
  return status;
}

static bh_status place_done(bh_merge *m, bh_error *err) {
  bh_status status = BH_OK;
  if (m->late < BH_DAY_MAX) {
    m->place.late_pull = m->pull;
    m->place_changed = true;
    status = bh_store_late_add(m->store, m->place.num, m->pull, m->late, err);
  }
  return status == BH_OK && m->place_changed ? bh_store_place_put(m->store, &m->place, err) : status;
}

static bh_status place_start(bh_merge *m, const bh_place_row *row, bh_str ref, bh_error *err) {
  m->place_changed = false;
  m->late = BH_DAY_MAX;
  m->own = (bh_saids){.why = {"", 0}};
  m->quiets = NULL;
  m->quiet_count = 0;
  m->was_gone = false;
  if (row) {
    m->place = *row;
    return BH_OK;
  }
  m->place = (bh_place_row){.connector = m->connector, .ref = ref, .name = {"", 0}, .domain = {"", 0}, .first_pull = m->pull};
  return bh_store_place_put(m->store, &m->place, err);
}

/* What was said of all clients, and the dates of all dated lists. */
static bh_status merge_all(bh_merge *m, bh_error *err) {
  bh_place_row row;
  bh_status status = bh_store_place_get(m->store, &row, &m->arena, m->connector, BH_S(""), err);
  if (status == BH_OK) status = place_start(m, row.num ? &row : NULL, BH_S(""), err);
  if (status == BH_OK) status = read_said(m, &m->all, &m->arena, err);
  if (status == BH_OK) status = bh_merge_scopes(m, &m->all, true, false, err);
  for (size_t i = 0; i < m->all.rows.count; i++) m->all_complete |= m->all.rows.items[i].complete;
  bh_listing_row *known = NULL;
  size_t n = 0;
  if (status == BH_OK && (m->place.has & BH_HAS_LISTING)) status = bh_store_listings_now(m->store, &known, &n, &m->arena, m->place.num, err);
  for (bh_in_kind *k = m->in->first_kind; k && status == BH_OK; k = k->next) {
    int32_t word;
    status = bh_store_word_make(m->store, &word, k->name, err);
    for (size_t i = 0; i < k->lists.count && status == BH_OK; i++) {
      bool there = false;
      for (size_t j = 0; j < n && !there; j++) there = known[j].kind == word && known[j].day == k->lists.items[i];
      if (there) continue;
      bh_merge_has(m, BH_HAS_LISTING);
      status = bh_store_listing_add(m->store, m->place.num, &(bh_listing_row){word, k->lists.items[i], m->pull, BH_PULL_OPEN}, err);
    }
  }
  if (status == BH_OK) status = bh_merge_platform(m, err);
  return status == BH_OK ? place_done(m, err) : status;
}

static bh_status merge_named(bh_merge *m, const bh_place_row *row, bh_error *err) {
  BH_FAILPOINT("ingest.client");
  bh_str ref = bh_arena_str(&m->place_arena, m->rec.ref);
  *BH_ROWS_PUSH(&m->refs, m->out_arena) = bh_arena_str(m->out_arena, ref);
  bh_status status = place_start(m, row, ref, err);
  if (status == BH_OK) status = read_said(m, &m->own, &m->place_arena, err);
  if (status == BH_OK) status = bh_merge_scopes(m, &m->own, true, false, err);
  if (status == BH_OK) status = bh_merge_assets(m, true, err);
  if (status == BH_OK) status = bh_merge_gauges(m, err);
  if (status == BH_OK) status = bh_merge_usage(m, err);
  if (status == BH_OK) status = bh_merge_charges(m, err);
  return status == BH_OK ? place_done(m, err) : status;
}

/* A platform client that this pull did not name: where all clients were sent, the platform does not know it any more. */
static bh_status merge_unnamed(bh_merge *m, const bh_place_row *row, bh_error *err) {
  if (!m->all_complete && !(row->has & BH_HAS_SCOPE)) return BH_OK;
  bh_status status = place_start(m, row, row->ref, err);
  if (status == BH_OK) status = bh_merge_scopes(m, &m->own, false, m->all_complete, err);
  if (status == BH_OK && m->all_complete && !m->was_gone) status = bh_merge_assets(m, false, err);
  return status == BH_OK ? place_done(m, err) : status;
}

static bh_status stored_peek(stored *s, bh_merge *m, const bh_place_row **out, bh_error *err) {
  *out = NULL;
  if (s->at == s->count && !s->end) {
    bh_arena_reset(&s->arena);
    s->after = bh_arena_str(&s->arena, s->after);
    bh_status status = bh_store_places_after(m->store, &s->rows, &s->count, &s->arena, m->connector, s->after, PLACES_AT_ONCE, err);
    if (status != BH_OK) return status;
    s->at = 0;
    s->end = s->count < PLACES_AT_ONCE;
  }
  if (s->at < s->count) *out = &s->rows[s->at];
  return BH_OK;
}

static bh_status merge_places(bh_merge *m, stored *s, bh_error *err) {
  bh_status status = BH_OK;
  while (status == BH_OK) {
    const bh_place_row *row;
    status = stored_peek(s, m, &row, err);
    if (status != BH_OK || (!row && !m->more)) break;
    int order = !row ? -1 : !m->more ? 1 : bh_str_cmp(m->rec.ref, row->ref);
    bh_arena_reset(&m->place_arena);
    if (order <= 0) status = merge_named(m, order == 0 ? row : NULL, err);
    else status = merge_unnamed(m, row, err);
    if (order >= 0) {
      s->at++;
      if (s->at == s->count) s->after = bh_arena_str(&m->arena, row->ref); /* one in 256 */
    }
  }
  return status;
}

static bh_status note_provides(bh_merge *m, bh_error *err) {
  bh_status status = BH_OK;
  for (bh_in_kind *k = m->in->first_kind; k && status == BH_OK; k = k->next) {
    int32_t word;
    status = bh_store_word_make(m->store, &word, k->name, err);
    if (status == BH_OK) status = bh_store_provides_add(m->store, m->connector, BH_PROVIDES_ASSET, word, err);
    if (status == BH_OK && (k->mode == BH_SCOPE_INTERVALS || k->mode == BH_SCOPE_CHANGES))
      status = bh_store_provides_add(m->store, m->connector, BH_PROVIDES_HISTORY, word, err);
  }
  return status;
}

static bh_status last_day(bh_merge *m, bh_error *err) {
  const bh_connector_facts *c;
  size_t n;
  m->last_day = BH_DAY_MIN;
  bh_status status = bh_store_connectors(m->store, &c, &n, err);
  for (size_t i = 0; i < n && status == BH_OK; i++) {
    if (c[i].num != m->connector) continue;
    for (size_t j = 0; j < c[i].pull_count; j++)
      if (c[i].pulls[j].ok && c[i].pulls[j].day > m->last_day) m->last_day = c[i].pulls[j].day;
  }
  return status;
}

static bh_status merge(bh_merge *m, bh_error *err) {
  bh_status status = bh_sorter_finish(m->in->sorter, err);
  if (status == BH_OK) status = bh_store_connector_make(m->store, &m->connector, m->in->connector, err);
  if (status == BH_OK) status = last_day(m, err);
  if (status == BH_OK) status = bh_store_pull_new(m->store, &m->pull, m->connector, m->in->day, true, BH_S(""), err);
  if (status == BH_OK) status = bh_merge_step(m, err);
  if (status == BH_OK) status = merge_all(m, err);
  stored s = {.after = {"", 0}};
  bh_arena_init(&s.arena);
  if (status == BH_OK) status = merge_places(m, &s, err);
  bh_arena_dispose(&s.arena);
  return status == BH_OK ? note_provides(m, err) : status;
}

bh_status bh_ingest_commit(bh_ingest_result *out, bh_ingest *in, bh_store *store, bh_arena *a, bh_error *err) {
  *out = (bh_ingest_result){0};
  if (in->committed) return bh_fail(err, BH_E_BUG, "a pull of connector \"%.*s\" is committed twice", BH_STR_ARG(in->connector));
  in->committed = true;
  bh_merge m = {.in = in, .store = store, .out_arena = a};
  bh_arena_init(&m.arena);
  bh_arena_init(&m.place_arena);
  bh_arena_init(&m.id_arena);
  bh_arena_init(&m.new_arena);
  bh_arena_init(&m.sent_arena);
  bh_status status = bh_store_mark(store, err);
  if (status == BH_OK) {
    status = merge(&m, err);
    if (status == BH_OK) status = bh_store_mark_keep(store, err);
    if (status != BH_OK) bh_store_mark_undo(store);
  }
  if (status == BH_OK) {
    *out = m.result;
    out->pull = m.pull;
    out->assets = in->assets;
    out->gauges = in->gauges;
    out->usage = in->usage;
    out->charges = in->charges;
    out->products = in->products;
    out->costs = in->costs;
    out->unmapped = m.refs.items;
    out->unmapped_count = m.refs.count;
  } else {
    bh_fail_prefix(err, "connector \"%.*s\"", BH_STR_ARG(in->connector));
  }
  bh_arena_dispose(&m.sent_arena);
  bh_arena_dispose(&m.new_arena);
  bh_arena_dispose(&m.id_arena);
  bh_arena_dispose(&m.place_arena);
  bh_arena_dispose(&m.arena);
  return status;
}

bh_status bh_ingest_failed(bh_store *store, bh_str connector, bh_day day, bh_str why, bh_error *err) {
  int32_t num;
  int64_t pull;
  bh_status status = bh_store_connector_make(store, &num, connector, err);
  return status == BH_OK ? bh_store_pull_new(store, &pull, num, day, false, why, err) : status;
}

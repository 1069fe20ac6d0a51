/* Dated lists: a thing is there from the first list that names it until the day before the first that does not. Dates that were
 * not sent this time stay as they are known. */
#include "facts/ingest_impl.h"

typedef BH_ROWS(bh_fact_sent) sents;
typedef struct dated {
  bh_merge *m;
  bh_str kind; int32_t word;
  bool complete;
  bh_days sent, dates;         /* sent now for this client; all that hold from now on */
  bh_day first;                /* no list, not even one that is withdrawn now, is of a day before it */
  bh_arena arena;
} dated;

static bh_status read_sent(dated *d, sents *out, bh_error *err) {
  bh_merge *m = d->m;
  bh_status status = BH_OK;
  while (status == BH_OK && bh_merge_at(m, BH_STAGED_ASSET) && bh_str_eq(m->rec.kind, d->kind)) {
    bh_fact_sent s;
    status = bh_sent_read(m, &s, &d->arena, err);
    if (status != BH_OK) break;
    bh_fact_sent *last = out->count ? &out->items[out->count - 1] : NULL;
    bool again = last && last->from == s.from && bh_str_eq(last->id, s.id);
    bool same = again && last->klass == s.klass && bh_str_eq(last->name, s.name) && bh_str_eq(last->attrs, s.attrs);
    if (again && !same) {
      char day[12];
      bh_day_format(day, s.from);
      return bh_fail(err, BH_E_INVALID, "client \"%.*s\": %.*s \"%.*s\" stands twice in the list of %s, with different content",
                     BH_STR_ARG(m->place.ref), BH_STR_ARG(d->kind), BH_STR_ARG(s.id), day);
    }
    if (!again) *BH_ROWS_PUSH(out, &d->arena) = s;
    bh_days_add(&d->sent, s.from, &d->arena);
    status = bh_merge_step(m, err);
  }
  return status;
}

/* The client's dates: those sent, and those known that were not sent for anyone. */
static bh_status merge_dates(dated *d, const bh_days *anyone, bh_error *err) {
  bh_merge *m = d->m;
  bh_listing_row *known = NULL;
  size_t n = 0;
  bh_status status = BH_OK;
  if (m->place.has & BH_HAS_LISTING) status = bh_store_listings_now(m->store, &known, &n, &d->arena, m->place.num, err);
  bh_days old = {0};
  d->first = d->sent.count ? d->sent.items[0] : BH_DAY_MAX;
  for (size_t i = 0; i < n && status == BH_OK; i++) {
    if (known[i].kind != d->word) continue;
    bh_days_add(&old, known[i].day, &d->arena);
    if (known[i].day < d->first) d->first = known[i].day;
    bool dropped = d->complete && bh_days_have(anyone, known[i].day) && !bh_days_have(&d->sent, known[i].day);
    if (!dropped) bh_days_add(&d->dates, known[i].day, &d->arena);
    else status = bh_store_listing_close(m->store, m->place.num, &known[i], m->pull, err);
  }
  for (size_t i = 0; i < d->sent.count && status == BH_OK; i++) {
    bh_days_add(&d->dates, d->sent.items[i], &d->arena);
    if (bh_days_have(&old, d->sent.items[i])) continue;
    bh_merge_has(m, BH_HAS_LISTING);
    status = bh_store_listing_add(m->store, m->place.num, &(bh_listing_row){d->word, d->sent.items[i], m->pull, BH_PULL_OPEN}, err);
  }
  return status;
}

/* What the list of a date says of a thing: NULL where it is not in it. */
static bool on_list(const dated *d, bh_asset_row *out, bh_day day, const bh_fact_sent *s, size_t sent, const bh_asset_row *was, size_t n) {
  bool now = bh_days_have(&d->sent, day);
  for (size_t i = 0; now && i < sent; i++) {
    if (s[i].from != day) continue;
    *out = (bh_asset_row){.kind = d->word, .klass = s[i].klass, .id = s[i].id, .name = s[i].name, .attrs = s[i].attrs};
    return true;
  }
  if (now && d->complete) return false;
  for (size_t i = 0; i < n; i++) {
    if (was[i].from > day || was[i].to < day) continue;
    *out = was[i];
    return true;
  }
  return false;
}

static bh_status one_thing(dated *d, const bh_fact_sent *s, size_t sent, const bh_asset_row *was, size_t n, bh_error *err) {
  bh_merge *m = d->m;
  bh_arena_reset(&m->id_arena);
  bh_asset_rows now = {0};
  const bh_days *dates = &d->dates;
  bool was_open = n && was[n - 1].to >= BH_DAY_MAX;
  for (size_t i = 0; i < n && was[i].from < d->first; i++) /* from before there were lists */
    bh_asset_push(&now, was[i], was[i].from, was[i].to < d->first ? was[i].to : d->first - 1, &m->id_arena);
  for (size_t i = 0; i < dates->count; i++) {
    bh_asset_row row;
    bh_day to = i + 1 < dates->count ? dates->items[i + 1] - 1 : BH_DAY_MAX;
    if (on_list(d, &row, dates->items[i], s, sent, was, n)) bh_asset_push(&now, row, dates->items[i], to, &m->id_arena);
  }
  bool is_open = now.count && now.items[now.count - 1].to >= BH_DAY_MAX;
  return bh_merge_replace(m, was, n, &now, was_open && !is_open, err);
}

static bh_status all_things(dated *d, const sents *s, const bh_asset_row *was, size_t n, bh_error *err) {
  bh_status status = BH_OK;
  size_t i = 0, j = 0;
  while (status == BH_OK && (i < s->count || j < n)) {
    int order = i == s->count ? 1 : j == n ? -1 : bh_str_cmp(s->items[i].id, was[j].id);
    size_t sent = 0, known = 0;
    while (order <= 0 && i + sent < s->count && bh_str_eq(s->items[i + sent].id, s->items[i].id)) sent++;
    while (order >= 0 && j + known < n && bh_str_eq(was[j + known].id, was[j].id)) known++;
    bh_day last_seen = BH_DAY_MIN;
    for (size_t k = 0; k < sent; k++) if (s->items[i + k].last_seen > last_seen) last_seen = s->items[i + k].last_seen;
    status = one_thing(d, sent ? &s->items[i] : NULL, sent, known ? &was[j] : NULL, known, err);
    if (status == BH_OK && sent) status = bh_merge_quiet(d->m, d->word, s->items[i].id, last_seen, err);
    i += sent;
    j += known;
  }
  return status;
}

bh_status bh_merge_dated(bh_merge *m, bh_str kind, int32_t word, const bh_asset_row *was, size_t was_count, bh_error *err) {
  dated d = {.m = m, .kind = kind, .word = word, .complete = bh_merge_complete(m, kind)};
  bh_arena_init(&d.arena);
  sents s = {0};
  bh_in_kind *k = bh_in_kind_get(m->in, kind);
  static const bh_days none;
  bh_status status = read_sent(&d, &s, err);
  if (status == BH_OK) status = merge_dates(&d, k ? &k->lists : &none, err);
  if (status == BH_OK && d.first < BH_DAY_MAX) status = all_things(&d, &s, was, was_count, err);
  bh_arena_dispose(&d.arena);
  return status;
}

/* Why a count may not be billed. Each message names client, connector and selector, the dates, and what lifts the hold. */
#include "facts/facts_impl.h"

typedef struct judge {
  bh_count *out; const bh_question *q; const bh_source *s;
  bh_day from, to;             /* the days that are read, both inclusive */
  int32_t stale_days;
} judge;

static bh_str date(const judge *j, bh_day d) {
  char text[12];
  if (d <= BH_DAY_MIN || d >= BH_DAY_MAX) return BH_S("-");
  bh_day_format(text, d);
  return bh_arena_str(j->q->a, bh_str_c(text));
}

static bool held(const judge *j, const char *reason, bh_str what, const char *lifts) {
  if (j->out->hold_reason.len) return true;
  j->out->hold_reason = bh_str_c(reason);
  j->out->hold_message = bh_arena_fmt(j->q->a, "client \"%.*s\", connector \"%.*s\" (%.*s), %.*s: %.*s. %s lifts this, or `approve --force`",
                                      BH_STR_ARG(j->q->f->client->id), BH_STR_ARG(j->s->connector), BH_STR_ARG(j->s->ref),
                                      BH_STR_ARG(bh_selector_words(j->q->a, j->q->sel)), BH_STR_ARG(what), lifts);
  return true;
}

static const char *const a_pull = "A good pull of the connector";

/* The connector's own state: never asked, never succeeded, does not know the client. */
static bool judge_connector(const judge *j) {
  const bh_source *s = j->s;
  bh_arena *a = j->q->a;
  const bh_pull_row *last = s->c ? bh_pull_latest(s, j->q->pull, false) : NULL;
  if (!last) return held(j, "no-facts", BH_S("it has never been pulled"), a_pull);
  const bh_pull_row *good = bh_pull_latest(s, j->q->pull, true);
  if (!good) {
    bh_str what = bh_arena_fmt(a, "it has never succeeded; the last attempt, on %.*s: %.*s", BH_STR_ARG(date(j, last->day)), BH_STR_ARG(last->why));
    return held(j, "connector-failed", what, a_pull);
  }
  if (!s->place.num || s->place.first_pull > j->q->pull)
    return held(j, "unknown-client", bh_arena_fmt(a, "the last good pull, of %.*s, does not know such a client", BH_STR_ARG(date(j, good->day))),
                "The right name in the client's ids");
  const bh_scope_row *gone = bh_scope_in_force(s, BH_SPAN_VANISHED, j->q->pull);
  bh_day since = good->day;
  for (size_t i = 0; gone && i < s->c->pull_count; i++) if (s->c->pulls[i].num == gone->since) since = s->c->pulls[i].day;
  if (gone && j->to >= since)
    return held(j, "unknown-client", bh_arena_fmt(a, "since %.*s it no longer knows such a client", BH_STR_ARG(date(j, since))),
                "The right name in the client's ids, or an end of the contract,");
  return false;
}

/* `seen`: the day of what is known; `day`: the day that is read. */
static bool judge_age(const judge *j, bh_day seen, bh_day day, const char *what) {
  if (seen >= day || day - seen <= j->stale_days) return false;
  bh_arena *a = j->q->a;
  const bh_pull_row *last = bh_pull_latest(j->s, j->q->pull, false);
  const bh_scope_row *failed = bh_scope_in_force(j->s, BH_SPAN_FAILED, j->q->pull);
  bh_str age = bh_arena_fmt(a, "%s is of %.*s, %d days before %.*s (stale_days is %d)", what, BH_STR_ARG(date(j, seen)), (int)(day - seen),
                            BH_STR_ARG(date(j, day)), (int)j->stale_days);
  if (!last->ok)
    return held(j, "connector-failed", bh_arena_fmt(a, "%.*s, and the pull of %.*s failed: %.*s", BH_STR_ARG(age), BH_STR_ARG(date(j, last->day)), BH_STR_ARG(last->why)), a_pull);
  if (failed)
    return held(j, "connector-failed", bh_arena_fmt(a, "%.*s, and the pull of %.*s could not read this client: %.*s", BH_STR_ARG(age),
                                                    BH_STR_ARG(date(j, last->day)), BH_STR_ARG(failed->why)), a_pull);
  return held(j, "stale-facts", age, a_pull);
}

static bool never(const judge *j, const char *what) {
  return held(j, "no-facts", bh_str_c(what), "A first observation");
}

static bool before(const judge *j, bh_day first, const char *what) {
  return held(j, "no-facts", bh_arena_fmt(j->q->a, "%s is of %.*s: nothing is known of %.*s", what, BH_STR_ARG(date(j, first)), BH_STR_ARG(date(j, j->from))),
              "An observation of that day, or a `from` of the line on a day that is known,");
}

static bh_day list_on(const bh_listing_row *rows, size_t n, const bh_question *q, bh_day day) {
  bh_day found = BH_DAY_MIN;
  for (size_t i = 0; i < n; i++)
    if (rows[i].kind == q->word && rows[i].day <= day && rows[i].day > found && bh_known_at(rows[i].since, rows[i].until, q->pull)) found = rows[i].day;
  return found;
}

/* Dated lists: each day that is read leans on the client's list before it; a newer list with others on it says that it is gone. */
static bool judge_lists(const judge *j) {
  const bh_place_facts *f = &j->s->f;
  const bh_connector_facts *c = j->s->c;
  if (list_on(f->listings, f->listing_count, j->q, j->to) == BH_DAY_MIN) return never(j, "no list has ever named it");
  if (list_on(f->listings, f->listing_count, j->q, j->from) == BH_DAY_MIN) {
    bh_day first = BH_DAY_MAX;
    for (size_t i = 0; i < f->listing_count; i++)
      if (f->listings[i].kind == j->q->word && f->listings[i].day < first && bh_known_at(f->listings[i].since, f->listings[i].until, j->q->pull)) first = f->listings[i].day;
    return before(j, first, "its first list");
  }
  for (bh_day day = j->to; day >= j->from;) {
    bh_day own = list_on(f->listings, f->listing_count, j->q, day), any = list_on(c->listings, c->listing_count, j->q, day);
    if (any > own) {
      bh_str what = bh_arena_fmt(j->q->a, "the list of %.*s names other clients and not this one, whose last is of %.*s", BH_STR_ARG(date(j, any)),
                                 BH_STR_ARG(date(j, own)));
      return held(j, "stale-facts", what, "A list that names it");
    }
    if (judge_age(j, own, day, "its last list")) return true;
    day = own - 1; /* days between are younger */
  }
  return false;
}

/* Its days come from lists: it stands on one, or others do and nothing else is known of it. */
static bool by_lists(const judge *j) {
  const bh_source *s = j->s;
  if (list_on(s->c->listings, s->c->listing_count, j->q, BH_DAY_MAX) == BH_DAY_MIN) return false;
  if (list_on(s->f.listings, s->f.listing_count, j->q, BH_DAY_MAX) > BH_DAY_MIN) return true;
  for (size_t i = 0; i < s->f.asset_count; i++)
    if (s->f.assets[i].kind == j->q->word && bh_known_at(s->f.assets[i].since, s->f.assets[i].until, j->q->pull)) return false;
  return true;
}

static bool judge_assets(const judge *j) {
  const bh_source *s = j->s;
  if (!bh_connector_provides(s->c, BH_PROVIDES_ASSET, j->q->word) && !bh_fresh_exact(s, j->q->word, j->q->pull))
    return never(j, "it has never brought assets of this kind, of any client");
  if (by_lists(j)) return judge_lists(j);
  bh_day last, first;
  if (!bh_fresh_last(&last, s, j->q->word, j->q->pull)) return never(j, "no pull has ever brought a complete list of it");
  if (!bh_connector_provides(s->c, BH_PROVIDES_HISTORY, j->q->word) && bh_fresh_first(&first, s, j->q->word, j->q->pull) && j->from < first)
    return before(j, first, "its first complete list");
  return judge_age(j, last, j->to, "the last complete list");
}

static bool judge_gauge(const judge *j) {
  bh_levels l = bh_levels_of(j->q, j->s);
  bh_day last;
  if (!l.count) {
    if (bh_fresh_exact(j->s, j->q->word, j->q->pull) && bh_fresh_last(&last, j->s, j->q->word, j->q->pull))
      return judge_age(j, last, j->to, "the last complete reading");
    return never(j, "it was never observed");
  }
  if (j->from < l.items[0]->from) return before(j, l.items[0]->from, "the first observation");
  for (size_t i = 0; i < l.count; i++) {
    bh_day end = i + 1 < l.count ? l.items[i + 1]->from - 1 : j->to;
    if (end > j->to) end = j->to;
    if (end < j->from || l.items[i]->from > j->to) continue;
    if (judge_age(j, l.items[i]->seen < j->q->as_of ? l.items[i]->seen : j->q->as_of, end, "the last observation")) return true;
  }
  return false;
}

static bool judge_usage(const judge *j) {
  const bh_source *s = j->s;
  bh_day last;
  if (!bh_connector_provides(s->c, BH_PROVIDES_USAGE, j->q->word) && !bh_fresh_exact(s, j->q->word, j->q->pull))
    return never(j, "it has never brought usage of this metric, of any client");
  /* Records stand for themselves: where a connector says nothing of completeness, a good pull is one. */
  if (bh_fresh_last(&last, s, j->q->word, j->q->pull)) return judge_age(j, last, j->to, "the last complete pull");
  const bh_pull_row *good = bh_pull_latest(s, j->q->pull, true);
  if (bh_scope_in_force(s, BH_SPAN_FAILED, j->q->pull)) return never(j, "the connector could never read this client");
  return judge_age(j, good->day, j->to, "the last good pull");
}

bh_status bh_hold_judge(bh_count *out, const bh_question *q, const bh_source *s, bh_day from, bh_day to, int32_t stale_days) {
  judge j = {out, q, s, from, to, stale_days};
  if (q->f->client->facts_given) return BH_OK;
  if (judge_connector(&j)) return BH_OK;
  if (q->sel->kind == BH_SEL_ASSETS) judge_assets(&j);
  else if (q->sel->kind == BH_SEL_GAUGE) judge_gauge(&j);
  else judge_usage(&j);
  return BH_OK;
}

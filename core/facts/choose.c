/* Who answers a selector for a client: the connector that it names, else the one that has such facts of the client. */
#include "facts/facts_impl.h"

static const struct bh_identity *identity_of(const bh_client_facts *f, const bh_selector *sel) {
  for (size_t i = 0; sel->kind == BH_SEL_ASSETS && i < f->identity_count; i++)
    if (bh_str_eq(f->identities[i].kind, sel->asset_kind)) return &f->identities[i];
  return NULL;
}

/* Counting by kind and class alone needs no asset's id, name or attributes. */
static bool looks_at_texts(const bh_client_facts *f, const bh_selector *sel) {
  if (sel->kind != BH_SEL_ASSETS) return false;
  bool texts = sel->seen_within > 0 || sel->except_count || f->client->except_count || sel->family || identity_of(f, sel);
  for (size_t i = 0; i < sel->match_count && !texts; i++) texts = !bh_str_eqz(sel->match[i].key, "class");
  return texts;
}

bh_status bh_question_init(bh_question *q, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until, int64_t pull,
                           bh_day as_of, bh_error *err) {
  *q = (bh_question){.f = f, .a = a, .sel = sel, .pull = pull, .as_of = as_of, .err = err};
  q->hi = until <= as_of ? until : as_of + 1;
  q->lo = from;
  if (from > as_of && sel->kind != BH_SEL_USAGE) q->lo = as_of; /* a day to come carries the last known one */
  if (q->hi < q->lo) q->hi = q->lo;
  bh_status status = bh_facts_read(f, looks_at_texts(f, sel), err);
  if (status != BH_OK) return status;
  return bh_store_word_find(f->store, &q->word, sel->kind == BH_SEL_ASSETS ? sel->asset_kind : sel->metric, err);
}

bool bh_connector_provides(const bh_connector_facts *c, bh_provides what, int32_t word) {
  for (size_t i = 0; c && word && i < c->provides_count; i++)
    if (c->provides[i].what == what && c->provides[i].kind == word) return true;
  return false;
}

static bh_provides what_of(const bh_selector *sel) {
  return sel->kind == BH_SEL_ASSETS ? BH_PROVIDES_ASSET : sel->kind == BH_SEL_GAUGE ? BH_PROVIDES_GAUGE : BH_PROVIDES_USAGE;
}

static bool own_asset(const bh_question *q, const bh_source *s, const bh_asset_row *r) {
  bh_subject subject;
  return !s->of_parent || (bh_asset_subject(&subject, q->f, r, NULL) == BH_OK && bh_family_mine(q, s, &subject, r->from, r->from));
}

static bool own_usage(const bh_question *q, const bh_source *s, const bh_usage_row *r) {
  bh_subject subject = {.klass = {"", 0}, .id = r->id, .name = r->description, .attrs = r->attrs};
  return !s->of_parent || bh_family_mine(q, s, &subject, r->day, r->day);
}

/* Several names of the client on one platform are one answer; a gauge has one level. */
static bool one_connector(const bh_answer *who, const bh_question *q) {
  for (size_t i = 1; i < who->count; i++)
    if (!bh_str_eq(who->sources[i]->connector, who->sources[0]->connector)) return false;
  return who->count == 1 || (who->count > 1 && q->sel->kind != BH_SEL_GAUGE);
}

static bool has_assets(const bh_question *q, const bh_source *s) {
  for (size_t i = 0; i < s->f.asset_count; i++) {
    const bh_asset_row *r = &s->f.assets[i];
    if (r->kind == q->word && r->from < q->hi && r->to >= q->lo && bh_known_at(r->since, r->until, q->pull) && own_asset(q, s, r)) return true;
  }
  return false;
}

/* Of several gauges of a metric, those that were observed within the days count. */
static bool has_gauge(const bh_question *q, const bh_source *s, bool within) {
  for (size_t i = 0; i < s->f.gauge_count; i++) {
    const bh_gauge_row *r = &s->f.gauges[i];
    if (r->metric == q->word && r->from < q->hi && (!within || r->seen >= q->lo) && bh_known_at(r->since, r->until, q->pull)) return true;
  }
  return false;
}

static bool has_usage(const bh_question *q, const bh_source *s) {
  for (size_t i = 0; i < s->f.usage_count; i++) {
    const bh_usage_row *r = &s->f.usages[i];
    if (r->metric == q->word && r->day >= q->lo && r->day < q->hi && r->since <= q->pull && own_usage(q, s, r)) return true;
  }
  return false;
}

static void collect(bh_answer *out, const bh_question *q, bool within) {
  out->count = 0;
  for (size_t i = 0; i < q->f->source_count && q->word; i++) {
    bh_source *s = &q->f->sources[i];
    bool has = !bh_source_serves(q, s) ? false : q->sel->kind == BH_SEL_ASSETS ? has_assets(q, s) : q->sel->kind == BH_SEL_GAUGE ? has_gauge(q, s, within) : has_usage(q, s);
    if (has) out->sources[out->count++] = s;
  }
}

static bh_status nobody(bh_answer *out, const bh_question *q, const char *why) {
  out->hold_reason = BH_S("unmapped-client");
  out->hold_message = bh_arena_fmt(q->a, "client \"%.*s\": %.*s: %s. An entry in the client's ids lifts this (`billhook map` lists the candidates), "
                                   "or `approve --force`", BH_STR_ARG(q->f->client->id), BH_STR_ARG(bh_selector_words(q->a, q->sel)), why);
  return BH_OK;
}

/* No connector has such facts of the client for these days: those that bring the kind at all can say that there are none. */
static bh_status without_rows(bh_answer *out, const bh_question *q) {
  bh_client_facts *f = q->f;
  bh_provides what = what_of(q->sel);
  for (size_t i = 0; i < f->source_count; i++)
    if (bh_source_serves(q, &f->sources[i]) && bh_connector_provides(f->sources[i].c, what, q->word)) out->sources[out->count++] = &f->sources[i];
  if (out->count) return BH_OK;
  for (size_t i = 0; i < f->source_count; i++) /* what these bring is not known yet */
    if (bh_source_serves(q, &f->sources[i]) && (!f->sources[i].c || !bh_pull_latest(&f->sources[i], q->pull, true)))
      out->sources[out->count++] = &f->sources[i];
  if (out->count) return BH_OK;
  const bh_connector_facts *other = NULL;
  for (size_t i = 0; i < f->connector_count && !other; i++)
    if (bh_connector_provides(&f->connectors[i], what, q->word)) other = &f->connectors[i];
  if (!f->source_count) return nobody(out, q, "the client names no id for any connector");
  if (other) {
    bh_str words = bh_arena_fmt(q->a, "connector \"%.*s\" brings this, and the client names no id for it", BH_STR_ARG(other->name));
    return nobody(out, q, words.ptr);
  }
  for (size_t i = 0; i < f->source_count; i++) /* nobody ever brought it: hold.c says so */
    if (bh_source_serves(q, &f->sources[i])) out->sources[out->count++] = &f->sources[i];
  if (out->count == 0) return nobody(out, q, q->sel->kind == BH_SEL_GAUGE ? "a gauge is of the parent as a whole, and the client names no id of its own" : "the client names no id of its own, and matches nothing of its parent's");
  return BH_OK;
}

bh_status bh_choose(bh_answer *out, const bh_question *q) {
  bh_client_facts *f = q->f;
  *out = (bh_answer){.hold_reason = {"", 0}, .hold_message = {"", 0}};
  out->sources = BH_NEWN(q->a, bh_source *, f->source_count + 1);
  if (f->client->facts_given) {
    out->sources[out->count++] = &f->sources[0];
    return BH_OK;
  }
  if (q->sel->from.len) {
    for (size_t i = 0; i < f->source_count; i++)
      if (bh_str_eq(f->sources[i].connector, q->sel->from) && bh_source_serves(q, &f->sources[i])) out->sources[out->count++] = &f->sources[i];
    if (out->count) return BH_OK;
    bh_str words = bh_arena_fmt(q->a, "the client names no id for connector \"%.*s\"", BH_STR_ARG(q->sel->from));
    return nobody(out, q, words.ptr);
  }
  collect(out, q, false);
  if (out->count == 0) return without_rows(out, q);
  if (one_connector(out, q)) return BH_OK;
  out->identity = identity_of(f, q->sel);
  if (out->identity) return BH_OK;
  if (q->sel->kind == BH_SEL_GAUGE) {
    collect(out, q, true);
    if (out->count == 1) return BH_OK;
    if (out->count == 0) collect(out, q, false);
  }
  return bh_fail(q->err, BH_E_INVALID, "client \"%.*s\": %.*s: connectors \"%.*s\" and \"%.*s\" both answer: `from` on the selector%s says which counts",
                 BH_STR_ARG(f->client->id), BH_STR_ARG(bh_selector_words(q->a, q->sel)), BH_STR_ARG(out->sources[0]->connector),
                 BH_STR_ARG(out->sources[1]->connector), q->sel->kind == BH_SEL_ASSETS ? ", or an identity rule," : "");
}

/* One thing seen by several connectors: sightings are paired by the attributes of the identity rule, in its order, and on each day only
 * that of the preferred connector counts. Two that both have an earlier attribute, and differ in it, are not paired by a later one. */
#include "facts/facts_impl.h"

typedef struct thing {
  size_t first, count;         /* its sightings in the list: versions of one id */
  size_t rank;
  bh_str *keys;                /* by attribute of the rule; empty where it has none */
  struct thing *group, *next;  /* the preferred one of the group; the next of the same group */
} thing;

typedef struct chain { thing *t; struct chain *next; } chain;

static size_t rank_of(const bh_answer *who, const bh_source *s) {
  size_t at = 0;
  for (; at < who->identity->prefer_count; at++) if (bh_str_eq(who->identity->prefer[at], s->connector)) return at;
  for (size_t i = 0; i < who->count && who->sources[i] != s; i++) at++;
  return at;
}

static bh_status keys_of(thing *t, const bh_seens *all, const bh_question *q, const bh_answer *who) {
  const bh_seen *latest = &all->items[t->first + t->count - 1];
  bh_subject subject;
  bh_status status = bh_asset_subject(&subject, q->f, latest->row, q->err);
  t->keys = BH_NEWN(q->a, bh_str, who->identity->by_count + 1);
  for (size_t i = 0; i < who->identity->by_count && status == BH_OK; i++)
    if (!bh_subject_text(&t->keys[i], q->a, &subject, who->identity->by[i])) t->keys[i] = BH_S("");
  return status;
}

static bool contradict(const thing *a, const thing *b, size_t before) {
  for (size_t i = 0; i < before; i++)
    if (a->keys[i].len && b->keys[i].len && !bh_str_eq(a->keys[i], b->keys[i])) return true;
  return false;
}

static bool group_has_source(const thing *group, const bh_seens *all, const bh_source *s) {
  for (const thing *t = group; t; t = t->next) if (all->items[t->first].source == s) return true;
  return false;
}

/* The group that a thing belongs to among those of more preferred connectors; NULL: none. */
static thing *find_group(const thing *t, bh_map *by_value, const bh_seens *all, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (!t->keys[i].len) continue;
    for (chain *c = bh_map_get(&by_value[i], t->keys[i]); c; c = c->next)
      if (!contradict(t, c->t, i) && !group_has_source(c->t->group, all, all->items[t->first].source)) return c->t->group;
  }
  return NULL;
}

static void keep_preferred(const thing *group, bh_seens *all, const bh_question *q) {
  size_t days = (size_t)(q->hi - q->lo);
  const bh_seen **covered = BH_NEWN(q->a, const bh_seen *, days);
  for (const thing *t = group; t; t = t->next) {
    for (size_t i = t->first; i < t->first + t->count; i++) {
      bh_seen *s = &all->items[i];
      for (bh_day d = s->from; d < s->until && t != group; d++) {
        const bh_seen *by = covered[d - q->lo];
        if (!by) continue;
        bh_seen_mask(s, q->a)[d - s->from] = BH_LEFT_OUT_SAME;
        s->same_as = by->row;
        s->same_source = by->source;
      }
    }
    for (size_t i = t->first; i < t->first + t->count; i++)
      for (bh_day d = all->items[i].from; d < all->items[i].until; d++)
        if (!covered[d - q->lo]) covered[d - q->lo] = &all->items[i];
  }
}

static thing *things_of(bh_seens *all, const bh_question *q, const bh_answer *who, size_t *out_count, bh_status *status) {
  thing *things = BH_NEWN(q->a, thing, all->count + 1);
  size_t n = 0;
  for (size_t i = 0; i < all->count && *status == BH_OK;) {
    thing *t = &things[n++];
    const bh_seen *s = &all->items[i];
    *t = (thing){.first = i, .rank = rank_of(who, s->source)};
    while (i < all->count && all->items[i].source == s->source && bh_str_eq(all->items[i].row->id, s->row->id)) i++;
    t->count = i - t->first;
    t->group = t;
    *status = keys_of(t, all, q, who);
  }
  *out_count = n;
  return things;
}

bh_status bh_identity_merge(bh_seens *all, const bh_question *q, const bh_answer *who) {
  bh_status status = BH_OK;
  size_t n, by = who->identity->by_count, ranks = who->identity->prefer_count + who->count;
  thing *things = things_of(all, q, who, &n, &status);
  bh_map *by_value = BH_NEWN(q->a, bh_map, by + 1);
  for (size_t i = 0; i < by; i++) bh_map_init(&by_value[i], q->a);
  for (size_t rank = 0; rank <= ranks && status == BH_OK; rank++)
    for (size_t k = 0; k < n; k++) {
      thing *t = &things[k];
      if (t->rank != rank) continue;
      thing *group = find_group(t, by_value, all, by);
      if (group) {
        thing *last = group;
        while (last->next) last = last->next;
        last->next = t;
        t->group = group;
      }
      for (size_t i = 0; i < by; i++) {
        if (!t->keys[i].len) continue;
        chain *c = BH_NEW(q->a, chain);
        void **slot = bh_map_ref(&by_value[i], t->keys[i]);
        *c = (chain){t, *slot};
        *slot = c;
      }
    }
  for (size_t k = 0; k < n; k++)
    if (things[k].group == &things[k] && things[k].next) keep_preferred(&things[k], all, q);
  return status;
}

/* Who may be meant: by what is the same, and by what is alike. Only what is the same, and is so of nobody else, is good enough to be written down. */
#include "batch/map.h"

/* Scores are for the order, and for a person's eye: 100 is the same name, below 60 nothing is said. */
enum { SCORE_ID = 100, SCORE_NAME = 100, SCORE_DOMAIN = 90, SCORE_DEVICES_MAX = 95, SCORE_WORDS_MAX = 85, SCORE_LEAST = 60, DEVICES_LEAST = 2 };

typedef struct guessing {
  bh_map_ours *o;
  bh_str connector;
  bh_arena scratch;            /* of one platform client */
  bh_map seen;                 /* our client's number → bh_map_guess */
  bh_map_guess **all; size_t count, cap;
  bh_error *err;
} guessing;

static bh_map_guess *guess_of(guessing *g, size_t client)
{
  bh_str key = bh_arena_fmt(&g->scratch, "%zu", client);
  bh_map_guess **slot = (bh_map_guess **)bh_map_ref(&g->seen, key);
  if (*slot != NULL)
    return *slot;
  if (g->count == g->cap) {
    size_t cap = g->cap ? g->cap * 2 : 32;
    bh_map_guess **grown = BH_NEWN(&g->scratch, bh_map_guess *, cap);
    if (g->count)
      memcpy(grown, g->all, g->count * sizeof *grown);
    g->all = grown;
    g->cap = cap;
  }
  *slot = g->all[g->count++] = BH_NEW(&g->scratch, bh_map_guess);
  (*slot)->client = client;
  const bh_map_client *c = &g->o->clients[client];
  for (size_t i = 0; i < c->id_count; i++)
    (*slot)->has_id |= bh_str_eq(c->ids[i].connector, g->connector);
  return *slot;
}

static void note(guessing *g, size_t client, uint32_t by, int32_t score)
{
  bh_map_guess *x = guess_of(g, client);
  x->by |= by;
  if (score > x->score)
    x->score = score;
}

static void by_list(guessing *g, const bh_map *map, bh_str key, uint32_t by, int32_t score)
{
  const bh_map_list *l = key.len > 0 ? bh_map_get(map, key) : NULL;
  for (size_t i = 0; l != NULL && !l->many && i < l->count; i++)
    note(g, l->items[i], by, score);
}

/* An id is what we chose: the platform's id or name may be it. */
static void by_names(guessing *g, const bh_map_foreign *x, bh_name_key *name)
{
  bh_name_key ref;
  bh_name_key_of(&ref, &g->scratch, x->ref);
  bh_name_key_of(name, &g->scratch, x->name);
  const bh_str keys[] = { name->key, ref.key };
  for (size_t k = 0; k < 2; k++) {
    const bh_map_list *l = keys[k].len > 0 ? bh_map_get(&g->o->by_key, keys[k]) : NULL;
    for (size_t i = 0; l != NULL && !l->many && i < l->count; i++) {
      bh_name_key own;
      bh_name_key_of(&own, &g->scratch, g->o->clients[l->items[i]].id);
      bool id = bh_str_eq(own.key, keys[k]);
      if (id)
        note(g, l->items[i], BH_MAP_BY_ID, SCORE_ID);
      if (!id || bh_str_eq(g->o->clients[l->items[i]].words.key, keys[k]))
        note(g, l->items[i], BH_MAP_BY_NAME, SCORE_NAME);
    }
  }
}

static size_t common(const bh_name_key *a, const bh_name_key *b)
{
  size_t n = 0;
  for (size_t i = 0; i < a->count; i++)
    for (size_t k = 0; k < b->count; k++)
      if (bh_str_eq(a->words[i], b->words[k])) {
        n++;
        break;
      }
  return n;
}

static void by_words(guessing *g, const bh_name_key *name)
{
  for (size_t w = 0; w < name->count; w++) {
    const bh_map_list *l = bh_map_get(&g->o->by_word, name->words[w]);
    for (size_t i = 0; l != NULL && !l->many && i < l->count; i++) {
      const bh_name_key *other = &g->o->clients[l->items[i]].words;
      size_t most = name->count > other->count ? name->count : other->count, same = common(name, other);
      int32_t score = most > 0 ? (int32_t)(SCORE_WORDS_MAX * same / most) : 0;
      if (score >= SCORE_LEAST - 20) /* a part of a longer name */
        note(g, l->items[i], BH_MAP_BY_WORDS, score < SCORE_LEAST ? SCORE_LEAST : score);
    }
  }
}

/* How many of its devices stand at a client of ours elsewhere, by name; a name that several have tells nothing. */
static bh_status by_devices(guessing *g, bh_map_foreign *x)
{
  bh_str *devices;
  size_t n = 0;
  if (x->place == 0)
    return BH_OK;
  bh_status st = bh_map_devices(&devices, &n, &x->users, &g->scratch, g->o->b->store, x->place, g->err);
  x->devices = (int64_t)n;
  size_t *hits = BH_NEWN(&g->scratch, size_t, g->o->count + 1);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    const bh_map_list *l = bh_map_get(&g->o->by_device, devices[i]);
    if (l != NULL && l->count == 1)
      hits[l->items[0]]++;
  }
  for (size_t i = 0; i < g->o->count && st == BH_OK && n > 0; i++) {
    int32_t score = (int32_t)(SCORE_DEVICES_MAX * hits[i] / n);
    if (hits[i] >= DEVICES_LEAST && score >= SCORE_DEVICES_MAX / 2)
      note(g, i, BH_MAP_BY_DEVICES, score < SCORE_LEAST ? SCORE_LEAST : score);
  }
  return st;
}

/* A group shares one domain: it counts as the same only where the names have a word in common. */
static bool is_exact(const guessing *g, const bh_map_guess *x, const bh_name_key *name)
{
  return (x->by & (BH_MAP_BY_ID | BH_MAP_BY_NAME)) != 0 || ((x->by & BH_MAP_BY_DOMAIN) && common(name, &g->o->clients[x->client].words) > 0);
}

static bool better(const bh_map_guess *a, const bh_map_guess *b)
{
  if (a->exact != b->exact)
    return a->exact;
  if (a->has_id != b->has_id)
    return b->has_id;
  if (a->score != b->score)
    return a->score > b->score;
  return __builtin_popcount(a->by) > __builtin_popcount(b->by);
}

static void keep_best(guessing *g, bh_map_foreign *x)
{
  size_t exact = 0;
  for (size_t i = 0; i < g->count; i++) {
    exact += g->all[i]->exact;
    if (g->all[i]->score < SCORE_LEAST)
      continue;
    size_t at = x->guess_count < BH_MAP_SUGGESTED_MAX ? x->guess_count++ : BH_MAP_SUGGESTED_MAX;
    if (at == BH_MAP_SUGGESTED_MAX && !better(g->all[i], &x->guesses[at - 1]))
      continue;
    if (at == BH_MAP_SUGGESTED_MAX)
      at--;
    for (; at > 0 && better(g->all[i], &x->guesses[at - 1]); at--)
      x->guesses[at] = x->guesses[at - 1];
    x->guesses[at] = *g->all[i];
  }
  x->unique = exact == 1 && x->guess_count > 0 && x->guesses[0].exact && !x->guesses[0].has_id;
}

static bh_status guess_one(guessing *g, bh_map_foreign *x)
{
  bh_name_key name;
  g->all = NULL;
  g->count = g->cap = 0;
  bh_map_init(&g->seen, &g->scratch);
  by_names(g, x, &name);
  by_list(g, &g->o->by_domain, bh_domain_of(&g->scratch, x->domain), BH_MAP_BY_DOMAIN, SCORE_DOMAIN);
  by_words(g, &name);
  bh_status st = by_devices(g, x);
  for (size_t i = 0; i < g->count; i++) {
    if (g->all[i]->by & (BH_MAP_BY_ID | BH_MAP_BY_NAME))
      g->all[i]->by &= ~(uint32_t)BH_MAP_BY_WORDS; /* said already */
    g->all[i]->exact = is_exact(g, g->all[i], &name);
    g->o->clients[g->all[i]->client].wanted_by += g->all[i]->exact;
  }
  keep_best(g, x);
  return st;
}

bh_status bh_map_guess_all(bh_map_ours *o, bh_str connector, bh_map_foreign *x, size_t n, bh_error *err)
{
  guessing g = { .o = o, .connector = connector, .err = err };
  bh_status st = BH_OK;
  for (size_t i = 0; i < o->count; i++)
    o->clients[i].wanted_by = 0;
  bh_arena_init(&g.scratch);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    bh_arena_reset(&g.scratch);
    st = guess_one(&g, &x[i]);
  }
  for (size_t i = 0; i < n && st == BH_OK; i++)
    x[i].unique = x[i].unique && o->clients[x[i].guesses[0].client].wanted_by == 1;
  bh_arena_dispose(&g.scratch);
  return st;
}

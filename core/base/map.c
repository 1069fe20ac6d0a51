/* A hash map from strings to pointers: open addressing with linear probing, nothing is ever taken out. */
#include "base/base.h"

typedef struct bh_map_slot {
  uint64_t hash;
  bh_str key; /* ptr NULL: free */
  void *value;
} slot;

enum { CAP_FIRST = 16 };

static uint64_t mix(uint64_t a, uint64_t b)
{
  unsigned __int128 p = (unsigned __int128)a * b;
  return (uint64_t)p ^ (uint64_t)(p >> 64);
}

/* Multiply and fold, as wyhash does it. */
uint64_t bh_hash64(bh_str s)
{
  const uint64_t k0 = UINT64_C(0xa0761d6478bd642f), k1 = UINT64_C(0xe7037ed1a0b428db);
  uint64_t h = k0 ^ s.len, w;
  const char *p = s.ptr;
  size_t left = s.len;
  for (; left >= 8; left -= 8, p += 8) {
    memcpy(&w, p, 8);
    h = mix(h ^ w, k1);
  }
  w = 0;
  if (left)
    memcpy(&w, p, left);
  return mix(mix(h ^ w, k1), k0);
}

void bh_map_init(bh_map *m, bh_arena *arena)
{
  *m = (bh_map){.arena = arena};
}

/* The slot of the key, or the free one where it would go. The table is never full. */
static slot *find(const bh_map *m, bh_str key, uint64_t hash)
{
  for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
    slot *s = &m->slots[i];
    if (!s->key.ptr || (s->hash == hash && bh_str_eq(s->key, key)))
      return s;
  }
}

static void grow(bh_map *m)
{
  bh_map larger = {.cap = m->cap ? m->cap * 2 : CAP_FIRST, .n = m->n, .arena = m->arena};
  larger.slots = BH_NEWN(m->arena, slot, larger.cap);
  for (size_t i = 0; i < m->cap; i++)
    if (m->slots[i].key.ptr)
      *find(&larger, m->slots[i].key, m->slots[i].hash) = m->slots[i];
  *m = larger;
}

void *bh_map_get(const bh_map *m, bh_str key)
{
  return m->n ? find(m, key, bh_hash64(key))->value : NULL;
}

void **bh_map_ref(bh_map *m, bh_str key)
{
  if (m->n >= m->cap / 4 * 3)
    grow(m);
  uint64_t hash = bh_hash64(key);
  slot *s = find(m, key, hash);
  if (!s->key.ptr) {
    *s = (slot){hash, bh_arena_str(m->arena, key), NULL};
    m->n++;
  }
  return &s->value;
}

void bh_map_put(bh_map *m, bh_str key, void *value)
{
  *bh_map_ref(m, key) = value;
}

/* Records in memory, group by group. */
#include "base/sort_memory.h"
#include "base/sort_file.h"
#include <stdlib.h>

enum { GROUPS_FIRST = 64, SLOTS_A_GROUP = 2 };

static const size_t end_of_chain = SIZE_MAX;

typedef struct header { uint32_t key_len, payload_len; size_t next; } header;

/* To sort a group: qsort makes a copy of them. */
typedef struct entry {
  uint64_t prefix; /* of what follows the head */
  size_t at;       /* also the order in which records came */
} entry;

typedef struct order { const bh_sort_memory *m; size_t head_len; } order;

void bh_sort_memory_init(bh_sort_memory *m)
{
  *m = (bh_sort_memory){0};
  bh_buf_init(&m->data, SIZE_MAX / 2);
}

void bh_sort_memory_dispose(bh_sort_memory *m)
{
  bh_buf_dispose(&m->data);
  free(m->groups);
  free(m->slots);
  bh_sort_memory_init(m);
}

void bh_sort_memory_clear(bh_sort_memory *m)
{
  bh_buf_clear(&m->data);
  if (m->slots)
    memset(m->slots, 0, m->slot_cap * sizeof *m->slots);
  m->group_count = m->unordered_max = 0;
  bh_sort_memory_rewind(m);
}

size_t bh_sort_memory_bytes(const bh_sort_memory *m, size_t bytes)
{
  size_t group = sizeof(bh_sort_group) + SLOTS_A_GROUP * sizeof(uint32_t);
  return m->data.len + sizeof(header) + bytes + (m->group_count + 1) * group + 2 * (m->unordered_max + 1) * sizeof(entry);
}

char *bh_sort_memory_room(bh_sort_memory *m, size_t bytes, size_t limit)
{
  bh_buf *b = &m->data;
  bytes += sizeof(header);
  if (bytes > b->cap - b->len && b->cap > limit / 2)
    b->max = b->len + bytes > limit ? b->len + bytes : limit;
  char *room = bh_buf_room(b, bytes);
  b->max = SIZE_MAX / 2;
  return room + sizeof(header);
}

static header *header_at(const bh_sort_memory *m, size_t at, header *out)
{
  memcpy(out, m->data.ptr + at, sizeof *out);
  return out;
}

static void set_next(bh_sort_memory *m, size_t at, size_t next)
{
  memcpy(m->data.ptr + at + offsetof(header, next), &next, sizeof next);
}

static bh_str key_at(const bh_sort_memory *m, size_t at)
{
  header h;
  header_at(m, at, &h);
  return (bh_str){m->data.ptr + at + sizeof h, h.key_len};
}

static bh_str behind(bh_str key, size_t head_len)
{
  return (bh_str){key.ptr + head_len, key.len - head_len};
}

/* ---- groups ---- */

static void more_groups(bh_sort_memory *m)
{
  m->group_cap = m->group_cap ? m->group_cap * 2 : GROUPS_FIRST;
  m->slot_cap = m->group_cap * SLOTS_A_GROUP;
  m->groups = realloc(m->groups, m->group_cap * sizeof *m->groups);
  free(m->slots);
  m->slots = calloc(m->slot_cap, sizeof *m->slots);
  if (!m->groups || !m->slots)
    bh_out_of_memory(m->group_cap * sizeof *m->groups);
  for (size_t i = 0; i < m->group_count; i++) {
    size_t at = m->groups[i].hash & (m->slot_cap - 1);
    while (m->slots[at])
      at = (at + 1) & (m->slot_cap - 1);
    m->slots[at] = (uint32_t)i + 1;
  }
}

static bool is_head(const bh_sort_memory *m, const bh_sort_group *g, bh_str head)
{
  if (g->head_len != head.len || memcmp(g->head, head.ptr, head.len < BH_SORT_HEAD_KEPT ? head.len : BH_SORT_HEAD_KEPT) != 0)
    return false;
  return head.len <= BH_SORT_HEAD_KEPT || memcmp(key_at(m, g->first).ptr, head.ptr, head.len) == 0;
}

/* The group of a head; a new one has no record yet. */
static bh_sort_group *group_of(bh_sort_memory *m, bh_str head)
{
  if (m->group_count == m->group_cap)
    more_groups(m);
  uint64_t hash = bh_hash64(head);
  size_t at = hash & (m->slot_cap - 1);
  for (; m->slots[at]; at = (at + 1) & (m->slot_cap - 1)) {
    bh_sort_group *g = &m->groups[m->slots[at] - 1];
    if (g->hash == hash && is_head(m, g, head))
      return g;
  }
  bh_sort_group *g = &m->groups[m->group_count++];
  m->slots[at] = (uint32_t)m->group_count;
  *g = (bh_sort_group){.hash = hash, .head_len = (uint32_t)head.len};
  memcpy(g->head, head.ptr, head.len < BH_SORT_HEAD_KEPT ? head.len : BH_SORT_HEAD_KEPT);
  return g;
}

void bh_sort_memory_add(bh_sort_memory *m, size_t key_len, size_t head_len, size_t payload_len)
{
  size_t at = m->data.len;
  header h = {(uint32_t)key_len, (uint32_t)payload_len, end_of_chain};
  memcpy(m->data.ptr + at, &h, sizeof h);
  bh_str key = {m->data.ptr + at + sizeof h, key_len};
  m->data.len += sizeof h + key_len + payload_len;
  bh_sort_group *g = group_of(m, (bh_str){key.ptr, head_len});
  uint64_t prefix = bh_sort_prefix(behind(key, head_len));
  if (g->count++ == 0) {
    g->first = at;
  } else {
    if (!g->unordered && g->last_prefix >= prefix)
      g->unordered = g->last_prefix > prefix || bh_str_cmp(behind(key_at(m, g->last), head_len), behind(key, head_len)) > 0;
    set_next(m, g->last, at);
  }
  g->last = at;
  g->last_prefix = prefix;
  if (g->unordered && g->count > m->unordered_max)
    m->unordered_max = g->count;
}

/* ---- the order ---- */

static int by_head(const void *x, const void *y, void *memory)
{
  const bh_sort_group *a = x, *b = y;
  return bh_str_cmp((bh_str){key_at(memory, a->first).ptr, a->head_len}, (bh_str){key_at(memory, b->first).ptr, b->head_len});
}

static int by_key_then_arrival(const void *x, const void *y, void *arg)
{
  const entry *a = x, *b = y;
  const order *o = arg;
  if (a->prefix != b->prefix)
    return a->prefix < b->prefix ? -1 : 1;
  int c = bh_str_cmp(behind(key_at(o->m, a->at), o->head_len), behind(key_at(o->m, b->at), o->head_len));
  return c ? c : a->at < b->at ? -1 : a->at > b->at;
}

static void sort_group(bh_sort_memory *m, bh_sort_group *g, entry *entries)
{
  header h;
  size_t n = 0;
  for (size_t at = g->first; at != end_of_chain; at = header_at(m, at, &h)->next)
    entries[n++] = (entry){bh_sort_prefix(behind(key_at(m, at), g->head_len)), at};
  qsort_r(entries, n, sizeof *entries, by_key_then_arrival, &(order){m, g->head_len});
  for (size_t i = 0; i < n; i++)
    set_next(m, entries[i].at, i + 1 < n ? entries[i + 1].at : end_of_chain);
  g->first = entries[0].at;
  g->last = entries[n - 1].at;
  g->unordered = false;
}

void bh_sort_memory_sort(bh_sort_memory *m)
{
  entry *entries = m->unordered_max ? malloc(m->unordered_max * sizeof *entries) : NULL;
  if (m->unordered_max && !entries)
    bh_out_of_memory(m->unordered_max * sizeof *entries);
  for (size_t i = 0; i < m->group_count; i++)
    if (m->groups[i].unordered)
      sort_group(m, &m->groups[i], entries);
  free(entries);
  if (m->group_count)
    qsort_r(m->groups, m->group_count, sizeof *m->groups, by_head, m); /* `slots` do not fit any more: nothing is added from here on */
  bh_sort_memory_rewind(m);
}

void bh_sort_memory_rewind(bh_sort_memory *m)
{
  m->at_group = 0;
  m->at_record = m->group_count ? m->groups[0].first : end_of_chain;
}

bool bh_sort_memory_next(bh_sort_memory *m, bh_str *key, bh_str *payload)
{
  header h;
  if (m->at_record == end_of_chain)
    return false;
  header_at(m, m->at_record, &h);
  const char *p = m->data.ptr + m->at_record + sizeof h;
  *key = (bh_str){p, h.key_len};
  *payload = (bh_str){p + h.key_len, h.payload_len};
  m->at_record = h.next;
  if (m->at_record == end_of_chain && ++m->at_group < m->group_count)
    m->at_record = m->groups[m->at_group].first;
  return true;
}

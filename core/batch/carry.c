#include "batch/carry.h"

enum { PACK_MAX = 1 << 24, CARRIES_MAX = 1000000 };

bh_str bh_carries_pack(bh_arena *a, const bh_carry *items, size_t n)
{
  bh_buf b;
  bh_buf_init(&b, PACK_MAX);
  bh_put_u32(&b, (uint32_t)n);
  for (size_t i = 0; i < n; i++) {
    bh_put_str(&b, items[i].key);
    bh_put_i64(&b, items[i].whole_from);
    bh_put_i64(&b, items[i].whole_until);
    bh_put_str(&b, items[i].bytes);
  }
  bh_require(!b.failed); /* a line may be written 10,000 times, each with 4 KiB: the loader's bounds keep a contract far below */
  bh_str s = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return s;
}

bool bh_carries_unpack(bh_carry **out, size_t *n, bh_arena *a, bh_str packed)
{
  bh_get g = bh_get_init(packed);
  *n = bh_get_count(&g, CARRIES_MAX);
  if (*n > packed.len)
    g.bad = true;
  *out = BH_NEWN(a, bh_carry, g.bad || *n == 0 ? 1 : *n);
  for (size_t i = 0; i < *n && !g.bad; i++) {
    bh_carry *x = &(*out)[i];
    x->key = bh_get_str(&g);
    x->whole_from = (bh_day)bh_get_i64(&g);
    x->whole_until = (bh_day)bh_get_i64(&g);
    x->bytes = bh_get_str(&g);
  }
  return bh_get_done(&g);
}

static void note_one(bh_charged_key *keys, size_t key_count, const bh_carry *x)
{
  for (size_t k = 0; k < key_count; k++)
    if (keys[k].whole_from == x->whole_from && keys[k].whole_until == x->whole_until && bh_str_eq(keys[k].key, x->key))
      keys[k].carry = x->bytes;
}

bh_status bh_carries_note(bh_charged_key *keys, size_t key_count, bh_arena *a, const bh_charged_line *rows, size_t n, bh_error *err)
{
  for (size_t i = 0; i < n; i++) {
    if (rows[i].line.carries.len == 0)
      continue;
    bh_carry *items;
    size_t count;
    if (!bh_carries_unpack(&items, &count, a, rows[i].line.carries))
      return bh_fail(err, BH_E_STORE, "what document %lld carries on cannot be read: the store is damaged", (long long)rows[i].doc);
    for (size_t j = 0; j < count; j++)
      note_one(keys, key_count, &items[j]);
  }
  return BH_OK;
}

const bh_charged_key *bh_carry_before(const bh_contract_plan *c, bh_str key, bh_day whole_from)
{
  const bh_charged_key *best = NULL;
  for (size_t i = 0; i < c->key_count; i++) {
    const bh_charged_key *k = &c->keys[i];
    if (k->carry.len > 0 && !k->open && k->whole_from < whole_from && (best == NULL || k->whole_from > best->whole_from) && bh_str_eq(k->key, key))
      best = k;
  }
  return best;
}

bool bh_carries_any(const bh_contract_terms *c)
{
  for (size_t i = 0; i < c->line_count; i++)
    if (c->lines[i].carries)
      return true;
  return false;
}

/* A carrying line has an earlier period in `later` than in `first`. */
static bool comes_before(const bh_plan_billing *later, const bh_plan_billing *first)
{
  for (size_t i = 0; i < later->line_count; i++)
    for (size_t j = 0; later->lines[i].terms->carries && j < first->line_count; j++)
      if (first->lines[j].index == later->lines[i].index && later->lines[i].whole_from < first->lines[j].whole_from)
        return true;
  return false;
}

void bh_carries_order(bh_contract_plan *p)
{
  if (!bh_carries_any(p->terms))
    return;
  /* Nearly always in order already. Two lines that ask for opposite orders end after one pass for each billing. */
  bool moved = true;
  for (size_t pass = 0; pass < p->billing_count && moved; pass++) {
    moved = false;
    for (size_t i = 0; i < p->billing_count; i++)
      for (size_t j = i + 1; j < p->billing_count; j++)
        if (comes_before(&p->billings[j], &p->billings[i])) {
          bh_plan_billing x = p->billings[j];
          memmove(&p->billings[i + 1], &p->billings[i], (j - i) * sizeof x);
          p->billings[i] = x;
          moved = true;
        }
  }
}

/* ---- the chain ---- */

typedef struct last { bh_day whole_from; bh_str carry; bool ok; } last;

void bh_carry_chain_init(bh_carry_chain *c)
{
  bh_arena_init(&c->arena);
  bh_map_init(&c->last, &c->arena);
}

void bh_carry_chain_reset(bh_carry_chain *c)
{
  bh_arena_reset(&c->arena);
  bh_map_init(&c->last, &c->arena);
}

void bh_carry_chain_dispose(bh_carry_chain *c) { bh_arena_dispose(&c->arena); }

/* Contract ids have no NUL in them: the two parts cannot be mistaken for others. */
static void name_of(bh_buf *b, bh_str contract, const bh_rate_line *line)
{
  bh_buf_init(b, 1 << 16);
  bh_buf_puts(b, contract);
  bh_buf_putc(b, 0);
  bh_buf_puts(b, line->key);
}

bool bh_carry_chain_get(const bh_carry_chain *c, bh_str *out, bh_str contract, const bh_rate_line *line)
{
  bh_buf name;
  name_of(&name, contract, line);
  const last *x = bh_map_get(&c->last, bh_buf_str(&name));
  bh_buf_dispose(&name);
  *out = line->carry;
  if (x == NULL || x->whole_from < line->carry_from)
    return true;
  *out = x->carry;
  return x->ok;
}

void bh_carry_chain_put(bh_carry_chain *c, bh_str contract, const bh_rate_line *line, bh_str carry, bool ok)
{
  bh_buf name;
  name_of(&name, contract, line);
  void **slot = bh_map_ref(&c->last, bh_buf_str(&name));
  bh_buf_dispose(&name);
  if (*slot == NULL)
    *slot = BH_NEW(&c->arena, last);
  *(last *)*slot = (last){ line->whole_from, bh_arena_str(&c->arena, carry), ok };
}

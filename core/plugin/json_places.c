/* Walking down the tree of places with the text. */
#include "plugin/json_places.h"
#include <stdlib.h>

enum { STACK_FIRST = 64 };

void bh_json_places_init(bh_json_places *p)
{
  p->depth = 0;
  p->stack_cap = STACK_FIRST;
  p->stack = malloc(p->stack_cap * sizeof *p->stack);
  if (!p->stack)
    bh_out_of_memory(p->stack_cap * sizeof *p->stack);
}

void bh_json_places_dispose(bh_json_places *p)
{
  free(p->stack);
  p->stack = NULL;
}

void bh_json_places_start(bh_json_places *p, bh_json_node *root)
{
  p->depth = 0;
  p->at[0] = (bh_json_at){.one = root, .count = 1};
}

/* ---- what lies below ---- */

static void start_below(const bh_json_at *in, bh_json_at *out)
{
  out->first = in->count > 1 ? in->first + in->count : in->first;
  out->count = 0;
}

static void push(bh_json_places *p, bh_json_at *to, bh_json_node *n)
{
  if (to->first + to->count == p->stack_cap) {
    size_t cap = p->stack_cap * 2;
    bh_json_node **grown = realloc(p->stack, cap * sizeof *grown);
    if (!grown)
      bh_out_of_memory(cap * sizeof *grown);
    p->stack = grown;
    p->stack_cap = cap;
  }
  p->stack[to->first + to->count++] = n;
}

static void add(bh_json_places *p, bh_json_at *to, bh_json_node *n)
{
  if (to->count == 0) {
    to->one = n;
    to->count = 1;
    return;
  }
  if (to->count == 1) { /* so there are two: the first goes to the stack as well */
    to->count = 0;
    push(p, to, to->one);
  }
  push(p, to, n);
}

static uint32_t four(const char *p)
{
  uint32_t w;
  memcpy(&w, p, sizeof w);
  return w;
}

static uint64_t eight(const char *p)
{
  uint64_t w;
  memcpy(&w, p, sizeof w);
  return w;
}

/* Names are short: without a call, and with some of the bytes compared twice. */
static bool same_bytes(const char *a, const char *b, size_t n)
{
  if (n > 16)
    return memcmp(a, b, n) == 0;
  if (n >= 8)
    return eight(a) == eight(b) && eight(a + n - 8) == eight(b + n - 8);
  if (n >= 4)
    return four(a) == four(b) && four(a + n - 4) == four(b + n - 4);
  return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

static bool named(const bh_json_node *n, bh_str name)
{
  return n->step.name.len == name.len && (name.len == 0 || memcmp(n->step.name.ptr, name.ptr, name.len) == 0);
}

/* Of an object in which only plain names are asked for: one of them, or NULL. */
static bh_json_node *find_name(const bh_json_node *around, bh_str name, uint64_t ordinal)
{
  bh_json_guess *g = ordinal < BH_JSON_GUESSES && name.len && name.len <= BH_JSON_GUESS_BYTES ? &around->guesses[ordinal] : NULL;
  if (g && g->len == name.len && same_bytes(g->name, name.ptr, name.len))
    return g->found;
  bh_json_node *n = around->names;
  while (n && !named(n, name))
    n = n->next;
  if (g) {
    g->found = n;
    g->len = (uint8_t)name.len;
    memcpy(g->name, name.ptr, name.len);
  }
  return n;
}

bool bh_json_places_member_plainly(bh_json_places *p, bh_str name)
{
  const bh_json_at *in = &p->at[p->depth - 1];
  bh_json_at *out = &p->at[p->depth];
  if (in->count > 1 || (in->count == 1 && (in->one->any_member || !in->one->names)))
    return false;
  out->first = in->first;
  out->one = in->count ? find_name(in->one, name, p->places[p->depth - 1].seen) : NULL;
  out->count = out->one != NULL;
  return true;
}

void bh_json_places_member(bh_json_places *p, bh_str name)
{
  const bh_json_at *in = &p->at[p->depth - 1];
  bh_json_at *out = &p->at[p->depth];
  start_below(in, out);
  for (size_t i = 0; i < in->count; i++) {
    const bh_json_node *around = bh_json_place(p, in, i);
    bh_json_node *only = around->names && !around->any_member ? find_name(around, name, p->places[p->depth - 1].seen) : NULL;
    if (only)
      add(p, out, only);
    for (bh_json_node *n = around->any_member ? around->names : NULL; n; n = n->next)
      if (n->step.kind == BH_STEP_ANY_MEMBER || named(n, name))
        add(p, out, n);
  }
}

static void find_item(bh_json_places *p, uint64_t index)
{
  const bh_json_at *in = &p->at[p->depth - 1];
  bh_json_at *out = &p->at[p->depth];
  start_below(in, out);
  for (size_t i = 0; i < in->count; i++)
    for (bh_json_node *n = bh_json_place(p, in, i)->items; n; n = n->next)
      if (n->step.kind == BH_STEP_ANY_ITEM || n->step.index == index)
        add(p, out, n);
}

/* ---- going on ---- */

const bh_json_at *bh_json_places_here(bh_json_places *p)
{
  if (p->depth && p->places[p->depth - 1].array)
    find_item(p, p->places[p->depth - 1].index);
  return &p->at[p->depth];
}

bool bh_json_places_any_member(const bh_json_places *p)
{
  const bh_json_at *in = &p->at[p->depth - 1];
  bool any = false;
  for (size_t i = 0; i < in->count && !any; i++)
    any = bh_json_place(p, in, i)->any_member;
  return any;
}

void bh_json_places_next(bh_json_places *p)
{
  if (p->depth) {
    bh_place *in = &p->places[p->depth - 1];
    in->seen++;
    in->index += in->array;
  }
}

bool bh_json_places_pass(bh_json_places *p)
{
  if (p->depth == 0)
    return false;
  const bh_place *in = &p->places[p->depth - 1];
  if (p->at[in->array ? p->depth - 1 : p->depth].count)
    return false;
  bh_json_places_next(p);
  return true;
}

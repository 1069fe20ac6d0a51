/* JSON text into a value tree. yajl finds the tokens; this keeps the open tables' elements on one stack and copies
 * them into the arena, exactly sized, when their table closes. */
#include "base/json.h"
#include "base/json_string.h"
#include <stdlib.h>
#include <yajl/yajl_parse.h>

enum {
  DEPTH_MAX = 64,
  STACK_FIRST = 96,       /* elements of open tables that need no allocation */
  LINEAR_FIELDS_MAX = 16, /* up to here duplicates are looked for one by one */
  POOL_BYTES = 4096       /* what yajl needs, with a buffer for short strings that have escapes */
};

typedef struct element {
  bh_str key;
  bh_node *value; /* NULL: a key that waits for its value */
  size_t key_end;
} element;

typedef struct reader {
  bh_arena *arena;
  bh_str text;
  yajl_handle yajl;
  bh_node *root;
  element *stack;
  size_t n, cap;
  int depth;
  struct {
    bh_node *node;
    size_t base;
  } open[DEPTH_MAX];
  size_t bad_at; /* of a refusal of our own */
  char bad[160]; /* empty: none */
  size_t pool_used;
  _Alignas(16) char pool[POOL_BYTES];
  element first[STACK_FIRST];
} reader;

/* ---- yajl's memory: a pool on the stack, then the arena; nothing is given back before the end ---- */

static void *pool_malloc(void *ctx, size_t bytes)
{
  reader *r = ctx;
  size_t whole = (bytes + 16 + 15) & ~(size_t)15;
  char *p;
  if (whole <= POOL_BYTES - r->pool_used) {
    p = r->pool + r->pool_used;
    r->pool_used += whole;
  } else {
    p = bh_arena_alloc(r->arena, whole);
  }
  memcpy(p, &bytes, sizeof bytes);
  return p + 16;
}

static void *pool_realloc(void *ctx, void *old, size_t bytes)
{
  void *p = pool_malloc(ctx, bytes);
  size_t had = 0;
  if (old) {
    memcpy(&had, (char *)old - 16, sizeof had);
    memcpy(p, old, had < bytes ? had : bytes);
  }
  return p;
}

static void pool_free(void *ctx, void *p)
{
}

/* ---- elements ---- */

static int refuse(reader *r, size_t at, const char *why)
{
  r->bad_at = at;
  snprintf(r->bad, sizeof r->bad, "%s", why);
  return 0;
}

static void push(reader *r, element e)
{
  if (r->n == r->cap) {
    size_t cap = r->cap * 2;
    element *larger = malloc(cap * sizeof *larger);
    if (!larger)
      bh_out_of_memory(cap * sizeof *larger);
    memcpy(larger, r->stack, r->n * sizeof *larger);
    if (r->stack != r->first)
      free(r->stack);
    r->stack = larger;
    r->cap = cap;
  }
  r->stack[r->n++] = e;
}

static int place(reader *r, bh_node *node)
{
  if (r->depth == 0)
    r->root = node;
  else if (r->open[r->depth - 1].node->is_array)
    push(r, (element){.value = node});
  else
    r->stack[r->n - 1].value = node;
  return 1;
}

static int open_table(reader *r, bool is_array)
{
  if (r->depth == DEPTH_MAX)
    return refuse(r, yajl_get_bytes_consumed(r->yajl) - 1, "nested deeper than 64 levels");
  bh_node *node = bh_node_new(r->arena, BH_NODE_TABLE);
  node->is_array = is_array;
  place(r, node);
  r->open[r->depth].node = node;
  r->open[r->depth].base = r->n;
  r->depth++;
  return 1;
}

static int duplicate(reader *r, const element *e)
{
  char why[sizeof r->bad];
  bh_str key = e->key;
  if (key.len > 80)
    key.len = bh_utf8_span((bh_str){key.ptr, 80});
  snprintf(why, sizeof why, "the key \"%.*s\" stands twice in one object", BH_STR_ARG(key));
  return refuse(r, bh_json_token_start(r->text, e->key_end), why);
}

/* Large objects, once they are complete: a table of indexes, half full at most. */
static int check_many(reader *r, const element *e, size_t n)
{
  size_t cap = 64;
  while (cap < n * 2)
    cap *= 2;
  size_t *table = calloc(cap, sizeof *table); /* index + 1; 0: free */
  if (!table)
    bh_out_of_memory(cap * sizeof *table);
  int ok = 1;
  for (size_t i = 0; ok && i < n; i++) {
    size_t at = bh_hash64(e[i].key) & (cap - 1);
    while (table[at] && !bh_str_eq(e[table[at] - 1].key, e[i].key))
      at = (at + 1) & (cap - 1);
    ok = table[at] == 0 || duplicate(r, &e[i]);
    table[at] = i + 1;
  }
  free(table);
  return ok;
}

/* ---- yajl's callbacks ---- */

static int on_null(void *ctx)
{
  reader *r = ctx;
  return place(r, bh_node_new(r->arena, BH_NODE_NULL));
}

static int on_boolean(void *ctx, int value)
{
  reader *r = ctx;
  bh_node *node = bh_node_new(r->arena, BH_NODE_BOOL);
  node->boolean = value != 0;
  return place(r, node);
}

/* False where the text has a fraction or an exponent, or does not fit. */
static bool integer(int64_t *out, const char *p, size_t len)
{
  int64_t v = 0;
  bool negative = len && *p == '-';
  for (size_t i = negative; i < len; i++) {
    if (p[i] < '0' || p[i] > '9')
      return false;
    if (__builtin_mul_overflow(v, (int64_t)10, &v))
      return false;
    int64_t digit = p[i] - '0'; /* downwards for negative ones: INT64_MIN has no counterpart */
    if (__builtin_add_overflow(v, negative ? -digit : digit, &v))
      return false;
  }
  *out = v;
  return true;
}

static int on_number(void *ctx, const char *p, size_t len)
{
  reader *r = ctx;
  bh_node *node = bh_node_new(r->arena, BH_NODE_INT);
  if (!integer(&node->integer, p, len))
    node->kind = BH_NODE_FLOAT;
  node->text = bh_arena_str(r->arena, (bh_str){p, len});
  return place(r, node);
}

static int on_string(void *ctx, const unsigned char *p, size_t len)
{
  reader *r = ctx;
  return place(r, bh_node_str(r->arena, (bh_str){(const char *)p, len}));
}

static int on_key(void *ctx, const unsigned char *p, size_t len)
{
  reader *r = ctx;
  size_t base = r->open[r->depth - 1].base;
  element e = {.key = bh_arena_str(r->arena, (bh_str){(const char *)p, len}), .key_end = yajl_get_bytes_consumed(r->yajl)};
  if (r->n - base < LINEAR_FIELDS_MAX)
    for (size_t i = base; i < r->n; i++)
      if (bh_str_eq(r->stack[i].key, e.key))
        return duplicate(r, &e);
  push(r, e);
  return 1;
}

static int on_array_end(void *ctx)
{
  reader *r = ctx;
  bh_node *node = r->open[--r->depth].node;
  size_t base = r->open[r->depth].base, n = r->n - base;
  if (n) {
    node->items = BH_NEWN(r->arena, bh_node *, n);
    for (size_t i = 0; i < n; i++)
      node->items[i] = r->stack[base + i].value;
  }
  node->item_count = n;
  r->n = base;
  return 1;
}

static int on_map_end(void *ctx)
{
  reader *r = ctx;
  bh_node *node = r->open[--r->depth].node;
  size_t base = r->open[r->depth].base, n = r->n - base;
  if (n > LINEAR_FIELDS_MAX && !check_many(r, r->stack + base, n))
    return 0;
  if (n) {
    node->fields = BH_NEWN(r->arena, bh_field, n);
    for (size_t i = 0; i < n; i++)
      node->fields[i] = (bh_field){r->stack[base + i].key, r->stack[base + i].value};
  }
  node->field_count = n;
  r->n = base;
  return 1;
}

static int on_map(void *ctx)
{
  return open_table(ctx, false);
}

static int on_array(void *ctx)
{
  return open_table(ctx, true);
}

/* ---- the whole ---- */

/* What yajl has against the text, in words of its own. */
static void take_over_complaint(reader *r, bool at_end)
{
  size_t used = yajl_get_bytes_consumed(r->yajl);
  unsigned char *words = yajl_get_error(r->yajl, 0, NULL, 0);
  bh_str said = bh_str_c((const char *)words);
  while (said.len && (said.ptr[said.len - 1] == '\n' || said.ptr[said.len - 1] == '.'))
    said.len--;
  bool lexical = bh_str_starts(said, BH_S("lexical error: ")), parse = bh_str_starts(said, BH_S("parse error: "));
  size_t prefix = lexical ? sizeof "lexical error: " - 1 : parse ? sizeof "parse error: " - 1 : 0;
  snprintf(r->bad, sizeof r->bad, "%.*s", (int)(said.len - prefix), said.ptr + prefix);
  /* A number ends only with what follows it, so one that should not be there may be met at the end. */
  bool too_short = lexical || bh_str_eq(said, BH_S("parse error: premature EOF"));
  bool passed = bh_str_eq(said, BH_S("lexical error: invalid char in json text")); /* else it steps back before the byte */
  if (at_end)
    r->bad_at = too_short ? r->text.len : bh_json_token_start(r->text, r->text.len);
  else
    r->bad_at = !lexical ? bh_json_token_start(r->text, used) : passed && used ? used - 1 : used;
}

static void read_document(reader *r)
{
  static const yajl_callbacks callbacks = {on_null, on_boolean, NULL, NULL, on_number, on_string,
                                           on_map, on_key, on_map_end, on_array, on_array_end};
  yajl_alloc_funcs memory = {pool_malloc, pool_realloc, pool_free, r};
  r->yajl = yajl_alloc(&callbacks, &memory, r);
  yajl_config(r->yajl, yajl_dont_validate_strings, 1); /* bh_utf8_span is stricter and cheaper */
  bool ok = yajl_parse(r->yajl, (const unsigned char *)r->text.ptr, r->text.len) == yajl_status_ok;
  if (!ok && !r->bad[0])
    take_over_complaint(r, false);
  if (ok && yajl_complete_parse(r->yajl) != yajl_status_ok && !r->bad[0])
    take_over_complaint(r, true);
  yajl_free(r->yajl);
}

bh_status bh_json_parse(bh_node **out, bh_arena *a, bh_str text, size_t *column, bh_error *err)
{
  reader r; /* the large arrays stay as they are */
  r.arena = a;
  r.text = text;
  r.root = NULL;
  r.stack = r.first;
  r.n = 0;
  r.cap = STACK_FIRST;
  r.depth = 0;
  r.bad[0] = 0;
  r.pool_used = 0;
  const char *why = NULL;
  size_t at = bh_utf8_span(text);
  if (at < text.len)
    why = text.ptr[at] ? "this is not UTF-8" : "a NUL byte";
  else
    why = bh_json_escapes_check(&at, text);
  if (why)
    refuse(&r, at, why);
  else
    read_document(&r);
  if (r.stack != r.first)
    free(r.stack);
  if (!r.bad[0]) {
    *out = r.root;
    return BH_OK;
  }
  if (column)
    *column = r.bad_at + 1;
  return bh_fail(err, BH_E_INVALID, "column %zu: %s", r.bad_at + 1, r.bad);
}

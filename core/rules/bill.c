/* The bill object: what a rule is given. One object serves all calls; what it answers is the running call's. */
#include "rules/impl.h"

typedef struct box { uint32_t tag; } box;

/* Members that are looked up by a number; methods are functions in the same table. */
enum { KEY_CLIENT = 1, KEY_CONTRACT, KEY_PERIOD, KEY_ISSUE_DATE, KEY_CURRENCY, KEY_STARTS, KEY_TAGS };
const bh_word bh_bill_words[] = { /* members first, in the order of their numbers */
  {NULL, "client", NULL, "{ id: string, name: string, tags?: string[], [string]: any }",
   "The client: what stands of it on documents, and its tags."},
  {NULL, "contract", NULL, "string",
   "Its id."},
  {NULL, "period", NULL, "{ from: string, to: string }",
   "The billing's own period, inclusive."},
  {NULL, "issue_date", NULL, "string",
   "The scheduled issue date, YYYY-MM-DD."},
  {NULL, "currency", NULL, "string",
   "ISO 4217."},
  {NULL, "starts", NULL, "string",
   "The contract's first day."},
  {NULL, "tags", NULL, "string[]",
   "The contract's tags."},
  {NULL, "quantity", bh_bill_quantity, "@param product string\n@return quantity",
   "The billed quantity of a product: after minimum and included, summed over its lines; 0 where there is none. Of a line that is split by day, the mean."},
  {NULL, "count", bh_bill_count, "@param what string|billhook.Selector\n@return quantity",
   "The bare count: of a product's lines before minimum and included, or of any selector: assets and gauges on the issue date, usage in the billing's period."},
  {NULL, "assets", bh_bill_assets, "@param selector billhook.Selector\n@return billhook.Asset[]",
   "The assets that a selector counts, on the issue date."},
  {NULL, "previous", bh_bill_previous, "@param n? integer\n@return billhook.Previous?",
   "This contract's billing `n` periods back (1 where left out) as it was charged, or nil."},
  {NULL, "lines", bh_bill_lines, "@param filter? string|billhook.Filter\n@return fun(): billhook.Line",
   "Goes through the lines in order: `for line in bill:lines { tax = \"hardware\" } do … end`. A string is a product. Lines added on the way are not met."},
  {NULL, "add", bh_bill_add, "@param new { id?: string, text?: string, product?: string, quantity?: quantity|string, price: amount, tax?: string, unit?: string, section?: string, po?: string, cost?: amount }\n@return billhook.Line",
   "Adds a line. Its identity is its id, else its text and how often that was added: give an `id` where the text holds a number that changes."},
  {NULL, "discount", bh_bill_discount, "@param new { percent?: amount, amount?: amount, reason?: string, of?: string|string[]|billhook.Filter, id?: string }",
   "A discount on the lines that `of` names (products, or a filter; all where left out), as the rule leaves them; one after the other, each of what the last one left. Its identity is its id, else its reason."},
  {NULL, "memo", bh_bill_memo, "@param text string",
   "A note on the invoice."},
  {NULL, "hold", bh_bill_hold, "@param why string",
   "Holds the invoice until a person approves it."},
  {NULL, NULL, NULL, NULL, NULL},
};

static bool is_bill(lua_State *L, int index)
{
  return lua_type(L, index) == LUA_TUSERDATA && ((const box *)lua_touserdata(L, index))->tag == BH_TAG_BILL;
}

bh_rule_call *bh_bill_self(lua_State *L, const char *method)
{
  bh_rules *r = bh_rules_of(L);
  if (!is_bill(L, 1))
    bh_rules_error(L, "bill.%s was called without the bill: write bill:%s, with a colon", method, method);
  if (!r->call.active || r->loading > 0)
    bh_rules_error(L, "bill:%s: there is no invoice here", method);
  return &r->call;
}

/* ---- what a call keeps ---- */
bh_str bh_bill_keep(lua_State *L, bh_str s)
{
  bh_rules_account(L, s.len + 1);
  return bh_arena_str(bh_rules_of(L)->call.arena, s);
}

bh_str bh_bill_fmt(lua_State *L, const char *fmt, ...)
{
  char text[256];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  if (n >= 0 && (size_t)n < sizeof text)
    return bh_bill_keep(L, (bh_str){text, (size_t)n});
  bh_rules_account(L, (size_t)n + 1);
  char *p = bh_arena_alloc(bh_rules_of(L)->call.arena, (size_t)n + 1);
  va_start(args, fmt);
  vsnprintf(p, (size_t)n + 1, fmt, args);
  va_end(args);
  return (bh_str){p, (size_t)n};
}

bh_str bh_bill_text(lua_State *L, int index, const char *what)
{
  size_t len;
  const bh_dec *d = bh_dec_at(L, index);
  if (d) {
    char text[32];
    return bh_bill_keep(L, (bh_str){text, bh_dec_format(text, *d)});
  }
  if (lua_type(L, index) != LUA_TSTRING)
    bh_rules_error(L, "%s: a text was expected, not %s", what, luaL_typename(L, index));
  const char *s = lua_tolstring(L, index, &len);
  bh_str text = {s, len};
  if (len == 0)
    bh_rules_error(L, "%s: the text is empty", what);
  if (len > BH_RULE_TEXT_MAX)
    bh_rules_error(L, "%s: the text is longer than %d bytes", what, (int)BH_RULE_TEXT_MAX);
  if (!bh_utf8_ok(text))
    bh_rules_error(L, "%s: the text is not UTF-8", what);
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)s[i] < ' ' || s[i] == 127)
      bh_rules_error(L, "%s: the text has a control character", what);
  return bh_bill_keep(L, text);
}

void *bh_bill_grow(lua_State *L, void *items, size_t count, size_t *cap, size_t size)
{
  if (count < *cap)
    return items;
  size_t larger = *cap ? *cap * 2 : 8;
  bh_rules_account(L, larger * size);
  void *p = bh_arena_array(bh_rules_of(L)->call.arena, larger, size);
  if (count)
    memcpy(p, items, count * size);
  *cap = larger;
  return p;
}

void bh_bill_did(lua_State *L, bh_str deed)
{
  bh_rule_call *c = &bh_rules_of(L)->call;
  if (c->trace_count >= BH_RULE_TRACE_MAX) {
    c->trace_left_out++;
    return;
  }
  c->trace = bh_bill_grow(L, c->trace, c->trace_count, &c->trace_cap, sizeof *c->trace);
  c->trace[c->trace_count++] = deed;
}

void bh_bill_change(lua_State *L)
{
  bh_rule_call *c = &bh_rules_of(L)->call;
  if (c->changed)
    return;
  size_t n = c->rated->line_count;
  c->lines_before = BH_NEWN(c->arena, bh_owed_line, n ? n : 1);
  if (n)
    memcpy(c->lines_before, c->rated->lines, n * sizeof *c->lines_before);
  c->changed = true;
}

bool bh_bill_take(lua_State *L, bh_str key)
{
  void **slot = bh_map_ref(&bh_rules_of(L)->call.keys, key);
  if (*slot)
    return false;
  bh_rules_account(L, key.len + 64);
  *slot = slot;
  return true;
}

bh_str bh_bill_ordinal(lua_State *L, const char *prefix, bh_str text)
{
  bh_rule_call *c = &bh_rules_of(L)->call;
  void **last = bh_map_ref(&c->ordinals, bh_bill_fmt(L, "%s%.*s", prefix, BH_STR_ARG(text)));
  for (uintptr_t n = (uintptr_t)*last + 1;; n++) {
    bh_str key = bh_bill_fmt(L, "%s%.*s#%zu", prefix, BH_STR_ARG(text), (size_t)n);
    if (bh_bill_take(L, key)) {
      *last = (void *)n; /* `last` is of another map: it has not moved */
      return key;
    }
  }
}

void bh_bill_push_ratio(lua_State *L, bh_ratio q)
{
  bh_dec d;
  if (q.den == 1) {
    lua_pushinteger(L, q.num);
    return;
  }
  if (!bh_ratio_round(&d, q, BH_DEC_SCALE_MAX, BH_HALF_UP))
    bh_rules_error(L, "the quantity is too large for a decimal");
  bh_dec_push(L, bh_dec_trim(d));
}

void bh_bill_keys(lua_State *L, int index, const char *what, const char *const *known)
{
  size_t n = 0;
  while (known[n])
    n++;
  index = lua_absindex(L, index);
  bh_freeze_plain(L, index);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      bh_rules_error(L, "%s: only named fields were expected, like { %s = … }", what, known[0]);
    const char *key = lua_tostring(L, -2);
    bool found = false;
    for (size_t i = 0; i < n && !found; i++)
      found = strcmp(key, known[i]) == 0;
    if (found)
      continue;
    const char *nearest = bh_str_nearest(bh_str_c(key), known, n);
    if (nearest)
      bh_rules_error(L, "%s: there is no \"%s\"; did you mean \"%s\"?", what, key, nearest);
    bh_rules_error(L, "%s: there is no \"%s\"", what, key);
  }
  lua_pop(L, 1);
}

/* ---- members ---- */
static void push_read_only(lua_State *L)
{
  /* a table of strings and tables: frozen all the way down */
  bh_freeze_table(L);
  for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
    if (lua_type(L, -1) == LUA_TTABLE) {
      luaL_checkstack(L, 8, NULL);
      lua_pushvalue(L, -1);
      push_read_only(L);
      lua_pop(L, 1);
    }
  lua_pop(L, 1);
}

static int push_tags(lua_State *L, const bh_billing *b)
{
  if (b->tags_json.len)
    bh_json_push_lua(L, b->tags_json, false);
  else
    lua_newtable(L);
  push_read_only(L);
  return 1;
}

static int push_client(lua_State *L, bh_rule_call *c)
{
  if (c->client_ref == LUA_NOREF) {
    if (c->billing->client_json.len)
      bh_json_push_lua(L, c->billing->client_json, false);
    else
      lua_newtable(L);
    if (lua_type(L, -1) != LUA_TTABLE)
      return bh_rules_error(L, "bill.client: the host sent none");
    lua_pushliteral(L, "id");
    if (lua_rawget(L, -2) == LUA_TNIL) {
      lua_pushlstring(L, c->billing->client.ptr, c->billing->client.len);
      lua_setfield(L, -3, "id");
    }
    lua_pop(L, 1);
    push_read_only(L);
    c->client_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, c->client_ref);
  return 1;
}

static void push_day(lua_State *L, bh_day day)
{
  char text[12];
  lua_pushlstring(L, text, bh_day_format(text, day));
}

static int push_period(lua_State *L, bh_rule_call *c)
{
  if (c->period_ref == LUA_NOREF) {
    lua_createtable(L, 0, 2);
    push_day(L, c->billing->period_from);
    lua_setfield(L, -2, "from");
    push_day(L, c->billing->period_until - 1);
    lua_setfield(L, -2, "to");
    push_read_only(L);
    c->period_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, c->period_ref);
  return 1;
}

static int no_member(lua_State *L)
{
  if (lua_type(L, 2) == LUA_TSTRING)
    return bh_rules_error(L, "bill has no \"%s\"", lua_tostring(L, 2));
  return bh_rules_error(L, "bill has no such field");
}

static int bill_index(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  lua_rawgeti(L, LUA_REGISTRYINDEX, r->bill_keys_ref);
  lua_pushvalue(L, 2);
  switch (lua_rawget(L, -2)) {
  case LUA_TFUNCTION: return 1;
  case LUA_TNUMBER: break;
  default: return no_member(L);
  }
  bh_rule_call *c = &r->call;
  lua_Integer key = lua_tointeger(L, -1);
  if (!c->active || r->loading > 0)
    return bh_rules_error(L, "bill.%s: there is no invoice here", bh_bill_words[key - 1].name);
  const bh_billing *b = c->billing;
  switch (key) {
  case KEY_CLIENT: return push_client(L, c);
  case KEY_CONTRACT: lua_pushlstring(L, b->contract.ptr, b->contract.len); return 1;
  case KEY_PERIOD: return push_period(L, c);
  case KEY_ISSUE_DATE: push_day(L, b->issue); return 1;
  case KEY_STARTS: push_day(L, b->starts); return 1;
  case KEY_TAGS: return push_tags(L, b);
  default: lua_pushlstring(L, b->currency.ptr, b->currency.len); return 1;
  }
}

static int bill_newindex(lua_State *L)
{
  return bh_rules_error(L, "bill.%s cannot be set: change its lines, or use bill:add, bill:discount, bill:memo, bill:hold",
                        lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "…");
}

/* ---- memo and hold ---- */
int bh_bill_memo(lua_State *L)
{
  bh_rule_call *c = bh_bill_self(L, "memo");
  bh_str text = bh_bill_text(L, 2, "memo");
  c->memos = bh_bill_grow(L, c->memos, c->memo_count, &c->memo_cap, sizeof *c->memos);
  c->memos[c->memo_count++] = text;
  bh_bill_did(L, bh_bill_fmt(L, "memo: %.*s", BH_STR_ARG(text)));
  return 0;
}

int bh_bill_hold(lua_State *L)
{
  bh_rule_call *c = bh_bill_self(L, "hold");
  bh_str why = bh_bill_text(L, 2, "hold");
  c->hold = c->hold.len ? bh_bill_fmt(L, "%.*s; %.*s", BH_STR_ARG(c->hold), BH_STR_ARG(why)) : why;
  bh_bill_did(L, bh_bill_fmt(L, "hold: %.*s", BH_STR_ARG(why)));
  return 0;
}

void bh_bill_open(lua_State *L)
{
  static const luaL_Reg meta[] = {{"__index", bill_index}, {"__newindex", bill_newindex}, {NULL, NULL}};
  bh_rules *r = bh_rules_of(L);
  lua_newtable(L);
  bh_words_set(L, bh_bill_words);
  r->bill_keys_ref = luaL_ref(L, LUA_REGISTRYINDEX);
  box *b = lua_newuserdatauv(L, sizeof *b, 0);
  b->tag = BH_TAG_BILL;
  luaL_newlib(L, meta);
  lua_pushliteral(L, "bill");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  r->bill_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

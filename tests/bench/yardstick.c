/* The yardstick: the least C program that does what `billhook run --no-pull`, `approve BATCH` and `export --canonical` do to a
 * workspace that generate.c wrote, of which it knows the shape (one contract a client, three lines, four products, one tax, one rule).
 * It shares no line with Billhook. It leaves nothing out: it reads the client files with yajl and the facts from the store, calls the
 * rule's Lua under a budget of instructions and memory, computes in exact integers, and writes the same rows with the same bytes
 * (canonical documents, evidence, packed blobs, digests, the chain) in one durable transaction, then the same canonical JSON lines.
 *
 *   yardstick run WORKSPACE STORE OUT     STORE: a copy of the workspace's store after `billhook pull --date DAY`
 *   yardstick bare FINISHED STORE         only the bare insert: FINISHED's rows, read into memory first, into STORE in one transaction
 *
 * tests/bench/check.py holds all rows and the output against Billhook's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <glob.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <openssl/evp.h>
#include <pwd.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <yajl/yajl_parse.h>

enum {
  DAY = 20454,                   /* 2026-01-01, the run's date */
  DUE_DAYS = 15,                 /* net 15 */
  LINES = 3,
  RULE_INSTRUCTIONS_MAX = 1000000, RULE_HOOK_EVERY = 10000, RULE_MEMORY_MAX = 16 << 20,
  CACHE_KIB = 8192,              /* more makes it no faster */
  READ_BYTES = 1 << 20, POOL_BYTES = 8192, DOC_BYTES = 32768, OUT_BYTES = 1 << 20
};

typedef __int128 i128;
typedef struct str { const char *p; size_t n; } str;
typedef struct sha { unsigned char b[32]; } sha;
typedef struct buf { char *p; size_t n, cap; } buf;

static _Noreturn void die(const char *fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  fputs("yardstick: ", stderr);
  vfprintf(stderr, fmt, ap);
  fputc('\n', stderr);
  exit(1);
}

#define S(lit) ((str){lit, sizeof lit - 1})
static bool same(str a, str b) { return a.n == b.n && memcmp(a.p, b.p, a.n) == 0; }

/* ---- bytes ---- */
static inline void put(buf *b, const void *p, size_t n) {
  if (n > b->cap - b->n) die("a document is too large");
  memcpy(b->p + b->n, p, n);
  b->n += n;
}
#define LIT(b, lit) put(b, lit, sizeof lit - 1)
static inline void puts_(buf *b, str s) { put(b, s.p, s.n); }
static void put_json(buf *b, str s) { /* quoted; the generator's texts have nothing to escape, but that is looked at */
  for (size_t i = 0; i < s.n; i++)
    if ((unsigned char)s.p[i] < 0x20 || s.p[i] == '"' || s.p[i] == '\\') die("a text that must be escaped");
  LIT(b, "\"");
  puts_(b, s);
  LIT(b, "\"");
}
static void put_int(buf *b, int64_t v) {
  char t[24], *at = t + sizeof t;
  uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
  do *--at = (char)('0' + u % 10);
  while (u /= 10);
  if (v < 0) *--at = '-';
  put(b, at, (size_t)(t + sizeof t - at));
}
static void put_cents(buf *b, int64_t v) {
  uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
  if (v < 0) LIT(b, "-");
  put_int(b, (int64_t)(u / 100));
  put(b, (char[]){'.', (char)('0' + u / 10 % 10), (char)('0' + u % 10)}, 3);
}
static void put_hex(buf *b, const sha *s) {
  static const char hex[] = "0123456789abcdef";
  char t[64];
  for (int i = 0; i < 32; i++) t[2 * i] = hex[s->b[i] >> 4], t[2 * i + 1] = hex[s->b[i] & 15];
  put(b, t, 64);
}
static void put_uint(buf *b, uint64_t v) { /* varint */
  char t[10];
  size_t n = 0;
  for (; v >= 0x80; v >>= 7) t[n++] = (char)(v | 0x80);
  t[n++] = (char)v;
  put(b, t, n);
}
static void put_zig(buf *b, int64_t v) { put_uint(b, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0)); }
static void put_packed(buf *b, str s) {
  put_uint(b, s.n);
  puts_(b, s);
}

/* ---- digests ---- */
static EVP_MD_CTX *md_ctx;
static EVP_MD *md_sha256;
static sha digest(const str *parts, size_t n) {
  sha s;
  if (EVP_DigestInit_ex2(md_ctx, md_sha256, NULL) != 1) die("SHA-256");
  for (size_t i = 0; i < n; i++) EVP_DigestUpdate(md_ctx, parts[i].p, parts[i].n);
  EVP_DigestFinal_ex(md_ctx, s.b, NULL);
  return s;
}
static sha digest1(str s) { return digest(&s, 1); }
static str of_sha(const sha *s) { return (str){(const char *)s->b, 32}; }

/* ---- days and money ---- */
static int64_t civil(int y, int m, int d) { /* days since 1970-01-01 */
  y -= m <= 2;
  int era = y / 400, yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return (int64_t)era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}
static int digits(const char *p, int n) {
  int v = 0;
  for (int i = 0; i < n; i++) {
    if (p[i] < '0' || p[i] > '9') die("not a date");
    v = v * 10 + p[i] - '0';
  }
  return v;
}
static int64_t day_of(str s) {
  if (s.n != 10) die("not a date");
  return civil(digits(s.p, 4), digits(s.p + 5, 2), digits(s.p + 8, 2));
}
static void put_day(buf *b, int64_t day) {
  int64_t z = day + 719468, era = z / 146097, doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153, d = doy - (153 * mp + 2) / 5 + 1, m = mp < 10 ? mp + 3 : mp - 9;
  char t[40];
  put(b, t, (size_t)snprintf(t, sizeof t, "%04d-%02d-%02d", (int)(yoe + era * 400 + (m <= 2)), (int)m, (int)d));
}
typedef struct dec { int64_t coef, unit; } dec; /* coef / unit; unit is a power of ten */
static dec dec_of(str s) {
  dec d = {0, 1};
  bool point = false;
  if (s.n == 0 || s.n > 18) die("not a number");
  for (size_t i = 0; i < s.n; i++) {
    if (s.p[i] == '.' && !point) { point = true; continue; }
    if (s.p[i] < '0' || s.p[i] > '9') die("not a number");
    d.coef = d.coef * 10 + s.p[i] - '0';
    if (point) d.unit *= 10;
  }
  return d;
}
static int64_t half_up(i128 n, i128 d) { return (int64_t)(n < 0 ? -((2 * -n + d) / (2 * d)) : (2 * n + d) / (2 * d)); }

/* ---- what the price book says ---- */
typedef struct product {
  str id, name, category, unit, model, selector; /* unit and selector empty: none */
  int counts;                                    /* 0: workstations, 1: users, 2: all devices, 3: nothing, a quantity of 1 */
  const char *book;                              /* as it is resolved for a contract without a price of its own */
  dec price, beyond;                             /* beyond: of more than ten, volume tiers */
  sha hash;
  str key, account;
  int64_t content, account_num;
} product;
enum { WORKSTATION, M365, ANTIVIRUS, MONITORING, PRODUCTS };
#define P(ID) .id = S(ID), .key = S(ID "#1"), .account = S("deferred:" ID)
static product products[PRODUCTS] = {
  {P("workstation"), .name = S("Managed workstation"), .category = S("service"), .unit = S("device"), .model = S("per_unit 1.0"), .counts = 0,
   .selector = S("{\"devices\":{\"class\":\"workstation\"}}"), .price = {4500, 100},
   .book = "{\"count\":{\"devices\":{\"class\":\"workstation\"}},\"currency\":\"USD\",\"model\":\"per_unit\",\"name\":\"Managed workstation\","
           "\"origin\":\"product\",\"price\":\"45.00\",\"product\":\"workstation\",\"tax\":\"service\",\"unit\":\"device\"}"},
  {P("m365"), .name = S("Microsoft 365 Business Premium"), .category = S("software"), .unit = S("user"), .model = S("per_unit 1.0"), .counts = 1,
   .selector = S("{\"users\":{}}"), .price = {2640, 100},
   .book = "{\"count\":{\"users\":{}},\"currency\":\"USD\",\"model\":\"per_unit\",\"name\":\"Microsoft 365 Business Premium\",\"origin\":\"product\","
           "\"price\":\"26.40\",\"product\":\"m365\",\"tax\":\"software\",\"unit\":\"user\"}"},
  {P("antivirus"), .name = S("Antivirus"), .category = S("software"), .unit = S("device"), .model = S("tiered 1.0"), .counts = 2,
   .selector = S("{\"devices\":{}}"), .price = {400, 100}, .beyond = {360, 100},
   .book = "{\"count\":{\"devices\":{}},\"currency\":\"USD\",\"mode\":\"volume\",\"model\":\"tiered\",\"name\":\"Antivirus\",\"origin\":\"product\","
           "\"product\":\"antivirus\",\"tax\":\"software\",\"tiers\":[{\"price\":\"4.00\",\"up_to\":10},{\"price\":\"3.60\"}],\"unit\":\"device\"}"},
  {P("monitoring"), .name = S("Network monitoring"), .category = S("service"), .model = S("flat 1.0"), .counts = 3, .price = {12000, 100},
   .book = "{\"currency\":\"USD\",\"model\":\"flat\",\"name\":\"Network monitoring\",\"origin\":\"product\",\"price\":\"120.00\","
           "\"product\":\"monitoring\",\"tax\":\"service\"}"},
};
static product *product_of(str id) {
  for (int i = 0; i < PRODUCTS; i++)
    if (same(products[i].id, id)) return &products[i];
  die("unknown product");
}
static const char company[] =
  "{\"address\":{\"city\":\"Albany\",\"country\":\"US\",\"postcode\":\"12207\",\"region\":\"NY\",\"street\":\"1 Main St\"},\"currency\":\"USD\","
  "\"email\":\"billing@northwind.example\",\"locale\":\"en_US\",\"name\":\"Northwind IT\",\"tax_id\":\"12-3456789\",\"timezone\":\"America/New_York\"}";
static const char models[] = "0.1.0\nblock_hours 1.0\ncommit 1.0\nflat 1.0\npackage 1.0\nper_unit 1.0\npercent 1.0\nplan 1.0\ntiered 1.0\nusage 1.0"; /* the engine's version, then the models' */
enum { TAX_COEF = 8875, TAX_UNIT = 100000 };                             /* 8.875 % */
#define PACKED_TAX "\x01\x08ny-sales\xd6\x8a\x01\x03"                    /* one tax: its id, 8875, 3 decimals */

/* ---- a client with its contract, as yajl reads them ---- */
typedef struct record {
  str type, id, name, email, country, sheet, tax, client, starts, billed_through, rule;
  str a_street, a_city, a_postcode, a_region, a_country;
  struct { str product, price; } lines[LINES];
  int line_count;
} record;
typedef struct reader {
  yajl_handle yajl;
  record *r;
  char pool[2][POOL_BYTES];      /* of a client, of its contract */
  int which;
  size_t pool_n;
  int depth;
  str key[4];                    /* by depth */
  bool done;
} reader;

static str keep(reader *x, const unsigned char *p, size_t n) {
  if (n > POOL_BYTES - x->pool_n) die("a line is too long");
  char *at = x->pool[x->which] + x->pool_n;
  memcpy(at, p, n);
  x->pool_n += n;
  return (str){at, n};
}
static int on_start(void *ctx) {
  reader *x = ctx;
  if (x->depth == 3) die("nested too deep");
  x->depth++;
  x->key[x->depth] = (str){"", 0};
  if (x->depth == 2 && same(x->key[1], S("lines")) && x->r->line_count++ == LINES) die("more than three lines");
  return 1;
}
static int on_end(void *ctx) {
  reader *x = ctx;
  x->done = --x->depth == 0;
  return 1;
}
static int on_array(void *ctx) { return 1; }
static int on_key(void *ctx, const unsigned char *p, size_t n) {
  reader *x = ctx;
  x->key[x->depth] = keep(x, p, n);
  return 1;
}
static int on_string(void *ctx, const unsigned char *p, size_t n) {
  reader *x = ctx;
  record *r = x->r;
  str k = x->key[x->depth], *to = NULL;
  struct { str name; str *to; } top[] = {
    {S("type"), &r->type}, {S("id"), &r->id}, {S("name"), &r->name}, {S("email"), &r->email}, {S("country"), &r->country}, {S("tax"), &r->tax},
    {S("client"), &r->client}, {S("starts"), &r->starts}, {S("billed_through"), &r->billed_through}, {S("rule"), &r->rule}};
  struct { str name; str *to; } address[] = {
    {S("street"), &r->a_street}, {S("city"), &r->a_city}, {S("postcode"), &r->a_postcode}, {S("region"), &r->a_region}, {S("country"), &r->a_country}};
  if (x->depth == 1) {
    for (size_t i = 0; i < sizeof top / sizeof *top && !to; i++)
      if (same(k, top[i].name)) to = top[i].to;
  } else if (same(x->key[1], S("address"))) {
    for (size_t i = 0; i < sizeof address / sizeof *address && !to; i++)
      if (same(k, address[i].name)) to = address[i].to;
  } else if (same(x->key[1], S("ids")) && same(k, S("sheet"))) {
    to = &r->sheet;
  } else if (same(x->key[1], S("lines"))) {
    if (same(k, S("product"))) to = &r->lines[r->line_count - 1].product;
    else if (same(k, S("price"))) to = &r->lines[r->line_count - 1].price;
  }
  if (!to || to->p) die("unknown key %.*s", (int)k.n, k.p);
  *to = keep(x, p, n);
  return 1;
}
static int on_other(void *ctx) { die("a value that is no text"); }
static int on_boolean(void *ctx, int v) { die("a value that is no text"); }
static int on_number(void *ctx, const char *p, size_t n) { die("a value that is no text"); }
static const yajl_callbacks callbacks = {
  .yajl_null = on_other, .yajl_boolean = on_boolean, .yajl_number = on_number, .yajl_string = on_string, .yajl_start_map = on_start, .yajl_map_key = on_key,
  .yajl_end_map = on_end, .yajl_start_array = on_array, .yajl_end_array = on_array};

static void parse(reader *x, record *r, int which, str line) {
  *r = (record){0};
  x->r = r;
  x->which = which;
  x->pool_n = 0;
  x->done = false;
  if (yajl_parse(x->yajl, (const unsigned char *)line.p, line.n) != yajl_status_ok || !x->done) die("bad JSON: %.*s", (int)line.n, line.p);
}

/* ---- the rule ---- */
typedef struct discount { bool on; dec percent; str percent_text, reason; char text[256]; } discount;
static struct {
  lua_State *lua;
  size_t memory;
  int64_t left;
  int64_t quantity[LINES];
  const record *contract;
  discount out;
} rule;

static void *rule_alloc(void *ctx, void *p, size_t old, size_t n) {
  if (!p) old = 0;
  if (n == 0) {
    free(p);
    rule.memory -= old;
    return NULL;
  }
  if (rule.memory - old + n > RULE_MEMORY_MAX) return NULL;
  void *q = realloc(p, n);
  if (q) rule.memory += n - old;
  return q;
}
static void rule_hook(lua_State *lua, lua_Debug *ar) {
  if ((rule.left -= RULE_HOOK_EVERY) <= 0) luaL_error(lua, "too many instructions");
}
static int rule_quantity(lua_State *lua) {
  str id;
  id.p = luaL_checklstring(lua, 2, &id.n);
  for (int i = 0; i < LINES; i++)
    if (same(rule.contract->lines[i].product, id)) return lua_pushinteger(lua, rule.quantity[i]), 1;
  return luaL_error(lua, "no such line");
}
static int rule_discount(lua_State *lua) {
  discount *d = &rule.out;
  luaL_checktype(lua, 2, LUA_TTABLE);
  lua_getfield(lua, 2, "percent");
  lua_getfield(lua, 2, "reason");
  str percent, reason;
  percent.p = luaL_checklstring(lua, -2, &percent.n);
  reason.p = luaL_checklstring(lua, -1, &reason.n);
  if (d->on || percent.n + reason.n > sizeof d->text) return luaL_error(lua, "one discount, and a short reason");
  memcpy(d->text, percent.p, percent.n);
  memcpy(d->text + percent.n, reason.p, reason.n);
  d->on = true;
  d->percent_text = (str){d->text, percent.n};
  d->reason = (str){d->text + percent.n, reason.n};
  d->percent = dec_of(d->percent_text);
  return 0;
}
static void rule_load(str source) { /* leaves the rule's function and the bill on the stack */
  lua_State *lua = rule.lua = lua_newstate(rule_alloc, NULL);
  if (!lua) die("Lua");
  luaL_requiref(lua, "_G", luaopen_base, 1);
  luaL_requiref(lua, "string", luaopen_string, 1);
  lua_settop(lua, 0);
  if (luaL_loadbufferx(lua, source.p, source.n, "=rules/volume_discount.lua", "t") != LUA_OK || lua_pcall(lua, 0, 1, 0) != LUA_OK) die("%s", lua_tostring(lua, -1));
  lua_newtable(lua);
  lua_newtable(lua);
  lua_newtable(lua);
  lua_pushcfunction(lua, rule_quantity);
  lua_setfield(lua, -2, "quantity");
  lua_pushcfunction(lua, rule_discount);
  lua_setfield(lua, -2, "discount");
  lua_setfield(lua, -2, "__index");
  lua_setmetatable(lua, -2);
  lua_sethook(lua, rule_hook, LUA_MASKCOUNT, RULE_HOOK_EVERY);
}
static void rule_call(const record *contract) {
  rule.contract = contract;
  rule.left = RULE_INSTRUCTIONS_MAX;
  rule.out.on = false;
  lua_pushvalue(rule.lua, 1);
  lua_pushvalue(rule.lua, 2);
  if (lua_pcall(rule.lua, 1, 0, 0) != LUA_OK) die("rule: %s", lua_tostring(rule.lua, -1));
}

/* ---- the store ---- */
static sqlite3 *db;
static void sql(const char *text) {
  if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) die("%s: %s", text, sqlite3_errmsg(db));
}
static sqlite3_stmt *prepare(const char *text) {
  sqlite3_stmt *st;
  if (sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK) die("%s: %s", text, sqlite3_errmsg(db));
  return st;
}
static void done(sqlite3_stmt *st) {
  if (sqlite3_step(st) != SQLITE_DONE) die("%s: %s", sqlite3_sql(st), sqlite3_errmsg(db));
  sqlite3_reset(st);
}
/* The store stays as Billhook keeps it: a write-ahead log, so that readers go on, and everything durable at the commit. */
static void open_store(const char *path) {
  if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) die("%s: %s", path, sqlite3_errmsg(db));
  char text[100];
  snprintf(text, sizeof text, "PRAGMA synchronous=FULL; PRAGMA cache_size=-%d; PRAGMA journal_mode=WAL", CACHE_KIB);
  sql(text);
}
static int64_t one_int(const char *text) {
  sqlite3_stmt *st = prepare(text);
  if (sqlite3_step(st) != SQLITE_ROW) die("%s: no row", text);
  int64_t v = sqlite3_column_int64(st, 0);
  sqlite3_finalize(st);
  return v;
}
static inline void bind_int(sqlite3_stmt *st, int i, int64_t v) { sqlite3_bind_int64(st, i, v); }
static inline void bind_text(sqlite3_stmt *st, int i, str s) { sqlite3_bind_text(st, i, s.p, (int)s.n, SQLITE_STATIC); }
static inline void bind_blob(sqlite3_stmt *st, int i, str s) { sqlite3_bind_blob(st, i, s.p, (int)s.n, SQLITE_STATIC); }

/* ---- the run ---- */
typedef struct rated { product *p; bool own_price; int64_t quantity, amount, share; dec price; str description; } rated;
typedef struct run {
  const char *workspace;
  int64_t pull, n, whole_from, whole_until, accounts, contents, batch;
  char issue[11], due[11], period_to[11];
  sha env, chain, rule_hash;
  buf rule_bundle;
  int64_t rule_content, account_receivable, account_tax;
  i128 total;
  sqlite3_stmt *place, *assets, *client, *contract, *document, *body, *line, *billed, *chained, *posting, *content, *account;
  buf card, client_text, contract_text, json, evidence, settle, posts, packed[LINES + 1], row, out;
  char number[32], ids[LINES][64], id[64];
  int fd;
} run;

static str of_buf(const buf *b) { return (str){b->p, b->n}; }
static void flush_out(run *r) {
  for (size_t at = 0; at < r->out.n;) {
    ssize_t n = write(r->fd, r->out.p + at, r->out.n - at);
    if (n < 0) die("writing");
    at += (size_t)n;
  }
  r->out.n = 0;
}

static int64_t content_num(run *r, const sha *hash, const char *kind, str text) {
  bind_int(r->content, 1, ++r->contents);
  bind_blob(r->content, 2, of_sha(hash));
  bind_text(r->content, 3, (str){kind, strlen(kind)});
  bind_text(r->content, 4, text);
  done(r->content);
  return r->contents;
}
static int64_t account_num(run *r, str name) {
  bind_int(r->account, 1, ++r->accounts);
  bind_text(r->account, 2, name);
  done(r->account);
  return r->accounts;
}

static void count_facts(run *r, str sheet, int64_t counts[4]) {
  bind_text(r->place, 1, sheet);
  if (sqlite3_step(r->place) != SQLITE_ROW) die("no facts of %.*s", (int)sheet.n, sheet.p);
  bind_int(r->assets, 1, sqlite3_column_int64(r->place, 0));
  sqlite3_reset(r->place);
  if (sqlite3_step(r->assets) != SQLITE_ROW) die("%s", sqlite3_errmsg(db));
  for (int i = 0; i < 3; i++) counts[i] = sqlite3_column_int64(r->assets, i);
  counts[3] = 1;
  sqlite3_reset(r->assets);
}

static void client_json(run *r, const record *c) {
  buf *b = &r->card;
  b->n = 0;
  LIT(b, "{\"address\":{\"city\":"); put_json(b, c->a_city);
  LIT(b, ",\"country\":"); put_json(b, c->a_country);
  LIT(b, ",\"postcode\":"); put_json(b, c->a_postcode);
  LIT(b, ",\"region\":"); put_json(b, c->a_region);
  LIT(b, ",\"street\":"); put_json(b, c->a_street);
  LIT(b, "},\"country\":"); put_json(b, c->country);
  LIT(b, ",\"email\":["); put_json(b, c->email);
  LIT(b, "],\"id\":"); put_json(b, c->id);
  size_t common = b->n; /* so far it is the client's canonical text as well */
  LIT(b, ",\"name\":"); put_json(b, c->name);
  buf *t = &r->client_text;
  t->n = 0;
  put(t, b->p, common);
  LIT(t, ",\"ids\":{\"sheet\":"); put_json(t, c->sheet);
  LIT(t, "}"); put(t, b->p + common, b->n - common);
  LIT(t, ",\"tax\":["); put_json(t, c->tax);
  LIT(t, "],\"type\":\"client\"}");
  LIT(b, "}");
}
static void contract_json(run *r, const record *k) {
  buf *b = &r->contract_text;
  b->n = 0;
  LIT(b, "{\"billed_through\":"); put_json(b, k->billed_through);
  LIT(b, ",\"client\":"); put_json(b, k->client);
  LIT(b, ",\"id\":"); put_json(b, k->id);
  LIT(b, ",\"lines\":[");
  for (int i = 0; i < LINES; i++) {
    if (i) LIT(b, ",");
    LIT(b, "{");
    if (k->lines[i].price.n) { LIT(b, "\"price\":"); put_json(b, k->lines[i].price); LIT(b, ","); }
    LIT(b, "\"product\":"); put_json(b, k->lines[i].product);
    LIT(b, "}");
  }
  LIT(b, "]");
  if (k->rule.n) { LIT(b, ",\"rule\":"); put_json(b, k->rule); }
  LIT(b, ",\"starts\":"); put_json(b, k->starts);
  LIT(b, ",\"type\":\"contract\"}");
}

static void line_json(run *r, buf *b, const rated *l, const record *k, str id, int64_t from, int64_t until) {
  LIT(b, "{\"amount\":\""); put_cents(b, l->amount);
  LIT(b, "\",\"contract\":"); put_json(b, k->id);
  LIT(b, ",\"corrects\":null,\"description\":"); put_json(b, l->description);
  LIT(b, ",\"fraction\":\"");
  if (until - from == r->whole_until - r->whole_from) LIT(b, "1");
  else { put_int(b, until - from); LIT(b, "/"); put_int(b, r->whole_until - r->whole_from); }
  LIT(b, "\",\"id\":\""); puts_(b, id);
  LIT(b, "\",\"kind\":\"charge\",\"period\":{\"from\":\"");
  if (from == DAY) put(b, r->issue, 10);
  else put_day(b, from);
  LIT(b, "\",\"to\":\""); put(b, r->period_to, 10);
  LIT(b, "\"},\"product\":"); put_json(b, l->p->id);
  LIT(b, ",\"quantity\":\""); put_int(b, l->quantity);
  LIT(b, "\",\"tax\":[");
  if (l->p->category.n == 8) LIT(b, "\"ny-sales\"");
  LIT(b, "],\"unit\":");
  if (l->p->unit.n) put_json(b, l->p->unit);
  else LIT(b, "null");
  LIT(b, ",\"unit_price\":\""); put_cents(b, half_up((i128)l->price.coef * 100, l->price.unit));
  LIT(b, "\"}");
}

static void evidence_json(run *r, const record *c, const record *k, const rated *l, const sha *contract_hash, str file, const discount *d, int64_t given, int64_t subtotal) {
  buf *b = &r->evidence;
  b->n = 0;
  LIT(b, "{\"client\":"); put_json(b, c->id);
  LIT(b, ",\"contracts\":[{\"file\":"); put_json(b, file);
  LIT(b, ",\"hash\":\""); put_hex(b, contract_hash);
  LIT(b, "\",\"id\":"); put_json(b, k->id);
  LIT(b, "}]");
  if (d->on) { LIT(b, ",\"discounts\":[{\"base\":\""); put_cents(b, subtotal); LIT(b, "\"}]"); }
  LIT(b, ",\"document\":\""); puts_(b, (str){r->id, strlen(r->id)});
  LIT(b, "\",\"lines\":[");
  for (int i = 0; i < LINES; i++) {
    const product *p = l[i].p;
    if (i) LIT(b, ",");
    LIT(b, "{\"book\":\""); put_hex(b, &p->hash);
    LIT(b, "\",\"contract\":"); put_json(b, k->id);
    LIT(b, ",\"corrects\":null,\"count\":");
    if (p->selector.n) {
      LIT(b, "{\"as_of\":\""); put(b, r->issue, 10);
      LIT(b, "\",\"at\":\"issue\",\"connector\":\"sheet\",\"except\":[],\"from\":\""); put(b, r->issue, 10);
      LIT(b, "\",\"pull\":"); put_int(b, r->pull);
      LIT(b, ",\"raw\":\""); put_int(b, l[i].quantity);
      LIT(b, "\",\"selector\":"); puts_(b, p->selector);
      LIT(b, ",\"to\":\""); put(b, r->issue, 10);
      LIT(b, "\"}");
    } else LIT(b, "null");
    LIT(b, ",\"id\":"); put_json(b, (str){r->ids[i], strlen(r->ids[i])});
    LIT(b, ",\"key\":"); put_json(b, p->key);
    LIT(b, ",\"model\":"); put_json(b, p->model);
    if (l[i].own_price) LIT(b, ",\"price\":{\"origin\":\"override\"},\"rule\":");
    else LIT(b, ",\"price\":{\"origin\":\"list\"},\"rule\":");
    if (k->rule.n) { LIT(b, "\""); put_hex(b, &r->rule_hash); LIT(b, "\""); }
    else LIT(b, "null");
    if (i == 0 && d->on) {
      LIT(b, ",\"trace\":[\"discount "); puts_(b, d->percent_text);
      LIT(b, "%, "); puts_(b, d->reason);
      LIT(b, ": "); put_cents(b, -given);
      LIT(b, "\"]");
    }
    LIT(b, "}");
  }
  LIT(b, "]}");
}

/* Shares of `total` by weight that add up: largest remainder, ties to the earlier. */
static void split(rated *l, int64_t total, int64_t sum) {
  int64_t left = total;
  i128 rest[LINES];
  for (int i = 0; i < LINES; i++) {
    i128 exact = (i128)total * l[i].amount;
    l[i].share = (int64_t)(exact / sum);
    rest[i] = exact % sum;
    left -= l[i].share;
  }
  for (; left > 0; left--) {
    int best = 0;
    for (int i = 1; i < LINES; i++)
      if (rest[i] > rest[best]) best = i;
    l[best].share++;
    rest[best] = -1;
  }
}

static void put_span(buf *b, int64_t from, int64_t until) {
  put_zig(b, from);
  put_zig(b, until - from);
}

static void put_part(buf *b, int64_t net, const product *p) {
  put_zig(b, net);
  put_packed(b, p->category);
  put_packed(b, p->id);
  if (p->category.n == 8) LIT(b, PACKED_TAX);
  else LIT(b, "\0");
}

typedef struct stored { int kind; str key, id, product, taxes; int64_t whole_from, whole_until, from, until, book, rule, quantity, amount; } stored;
static void store_line(run *r, int n, const stored *l) {
  buf *b = &r->row;
  b->n = 0;
  put(b, (char[]){(char)l->kind, 1}, 2);
  put_packed(b, l->key);
  put_zig(b, l->whole_from);
  put_zig(b, l->whole_until);
  put_zig(b, l->from);
  put_zig(b, l->until);
  put_packed(b, l->id);
  put_packed(b, l->product);
  put_zig(b, l->book);
  put_zig(b, l->rule);
  put_zig(b, l->quantity);
  put_zig(b, 1);
  put_zig(b, l->amount);
  put_zig(b, DAY);
  put_packed(b, l->taxes);
  put_zig(b, r->pull);
  put_zig(b, DAY);
  bind_int(r->line, 2, n);
  bind_blob(r->line, 4, of_buf(b));
  done(r->line);
}

/* from 0: earned at once. */
static void post(run *r, int64_t *n, int64_t doc, int64_t account, str name, int64_t amount, int64_t from, int64_t until) {
  put_packed(&r->posts, name);
  put_zig(&r->posts, amount);
  bind_int(r->posting, 1, doc);
  bind_int(r->posting, 3, (*n)++);
  bind_int(r->posting, 5, account);
  bind_int(r->posting, 6, amount);
  if (from) bind_int(r->posting, 7, from), bind_int(r->posting, 8, until);
  else sqlite3_bind_null(r->posting, 7), sqlite3_bind_null(r->posting, 8);
  done(r->posting);
}

static void one_client(run *r, const record *c, const record *k, const sha *raw, str file) {
  int64_t num = ++r->n, counts[4];
  client_json(r, c);
  contract_json(r, k);
  sha client_hash = digest1(of_buf(&r->client_text));
  sha contract_hash = digest((str[]){of_buf(&r->contract_text), of_sha(&client_hash), S("{}")}, 3);
  count_facts(r, c->sheet, counts);

  /* rated */
  int64_t from = day_of(k->starts), through = day_of(k->billed_through) + 1, until = r->whole_until;
  if (through > from) from = through;
  if (r->whole_from > from) from = r->whole_from;
  if (from != DAY) die("a contract that is not due on the run's date");
  rated l[LINES];
  int64_t subtotal = 0;
  for (int i = 0; i < LINES; i++) {
    product *p = product_of(k->lines[i].product);
    l[i] = (rated){.p = p, .quantity = counts[p->counts], .price = p->price, .description = p->name};
    if (k->lines[i].price.n) l[i].own_price = true, l[i].price = dec_of(k->lines[i].price);
    if (p->counts == 2) {
      bool beyond = l[i].quantity > 10;
      l[i].description = beyond ? S("Antivirus (over 10)") : S("Antivirus (up to 10)");
      if (beyond) l[i].price = p->beyond;
    }
    rule.quantity[i] = l[i].quantity;
    l[i].amount = half_up((i128)l[i].price.coef * l[i].quantity * (until - from) * 100, (i128)l[i].price.unit * (r->whole_until - r->whole_from));
    subtotal += l[i].amount;
  }
  rule.out.on = false;
  int64_t given = 0;
  if (k->rule.n) rule_call(k);
  const discount *d = &rule.out;
  if (d->on) {
    given = half_up((i128)subtotal * d->percent.coef, (i128)d->percent.unit * 100);
    split(l, given, subtotal);
  }
  int64_t base = 0;
  for (int i = 0; i < LINES; i++)
    if (l[i].p->category.n == 8) base += l[i].amount - (d->on ? l[i].share : 0);
  int64_t tax = half_up((i128)base * TAX_COEF, TAX_UNIT), total = subtotal - given + tax;
  r->total += total;

  /* written */
  int id_n = snprintf(r->id, sizeof r->id, "%.*s-1", (int)c->id.n, c->id.p);
  for (int i = 0; i < LINES; i++) {
    memcpy(r->ids[i], r->id, (size_t)id_n);
    memcpy(r->ids[i] + id_n, (char[]){':', (char)('1' + i), 0}, 3);
  }
  evidence_json(r, c, k, l, &contract_hash, file, d, given, subtotal);
  sha evidence = digest1(of_buf(&r->evidence));
  buf *b = &r->json;
  b->n = 0;
  LIT(b, "{\"client\":"); puts_(b, of_buf(&r->card));
  LIT(b, ",\"company\":"); puts_(b, S(company));
  LIT(b, ",\"currency\":\"USD\",\"discounts\":[");
  if (d->on) {
    LIT(b, "{\"amount\":\""); put_cents(b, -given);
    LIT(b, "\",\"contract\":"); put_json(b, k->id);
    LIT(b, ",\"description\":"); put_json(b, d->reason);
    LIT(b, ",\"line\":null,\"percent\":"); put_json(b, d->percent_text);
    LIT(b, "}");
  }
  LIT(b, "],\"due_date\":\""); put(b, r->due, 10);
  LIT(b, "\",\"evidence\":\""); put_hex(b, &evidence);
  LIT(b, "\",\"id\":\""); put(b, r->id, (size_t)id_n);
  LIT(b, "\",\"issue_date\":\""); put(b, r->issue, 10);
  LIT(b, "\",\"lines\":[");
  for (int i = 0; i < LINES; i++) {
    if (i) LIT(b, ",");
    line_json(r, b, &l[i], k, (str){r->ids[i], (size_t)id_n + 2}, from, until);
  }
  LIT(b, "],\"number\":");
  size_t number_at = b->n;
  LIT(b, "null");
  size_t after = b->n;
  LIT(b, ",\"schema\":\"billhook.invoice/1\",\"subtotal\":\""); put_cents(b, subtotal);
  LIT(b, "\",\"taxes\":[{\"amount\":\""); put_cents(b, tax);
  LIT(b, "\",\"base\":\""); put_cents(b, base);
  LIT(b, "\",\"category\":\"S\",\"name\":\"NY sales tax\",\"rate\":\"8.875\",\"tax\":\"ny-sales\"}],\"terms\":\"net 15\",\"total\":\""); put_cents(b, total);
  LIT(b, "\",\"type\":\"invoice\"}");
  int number_n = snprintf(r->number, sizeof r->number, "INV-2026-%06lld", (long long)num);
  if (r->out.cap - r->out.n < DOC_BYTES) flush_out(r);
  size_t out_at = r->out.n;
  put(&r->out, b->p, number_at);
  LIT(&r->out, "\""); put(&r->out, r->number, (size_t)number_n); LIT(&r->out, "\"");
  put(&r->out, b->p + after, b->n - after);
  r->chain = digest((str[]){of_sha(&r->chain), {r->out.p + out_at, r->out.n - out_at}}, 2);
  LIT(&r->out, "\n");

  /* stored */
  if (k->rule.n && !r->rule_content) { /* in the order of first use: the first line's book, the rule, the other lines' */
    product *p = l[0].p;
    if (!p->content) p->content = content_num(r, &p->hash, "book", (str){p->book, strlen(p->book)});
    r->rule_content = content_num(r, &r->rule_hash, "rule", of_buf(&r->rule_bundle));
  }
  for (int i = 0; i < LINES; i++)
    if (!l[i].p->content) l[i].p->content = content_num(r, &l[i].p->hash, "book", (str){l[i].p->book, strlen(l[i].p->book)});
  bind_int(r->client, 1, num);
  bind_text(r->client, 2, c->id);
  bind_blob(r->client, 3, of_sha(raw));
  done(r->client);
  bind_int(r->contract, 1, num);
  bind_text(r->contract, 2, k->id);
  bind_int(r->contract, 3, num);
  bind_blob(r->contract, 4, of_sha(&contract_hash));
  bind_text(r->contract, 7, of_buf(&r->contract_text));
  done(r->contract);
  b = &r->settle;
  b->n = 0;
  LIT(b, "\x01");
  puts_(b, of_sha(raw));
  put_zig(b, r->whole_until);
  put_zig(b, r->pull);
  put_zig(b, r->whole_until - 1);
  LIT(b, "\x01");
  put_zig(b, num);
  puts_(b, of_sha(&contract_hash));
  put_zig(b, r->whole_until);
  put_packed(b, S("USD"));
  bind_int(r->document, 1, num);
  bind_int(r->document, 2, num);
  bind_int(r->document, 15, subtotal);
  bind_int(r->document, 16, total);
  bind_text(r->document, 18, (str){r->number, (size_t)number_n});
  bind_int(r->document, 19, num);
  bind_blob(r->document, 21, of_buf(b));
  done(r->document);
  r->posts.n = 0;
  int64_t revenue[LINES], n = 0;
  int posts = 1 + (tax != 0);
  for (int i = 0; i < LINES; i++) revenue[i] = (d->on ? l[i].share : 0) - l[i].amount, posts += revenue[i] != 0;
  put_uint(&r->posts, (uint64_t)posts);
  bind_int(r->posting, 1, num);
  if (!r->account_receivable) r->account_receivable = account_num(r, S("receivable"));
  post(r, &n, num, r->account_receivable, S("receivable"), total, 0, 0);
  for (int i = 0; i < LINES; i++) {
    if (revenue[i] == 0) continue;
    if (!l[i].p->account_num) l[i].p->account_num = account_num(r, l[i].p->account);
    post(r, &n, num, l[i].p->account_num, l[i].p->account, revenue[i], from, until);
  }
  if (tax != 0) {
    if (!r->account_tax) r->account_tax = account_num(r, S("tax:ny-sales"));
    post(r, &n, num, r->account_tax, S("tax:ny-sales"), -tax, 0, 0);
  }
  put_span(&r->posts, 0, 0);
  for (int i = 0; i < LINES; i++)
    if (revenue[i] != 0) put_span(&r->posts, from, until);
  if (tax != 0) put_span(&r->posts, 0, 0);
  bind_int(r->body, 1, num);
  bind_text(r->body, 2, of_buf(&r->json));
  bind_text(r->body, 3, of_buf(&r->evidence));
  bind_blob(r->body, 4, of_buf(&r->posts));
  done(r->body);
  bind_int(r->line, 1, num);
  bind_int(r->line, 3, num);
  stored w = {.whole_from = r->whole_from, .whole_until = r->whole_until, .from = from, .until = until, .rule = k->rule.n ? r->rule_content : 0};
  for (int i = 0; i < LINES; i++) {
    b = &r->packed[i];
    b->n = 0;
    LIT(b, "\x01");
    put_part(b, l[i].amount, l[i].p);
    put_span(b, from, until);
    w.key = l[i].p->key, w.id = (str){r->ids[i], (size_t)id_n + 2}, w.product = l[i].p->id, w.taxes = of_buf(b);
    w.book = l[i].p->content, w.quantity = l[i].quantity, w.amount = l[i].amount;
    store_line(r, i, &w);
  }
  if (d->on) {
    char key[300];
    b = &r->packed[LINES];
    b->n = 0;
    put_uint(b, LINES);
    for (int i = 0; i < LINES; i++) put_part(b, -l[i].share, l[i].p);
    for (int i = 0; i < LINES; i++) put_span(b, from, until);
    int key_n = snprintf(key, sizeof key, "discount:rule:%.*s#1", (int)d->reason.n, d->reason.p);
    store_line(r, LINES, &(stored){.kind = 7, .key = {key, (size_t)key_n}, .whole_from = DAY, .whole_until = DAY, .from = DAY, .until = DAY + 1,
                                   .id = S(""), .product = S(""), .quantity = 1, .amount = -given, .taxes = of_buf(b)});
  }
  bind_int(r->billed, 1, num);
  bind_int(r->billed, 2, num);
  done(r->billed);
  bind_int(r->chained, 1, num);
  bind_int(r->chained, 2, num);
  bind_blob(r->chained, 3, of_sha(&r->chain));
  done(r->chained);
}

static void read_whole(buf *out, const char *dir, const char *name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *f = fopen(path, "re");
  if (!f) die("%s: cannot be read", path);
  *out = (buf){malloc(1 << 16), 0, 1 << 16};
  out->n = fread(out->p, 1, out->cap, f);
  if (out->n == out->cap) die("%s: too large", path);
  fclose(f);
}

static void prepare_run(run *r) {
  r->pull = one_int("SELECT max(num) FROM pull WHERE ok=1");
  if (one_int("SELECT day FROM pull ORDER BY num DESC LIMIT 1") < DAY - 3) die("stale facts");
  buf config, book, source;
  read_whole(&config, r->workspace, "billhook.lua");
  read_whole(&book, r->workspace, "pricebook.lua");
  read_whole(&source, r->workspace, "rules/volume_discount.lua");
  rule_load(of_buf(&source));
  /* the rule's text as it is kept */
  buf *b = &r->rule_bundle;
  *b = (buf){malloc(1 << 16), 0, 1 << 16};
  LIT(b, "{\"file\":\"rules/volume_discount.lua\",\"modules\":{},\"name\":\"volume_discount\",\"source\":\"");
  for (size_t i = 0; i < source.n; i++) {
    char ch = source.p[i];
    if (ch == '\n') LIT(b, "\\n");
    else if (ch == '"' || ch == '\\') put(b, (char[]){'\\', ch}, 2);
    else put(b, &ch, 1);
  }
  LIT(b, "\"}");
  r->rule_hash = digest1(of_buf(b));
  for (int i = 0; i < PRODUCTS; i++) products[i].hash = digest1((str){products[i].book, strlen(products[i].book)});
  /* everything that is not in the client's own lines, in one digest */
  sha config_hash = digest1(of_buf(&config)), book_part = digest1(of_buf(&book)), source_part = digest1(of_buf(&source));
  sha book_hash = digest((str[]){of_sha(&book_part), S("volume_discount\0"), of_sha(&source_part)}, 3);
  r->env = digest((str[]){of_sha(&config_hash), of_sha(&book_hash), S(models)}, 3);
  r->whole_from = civil(2026, 1, 1);
  r->whole_until = civil(2026, 2, 1);
  struct { char *to; int64_t day; } days[] = {{r->issue, DAY}, {r->due, DAY + DUE_DAYS}, {r->period_to, r->whole_until - 1}};
  for (int i = 0; i < 3; i++) {
    buf t = {days[i].to, 0, 11};
    put_day(&t, days[i].day);
  }
  buf *bufs[] = {&r->card, &r->client_text, &r->contract_text, &r->json, &r->evidence, &r->settle, &r->posts,
                 &r->packed[0], &r->packed[1], &r->packed[2], &r->packed[3], &r->row};
  for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++) *bufs[i] = (buf){malloc(DOC_BYTES), 0, DOC_BYTES};
  r->out = (buf){malloc(OUT_BYTES), 0, OUT_BYTES};
}

static void prepare_statements(run *r) {
  char text[1000];
  int64_t device = one_int("SELECT num FROM word WHERE text='device'"), user = one_int("SELECT num FROM word WHERE text='user'"),
          workstation = one_int("SELECT num FROM word WHERE text='workstation'"), connector = one_int("SELECT num FROM connector WHERE name='sheet'");
  snprintf(text, sizeof text, "SELECT num FROM place WHERE connector=%lld AND ref=?1", (long long)connector);
  r->place = prepare(text);
  snprintf(text, sizeof text,
           "SELECT count(*) FILTER (WHERE class=%lld AND kind=%lld), count(*) FILTER (WHERE kind=%lld), count(*) FILTER (WHERE kind=%lld) FROM asset"
           " WHERE place=?1 AND from_day<=%d AND until_pull IS NULL AND (to_day IS NULL OR to_day>=%d)",
           (long long)workstation, (long long)device, (long long)user, (long long)device, DAY, DAY);
  r->assets = prepare(text);
  /* what is the same in every row is in the text; the rest is bound */
  snprintf(text, sizeof text, "INSERT INTO client(num,id,raw_hash,next_due,settled_pull,charged_to,doc_ord,open_draft) VALUES(?1,?2,?3,%lld,%lld,%lld,1,0)",
           (long long)r->whole_until, (long long)r->pull, (long long)r->whole_until - 1);
  r->client = prepare(text);
  snprintf(text, sizeof text, "INSERT INTO contract(client,id,num,hash,next_due,currency,terms) VALUES(?1,?2,?3,?4,%lld,'USD',?7)", (long long)r->whole_until);
  r->contract = prepare(text);
  snprintf(text, sizeof text, "INSERT INTO document VALUES(?1,?2,1,0,1,0,'','USD',2,%lld,%d,%d,%d,%lld,?15,?16,0,?18,?19,'',?21)", (long long)r->batch, DAY,
           DAY + DUE_DAYS, DAY, (long long)r->pull);
  r->document = prepare(text);
  r->body = prepare("INSERT INTO body(doc,json,evidence,postings) VALUES(?1,?2,?3,?4)");
  r->line = prepare("INSERT INTO line VALUES(?1,?2,?3,?4)");
  snprintf(text, sizeof text, "INSERT INTO billed VALUES(?1,?2,%lld)", (long long)r->whole_until);
  r->billed = prepare(text);
  r->chained = prepare("INSERT INTO chain VALUES(?1,?2,?3)");
  snprintf(text, sizeof text, "INSERT INTO posting VALUES(?1,0,?3,%d,?5,?6,?7,?8)", DAY);
  r->posting = prepare(text);
  r->content = prepare("INSERT INTO content VALUES(?1,?2,?3,?4)");
  r->account = prepare("INSERT INTO account VALUES(?1,?2)");
}

static void read_file(run *r, reader *x, const char *path) {
  static char buffer[READ_BYTES + POOL_BYTES];
  static record client, contract;
  static sha raw;
  size_t have = 0;
  bool waiting = false; /* for the contract of `client` */
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("%s: cannot be read", path);
  str file = {path + strlen(r->workspace) + 1, strlen(path) - strlen(r->workspace) - 1}, client_line = {0};
  char client_copy[POOL_BYTES];
  for (;;) {
    ssize_t got = read(fd, buffer + have, READ_BYTES);
    if (got < 0) die("%s: cannot be read", path);
    if (got == 0) break;
    have += (size_t)got;
    char *at = buffer, *end = buffer + have, *nl;
    while ((nl = memchr(at, '\n', (size_t)(end - at)))) {
      str line = {at, (size_t)(nl - at)};
      at = nl + 1;
      if (!waiting) {
        str last = client.id;
        char last_id[64];
        if (last.n > sizeof last_id) die("an id is too long");
        if (last.n) memcpy(last_id, last.p, last.n);
        parse(x, &client, 0, line);
        if (!same(client.type, S("client")) || client.id.n == 0) die("a client was expected");
        size_t n = last.n < client.id.n ? last.n : client.id.n;
        int order = memcmp(last_id, client.id.p, n);
        if (order > 0 || (order == 0 && last.n >= client.id.n)) die("clients are not in order");
        if (line.n > sizeof client_copy) die("a line is too long");
        memcpy(client_copy, line.p, line.n); /* the contract may come with the next read */
        client_line = (str){client_copy, line.n};
        waiting = true;
        continue;
      }
      parse(x, &contract, 1, line);
      if (!same(contract.type, S("contract")) || !same(contract.client, client.id) || contract.line_count != LINES) die("the client's contract was expected");
      raw = digest((str[]){of_sha(&r->env), S("h"), client_line, S("h"), line}, 5);
      one_client(r, &client, &contract, &raw, file);
      waiting = false;
    }
    have = (size_t)(end - at);
    if (have > POOL_BYTES) die("a line is too long");
    memmove(buffer, at, have);
  }
  if (waiting || have) die("%s: ends in the middle", path);
  close(fd);
}

static void finish_run(run *r) {
  char text[600], who[200];
  const char *user = getenv("LOGNAME");
  struct passwd *pw = user && *user ? NULL : getpwuid(geteuid());
  snprintf(who, sizeof who, "%s", user && *user ? user : pw ? pw->pw_name : "unknown");
  sqlite3_stmt *st = prepare("UPDATE batch SET stats=?1, first_doc=1 WHERE num=?2");
  int n = snprintf(text, sizeof text,
                   "{\"batch\":\"%s.1\",\"date\":\"%s\",\"drafted\":%lld,\"held\":[],\"unchanged\":0,\"failed\":[],\"totals\":{\"USD\":\"%lld.%02d\"},"
                   "\"connectors\":[],\"approved\":0,\"clients\":%lld}",
                   r->issue, r->issue, (long long)r->n, (long long)(r->total / 100), (int)(r->total % 100), (long long)r->n);
  bind_text(st, 1, (str){text, (size_t)n});
  bind_int(st, 2, r->batch);
  done(st);
  sqlite3_finalize(st);
  st = prepare("INSERT INTO event VALUES(0,1,?1,?2,'approved',?3,0)");
  bind_int(st, 1, (int64_t)time(NULL));
  bind_text(st, 2, (str){who, strlen(who)});
  char batch[20];
  int batch_n = snprintf(batch, sizeof batch, "%s.1", r->issue);
  bind_text(st, 3, (str){batch, (size_t)batch_n});
  done(st);
  sqlite3_finalize(st);
  snprintf(text, sizeof text, "UPDATE counter SET last=%lld WHERE name IN ('doc','contract'); INSERT INTO series VALUES('INV-2026-{seq}',%lld)", (long long)r->n, (long long)r->n);
  sql(text);
}

static void close_run(run *r) {
  sqlite3_stmt *all[] = {r->place, r->assets, r->client, r->contract, r->document, r->body, r->line, r->billed, r->chained, r->posting, r->content, r->account};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) sqlite3_finalize(all[i]);
  lua_close(rule.lua);
}

static void run_all(const char *workspace, const char *store, const char *out) {
  static run r;
  static reader x;
  md_ctx = EVP_MD_CTX_new();
  md_sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
  r.workspace = workspace;
  open_store(store);
  prepare_run(&r);
  r.fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (r.fd < 0) die("%s: cannot be written", out);
  x.yajl = yajl_alloc(&callbacks, NULL, &x);
  yajl_config(x.yajl, yajl_allow_multiple_values, 1);
  sql("BEGIN IMMEDIATE");
  char text[100];
  snprintf(text, sizeof text, "INSERT INTO batch VALUES(NULL,%d,1,'',NULL)", DAY);
  sql(text);
  r.batch = sqlite3_last_insert_rowid(db);
  prepare_statements(&r);
  char pattern[4096];
  glob_t files;
  snprintf(pattern, sizeof pattern, "%s/clients/*.jsonl", workspace);
  if (glob(pattern, 0, NULL, &files) != 0) die("no client files");
  for (size_t i = 0; i < files.gl_pathc; i++) read_file(&r, &x, files.gl_pathv[i]);
  finish_run(&r);
  sql("COMMIT");
  flush_out(&r);
  if (close(r.fd) != 0) die("writing");
  close_run(&r);
  if (sqlite3_close(db) != SQLITE_OK) die("closing: %s", sqlite3_errmsg(db));
  yajl_free(x.yajl);
}

/* ---- the bare insert ---- */
typedef struct cell { int type; int64_t integer; str bytes; } cell;
typedef struct table { const char *name; int columns; size_t rows, cap; cell *cells; sqlite3_stmt *insert; } table;
static table tables[] = {{.name = "content"}, {.name = "client"}, {.name = "contract"}, {.name = "document"}, {.name = "body"}, {.name = "line"}, {.name = "billed"},
                         {.name = "account"}, {.name = "posting"}, {.name = "chain"}, {.name = "batch"}, {.name = "series"}, {.name = "event"}};
enum { TABLES = sizeof tables / sizeof *tables };

static void table_read(table *t) {
  char text[200];
  snprintf(text, sizeof text, "SELECT * FROM %s", t->name);
  sqlite3_stmt *st = prepare(text);
  t->columns = sqlite3_column_count(st);
  while (sqlite3_step(st) == SQLITE_ROW) {
    if (t->rows == t->cap) {
      t->cap = t->cap ? t->cap * 2 : 64;
      t->cells = realloc(t->cells, t->cap * (size_t)t->columns * sizeof *t->cells);
      if (!t->cells) die("no memory");
    }
    for (int i = 0; i < t->columns; i++) {
      cell *c = &t->cells[t->rows * (size_t)t->columns + (size_t)i];
      *c = (cell){.type = sqlite3_column_type(st, i)};
      if (c->type == SQLITE_INTEGER) c->integer = sqlite3_column_int64(st, i);
      else if (c->type != SQLITE_NULL) {
        const void *p = sqlite3_column_blob(st, i);
        c->bytes.n = (size_t)sqlite3_column_bytes(st, i);
        char *own = malloc(c->bytes.n + 1);
        if (c->bytes.n) memcpy(own, p, c->bytes.n);
        c->bytes.p = own;
      }
    }
    t->rows++;
  }
  sqlite3_finalize(st);
}
static void table_prepare(table *t) {
  char text[300];
  int n = snprintf(text, sizeof text, "INSERT INTO %s VALUES(?", t->name);
  for (int i = 1; i < t->columns; i++) n += snprintf(text + n, sizeof text - (size_t)n, ",?");
  snprintf(text + n, sizeof text - (size_t)n, ")");
  t->insert = prepare(text);
}
/* Instructions are counted from here to its end: valgrind --toggle-collect=insert_rows. */
__attribute__((noinline)) void insert_rows(void);
void insert_rows(void) {
  sql("BEGIN IMMEDIATE");
  for (int k = 0; k < TABLES; k++) {
    table *t = &tables[k];
    const cell *c = t->cells;
    for (size_t row = 0; row < t->rows; row++) {
      for (int i = 1; i <= t->columns; i++, c++) {
        if (c->type == SQLITE_INTEGER) bind_int(t->insert, i, c->integer);
        else if (c->type == SQLITE_TEXT) bind_text(t->insert, i, c->bytes);
        else if (c->type == SQLITE_BLOB) bind_blob(t->insert, i, c->bytes);
        else sqlite3_bind_null(t->insert, i);
      }
      done(t->insert);
    }
  }
  sql("COMMIT");
}
static void bare(const char *finished, const char *store) {
  open_store(finished);
  for (int i = 0; i < TABLES; i++) table_read(&tables[i]);
  sqlite3_close(db);
  open_store(store);
  for (int i = 0; i < TABLES; i++) table_prepare(&tables[i]);
  insert_rows();
  for (int i = 0; i < TABLES; i++) sqlite3_finalize(tables[i].insert);
  if (sqlite3_close(db) != SQLITE_OK) die("closing: %s", sqlite3_errmsg(db));
}

int main(int argc, char **argv) {
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (argc == 5 && strcmp(argv[1], "run") == 0) run_all(argv[2], argv[3], argv[4]);
  else if (argc == 4 && strcmp(argv[1], "bare") == 0) bare(argv[2], argv[3]);
  else {
    fputs("usage: yardstick run WORKSPACE STORE OUT | yardstick bare FINISHED STORE\n", stderr);
    return 2;
  }
  return 0;
}

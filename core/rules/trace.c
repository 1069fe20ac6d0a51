/* What a failure says: message, then the frames in the rule's own files. All Lua that runs here is the rule's; frames in C are ours and are left out. */
#include "rules/impl.h"

static const char *file_of(const lua_Debug *ar)
{
  return ar->source[0] == '@' || ar->source[0] == '=' ? ar->source + 1 : ar->short_src;
}

int bh_rules_error(lua_State *L, const char *fmt, ...)
{
  lua_Debug ar;
  bool found = false;
  for (int level = 0; !found && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    found = ar.currentline > 0;
  }
  if (found)
    lua_pushfstring(L, "%s:%d: ", file_of(&ar), ar.currentline);
  else
    lua_pushliteral(L, "");
  va_list args;
  va_start(args, fmt);
  lua_pushvfstring(L, fmt, args);
  va_end(args);
  lua_concat(L, 2);
  return lua_error(L);
}

static void add(bh_rules *r, size_t *at, const char *fmt, ...) BH_PRINTF(3, 4);
static void add(bh_rules *r, size_t *at, const char *fmt, ...)
{
  if (*at >= sizeof r->failure - 1)
    return;
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(r->failure + *at, sizeof r->failure - *at, fmt, args);
  va_end(args);
  if (n > 0)
    *at += (size_t)n;
  if (*at > sizeof r->failure - 1)
    *at = sizeof r->failure - 1;
}

enum { FRAMES_MAX = 20, MESSAGE_MAX = 4000 };

/* The innermost frames of the rule, at most FRAMES_MAX. Reads the stack only: it may run inside the allocator. */
static void add_frames(bh_rules *r, lua_State *L, size_t *at)
{
  lua_Debug ar;
  int shown = 0;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sln", &ar);
    if (ar.currentline <= 0)
      continue;
    if (shown++ == FRAMES_MAX) { /* how many is not counted: finding a level takes as long as it is deep */
      add(r, at, "\n  (and more)");
      return;
    }
    if (ar.name)
      add(r, at, "\n  %s:%d: in %s \"%s\"", file_of(&ar), ar.currentline, ar.namewhat[0] ? ar.namewhat : "function", ar.name);
    else
      add(r, at, "\n  %s:%d: in %s", file_of(&ar), ar.currentline, ar.what[0] == 'm' ? "the file" : r->loading ? "a function" : "the rule");
  }
}

/* Lua cuts long file names in its own messages: the whole name is put back. */
static const char *without_short_name(lua_State *L, const char *message, bh_rules *r, size_t *at)
{
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0)
      continue;
    size_t n = strlen(ar.short_src);
    if (strcmp(ar.short_src, file_of(&ar)) != 0 && strncmp(message, ar.short_src, n) == 0) {
      add(r, at, "%s", file_of(&ar));
      return message + n;
    }
  }
  return message;
}

static void add_message(bh_rules *r, lua_State *L, int index, size_t *at)
{
  const bh_dec *d;
  switch (lua_type(L, index)) {
  case LUA_TSTRING: {
    const char *message = without_short_name(L, lua_tostring(L, index), r, at);
    size_t len = lua_rawlen(L, index) - (size_t)(message - lua_tostring(L, index)), n = len < MESSAGE_MAX ? len : MESSAGE_MAX;
    n = bh_utf8_span((bh_str){message, n});
    add(r, at, "%.*s%s", (int)n, message, n < len ? "…" : "");
    break;
  }
  case LUA_TNUMBER:
    if (lua_isinteger(L, index))
      add(r, at, "error(%lld)", (long long)lua_tointeger(L, index));
    else
      add(r, at, "error(%.14g)", lua_tonumber(L, index));
    break;
  case LUA_TUSERDATA:
    d = bh_dec_at(L, index);
    if (d) {
      char text[32];
      bh_dec_format(text, *d);
      add(r, at, "error(dec \"%s\")", text);
      break;
    }
    /* fall through */
  default:
    add(r, at, "error(…) with a %s value in place of a message", lua_typename(L, lua_type(L, index)));
  }
}

int bh_rules_failed(lua_State *L)
{
  bh_rules *r = bh_rules_of(L);
  size_t at = strlen(r->failure);
  if (!r->traced) {
    at = 0;
    r->failure[0] = 0;
    add_message(r, L, 1, &at);
  }
  r->traced = true;
  add_frames(r, L, &at);
  return 1;
}

void bh_rules_sample(bh_rules *r)
{
  lua_State *L = r->running;
  lua_Debug ar;
  size_t at = 0;
  if (r->traced)
    return;
  r->failure[0] = 0;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0) {
      add(r, &at, "%s:%d: ", file_of(&ar), ar.currentline);
      break;
    }
  }
  add(r, &at, "the rule needs more than %zu bytes of memory", r->limits.memory_bytes_max);
  add_frames(r, L, &at);
}

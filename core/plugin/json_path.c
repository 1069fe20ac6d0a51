/* Paths into JSON. */
#include "plugin/json_path.h"

static bool add(bh_json_path *p, bh_step s)
{
  if (p->count == BH_JSON_STEPS_MAX)
    return false;
  p->wildcards += s.kind == BH_STEP_ANY_ITEM || s.kind == BH_STEP_ANY_MEMBER;
  p->steps[p->count++] = s;
  return true;
}

/* After "[": *], digits], or 'name']. */
static bool bracket(bh_json_path *p, bh_arena *a, const char **at)
{
  const char *s = *at;
  bh_step step = {.kind = BH_STEP_INDEX};
  if (*s == '*') {
    step.kind = BH_STEP_ANY_ITEM;
    s++;
  } else if (*s == '\'') {
    const char *close = strchr(s + 1, '\'');
    if (!close)
      return false;
    step = (bh_step){.kind = BH_STEP_NAME, .name = bh_arena_str(a, (bh_str){s + 1, (size_t)(close - s - 1)})};
    s = close + 1;
  } else {
    size_t digits = strspn(s, "0123456789");
    if (digits == 0 || digits > 9)
      return false;
    for (size_t i = 0; i < digits; i++)
      step.index = step.index * 10 + (uint64_t)(s[i] - '0');
    s += digits;
  }
  if (*s != ']')
    return false;
  *at = s + 1;
  return add(p, step);
}

static bool name(bh_json_path *p, bh_arena *a, const char **at)
{
  size_t n = strcspn(*at, ".[");
  bh_step step = {.kind = BH_STEP_NAME, .name = bh_arena_str(a, (bh_str){*at, n})};
  if (n == 1 && **at == '*')
    step.kind = BH_STEP_ANY_MEMBER;
  *at += n;
  return n > 0 && add(p, step);
}

bool bh_json_path_parse(bh_json_path *out, bh_arena *a, const char *text, bool from_root)
{
  bool ok = true;
  if (!text || (from_root && text[0] != '$'))
    return false;
  const char *at = from_root ? text + 1 : text;
  *out = (bh_json_path){.steps = BH_NEWN(a, bh_step, BH_JSON_STEPS_MAX)};
  if (!from_root && *at && *at != '[' && *at != '.')
    ok = name(out, a, &at);
  while (ok && *at) {
    char c = *at++;
    ok = c == '.' ? name(out, a, &at) : c == '[' && bracket(out, a, &at);
  }
  return ok;
}

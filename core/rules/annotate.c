/* scripts/meta/billhook.lua, the rules' part: printed from the tables that register the names, so that none can be left out. */
#include "rules/impl.h"

/* Lines of a text, each behind `---`. */
static void comment(bh_buf *out, const char *text)
{
  for (const char *at = text; *at;) {
    size_t n = strcspn(at, "\n");
    bh_buf_fmt(out, "---%.*s\n", (int)n, at);
    at += n + (at[n] == '\n');
  }
}

void bh_annotate_function(bh_buf *out, const char *prefix, const char *name, const char *tags, const char *doc)
{
  comment(out, doc);
  comment(out, tags);
  bh_buf_fmt(out, "function %s%s(", prefix, name);
  bool first = true;
  for (const char *at = tags; (at = strstr(at, "@param ")) != NULL;) {
    at += sizeof "@param " - 1;
    bh_buf_fmt(out, "%s%.*s", first ? "" : ", ", (int)strcspn(at, "? "), at);
    first = false;
  }
  bh_buf_putz(out, ") end\n\n");
}

static bool told(const bh_word *w)
{
  return w->tags != NULL && w->doc != NULL && w->doc[0] != 0;
}

/* A class with its members, then its methods. */
static bh_status class_of(bh_buf *out, const char *class, const char *local, const char *doc, const bh_word *words, bh_error *err)
{
  const char *tags = strchr(doc, '@'); /* what follows the class: @operator */
  bh_buf_fmt(out, "---%.*s\n---@class %s\n", tags ? (int)(tags - doc) - 1 : (int)strlen(doc), doc, class);
  comment(out, tags ? tags : "");
  for (const bh_word *w = words; w->name; w++) {
    if (!told(w))
      return bh_fail(err, BH_E_INVALID, "%s.%s has no annotation: give it one where it is registered", local, w->name);
    if (!w->function)
      bh_buf_fmt(out, "---@field %s%s %s %s\n", w->name, w->tags[strlen(w->tags) - 1] == '?' ? "?" : "", w->tags, w->doc);
  }
  bh_buf_fmt(out, "local %.*s = {}\n\n", (int)strcspn(local, ":"), local);
  for (const bh_word *w = words; w->name; w++)
    if (w->function)
      bh_annotate_function(out, local, w->name, w->tags, w->doc);
  return BH_OK;
}

static const char types[] =
  "---@alias amount string|integer|decimal  money or a rate: \"12.50\", 12 or dec \"12.50\"\n"
  "---@alias quantity integer|decimal       an integer where it is whole\n\n"
  "---@class billhook.Selector\n\n"
  "---@class billhook.Except\n---@field name? string  a glob\n---@field class? string\n---@field id? string\n---@field reason string\n"
  "---@field from? string  YYYY-MM-DD\n---@field ends? string\n\n"
  "---Any other key is an attribute, matched by glob: `site = \"Albany\"`, `os = \"Windows*\"`.\n"
  "---@class billhook.Match\n---@field class? string\n---@field id? string\n---@field name? string\n---@field from? string  the connector that counts\n"
  "---@field seen_within? integer  days\n---@field except? billhook.Except[]\n---@field [string] any\n\n"
  "---Which lines: every field named must match, by any of its values.\n"
  "---@class billhook.Filter\n---@field product? string|string[]\n---@field tax? string|string[]\n---@field id? string|string[]\n---@field unit? string|string[]\n"
  "---@field section? string|string[]\n---@field po? string|string[]\n---@field kind? string|string[]  \"charge\", \"once\" or \"rule\"\n\n"
  "---@class billhook.Asset\n---@field id string\n---@field name string\n---@field class string\n---@field [string] string\n\n"
  "---@class billhook.PreviousLine\n---@field key string\n---@field product string\n---@field quantity decimal\n---@field amount decimal\n\n"
  "---@class billhook.Previous\n---@field date string\n---@field lines billhook.PreviousLine[]\n---@field total decimal\n\n";

static const char decimal_doc[] =
  "An exact decimal: at most 9 decimals, never binary floating point. Lua integers mix freely; a float is an error that names the line. "
  "`dec \"1\" == 1` is false, as Lua never asks when the kinds differ: write `== dec \"1\"`; `<` and `>` take integers.\n"
  "@operator add(decimal|integer): decimal\n@operator sub(decimal|integer): decimal\n@operator mul(decimal|integer): decimal\n"
  "@operator div(decimal|integer): decimal\n@operator idiv(decimal|integer): decimal\n@operator mod(decimal|integer): decimal\n"
  "@operator unm: decimal\n@operator concat(string|number): string";

/* Names that stock Lua has, changed or not: editors know them. */
static bool stock(const bh_word *w)
{
  static const char *const names[] = {"next", "pairs", "tonumber", "tostring"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(w->name, names[i]) == 0)
      return true;
  return w->library != NULL || w->function == NULL;
}

bh_status bh_rules_annotate(bh_buf *out, bh_error *err)
{
  bh_status st = class_of(out, "decimal", "decimal:", decimal_doc, bh_dec_words, err);
  bh_buf_putz(out, types);
  if (st == BH_OK)
    st = class_of(out, "billhook.Line", "line:", "A line of the bill.", bh_line_words, err);
  if (st == BH_OK)
    st = class_of(out, "billhook.Bill", "bill:", "What a rule is given: one billing, that is one contract and one scheduled issue date. Read-only but for its lines and methods.",
                  bh_bill_words, err);
  for (const bh_word *w = bh_sandbox_words; w->name && st == BH_OK; w++) {
    if (stock(w) || w->function == bh_lua_constructor) /* the workspace's own words: its part explains them */
      continue;
    if (told(w))
      bh_annotate_function(out, "", w->name, w->tags, w->doc);
    else
      st = bh_fail(err, BH_E_INVALID, "\"%s\" has no annotation: give it one in core/rules/sandbox.c", w->name);
  }
  return st;
}

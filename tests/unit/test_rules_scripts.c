/* The shipped rule, and the annotations against what the sandbox has. */
#include "rules_test.h"

static bh_str read_script(rig *r, const char *name)
{
  bh_buf text;
  char path[1000];
  snprintf(path, sizeof path, "%s/%s", SCRIPTS_DIR, name);
  bh_buf_init(&text, 1 << 20);
  assert_int_equal(bh_file_read(&text, path, &r->err), BH_OK);
  bh_str s = bh_arena_str(&r->arena, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return s;
}

static void volume_discount(void **state)
{
  rig r;
  rig_init(&r);
  bh_str source = read_script(&r, "rules/volume_discount.lua");
  rig_rule_modules(&r, "rules/volume_discount.lua", "volume_discount", source.ptr, NULL);
  rig_run(&r);
  rig_ran(&r);
  assert_int_equal(r.rated.discount_count, 1);
  assert_text(r.rated.discounts[0].key, "discount:rule:volume#1");
  assert_text(r.rated.discounts[0].description, "Volume discount, over 50");
  assert_int_equal(r.rated.discounts[0].amount, -8671); /* 3 % of 2890.37 */
  const char *const modules[] = {"volume_discount", source.ptr, NULL};
  rig_rule_modules(&r, "clients/acme.lua", "acme", "rule 'acme' (require 'volume_discount'.with { product = { 'server', 'switch' }, "
    "steps = { { over = 4, percent = '10' }, { over = 5, percent = '20' } }, of = { tax = 'hardware' } })", modules);
  rig_run(&r);
  rig_ran(&r);
  assert_int_equal(r.rated.discounts[0].amount, -2200);
  rig_rule_modules(&r, "clients/acme.lua", "acme", "rule 'acme' (require 'volume_discount'.with { product = 'server', steps = { { over = 3, percent = '10' } } })", modules);
  rig_run(&r);
  rig_ran(&r);
  assert_int_equal(r.rated.discount_count, 0);
  rig_dispose(&r);
}

static bool holds(bh_str text, const char *part)
{
  return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

/* Where annotations would declare the name; NULL: Lua's own, which the editor knows. */
static const char *declaration(rig *r, bh_str name)
{
  static const char *const owners[] = {"bill", "line", "decimal"};
  const char *mark = memchr(name.ptr, ':', name.len), *dot = memchr(name.ptr, '.', name.len);
  if (mark)
    return bh_arena_fmt(&r->arena, "function %.*s(", BH_STR_ARG(name)).ptr;
  for (size_t i = 0; dot && i < 3; i++)
    if (strncmp(name.ptr, owners[i], (size_t)(dot - name.ptr)) == 0)
      return bh_arena_fmt(&r->arena, "---@field %.*s", (int)(name.len - (size_t)(dot - name.ptr) - 1), dot + 1).ptr;
  static const char *const stock[] = {"assert", "error", "ipairs", "next", "pairs", "select", "tonumber", "tostring", "type"};
  for (size_t i = 0; i < sizeof stock / sizeof *stock; i++)
    if (bh_str_eqz(name, stock[i]))
      return NULL;
  return dot ? NULL : bh_arena_fmt(&r->arena, "function %.*s(", BH_STR_ARG(name)).ptr;
}

static void annotations(void **state)
{
  rig r;
  bh_buf names;
  rig_init(&r);
  bh_str meta = read_script(&r, "meta/billhook.lua");
  assert_int_equal(bh_rules_check(BH_S("meta/billhook.lua"), meta, &r.err), BH_OK);
  bh_buf_init(&names, 1 << 16);
  assert_int_equal(bh_rules_names(r.rules, &names, &r.err), BH_OK);
  size_t checked = 0;
  for (const char *p = names.ptr, *end; p < names.ptr + names.len; p = end + 1) {
    end = memchr(p, '\n', names.len - (size_t)(p - names.ptr));
    const char *part = declaration(&r, (bh_str){p, (size_t)(end - p)});
    if (part && !holds(meta, part))
      fail_msg("scripts/meta/billhook.lua has no \"%s\"", part);
    checked += part != NULL;
  }
  assert_true(checked > 50);
  bh_buf_dispose(&names);
  rig_dispose(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(volume_discount), cmocka_unit_test(annotations)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

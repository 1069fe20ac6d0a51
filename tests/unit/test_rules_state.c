/* What one call leaves behind: nothing. Bundles, modules, the cache, determinism, limits. */
#include "rules_test.h"

static bh_str packed(rig *r)
{
  bh_buf b;
  bh_buf_init(&b, 1 << 20);
  bh_rated_put(&b, &r->rated);
  bh_str copy = bh_arena_str(&r->arena, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return copy;
}

/* ---- the same inputs give the same bytes ---- */
static const char *const busy =
  "local t = {}\nfor _, k in ipairs { 'pear', 'apple', 'fig', 'kiwi', 'plum', 'lime' } do t[k] = #k end\nt[3] = 1 t[2.5] = 2 t[true] = 3 t[-1] = 4\n"
  "local s = {}\nfor k, v in pairs(t) do s[#s + 1] = tostring(k) .. '=' .. tostring(v) end\nbill:memo(table.concat(s, ' '))\n"
  "bill:memo(tostring {} .. tostring(print) .. tostring(bill) .. ('%s %s'):format({}, function() end))\n"
  "local list = {}\nfor i = 1, 300 do list[i] = { key = i % 7, n = i } end\ntable.sort(list, function(a, b) return a.key < b.key end)\n"
  "for i = 1, 300, 50 do bill:memo(('%d %d'):format(list[i].key, list[i].n)) end\n"
  "for line in bill:lines() do line.price = line.price * dec '1.1' end\nbill:discount { percent = 3, reason = 'x' }\nbill:add { text = 'y', price = dec '1' / 3 }";

static void same_bytes(void **state)
{
  bh_str first = {0};
  rig keep;
  rig_init(&keep);
  for (int fresh = 0; fresh < 10; fresh++) {
    rig r;
    rig_init(&r);
    for (int i = 0; i < 10; i++) {
      rig_ok(&r, busy);
      bh_str now = packed(&r);
      if (!first.ptr)
        first = bh_arena_str(&keep.arena, now);
      assert_true(bh_str_eq(first, now));
      rig_ok(&r, "x = {} for i = 1, 50 do x[i] = {} end"); /* something in between */
    }
    rig_dispose(&r);
  }
  rig_ok(&keep, busy);
  assert_text(keep.rated.memos[0], "-1=4 2.5=2 3=1 apple=5 fig=3 kiwi=4 lime=4 pear=4 plum=4 true=3");
  assert_text(keep.rated.memos[1], "tablenilbilltable function");
  assert_text(keep.rated.memos[2], "0 7");
  rig_dispose(&keep);
}

static void orders(void **state)
{
  rig r;
  rig_init(&r);
  rig_says(&r, "(function() local s = '' for k in pairs { b = 1, a = 2, [2] = 3, [1] = 4 } do s = s .. k end return s end)()", "12ab");
  rig_says(&r, "(function() local t, s = { a = 1, b = 2, c = 3 }, '' for k in pairs(t) do t[k] = nil t.b = nil s = s .. k end return s end)()", "ac");
  rig_says(&r, "next { z = 1, y = 2 }", "y");
  rig_says(&r, "next({ z = 1, y = 2 }, 'y')", "z");
  rig_says(&r, "next {}", "nil");
  rig_says(&r, "next({}) == nil", "true");
  rig_fails(&r, "for k in pairs { [{}] = 1 } do end", "the table has a table as a key");
  rig_says(&r, "(function() local t = { 3, 1, 2 } table.sort(t) return table.concat(t, ',') end)()", "1,2,3");
  rig_says(&r, "(function() local t = { dec '3', 1, dec '2.5' } table.sort(t) return table.concat(t, ',') end)()", "1,2.5,3");
  rig_says(&r, "(function() local t = { 'b', 'a' } table.sort(t, function(a, b) return a > b end) return table.concat(t, ',') end)()", "b,a");
  rig_fails(&r, "table.sort { 1, 'x' }", "attempt to compare");
  rig_fails(&r, "return ('%p'):format({})", "an address is another one in every run");
  rig_dispose(&r);
}

/* ---- nothing goes from one call to the next ---- */
static const char *const sticky =
  "local count, seen, box = 0, {}, { n = 0 }\nhelper = function() return 'h' end\nPRICES = { a = '1.00', list = { 1, 2, 3 } }\n"
  "local function bump() count = count + 1 end\n"
  "rule 'one' (function(bill) if x then bill:hold 'leak' end x = 1 helper = 5 bill:memo(tostring(helper)) end)\n"
  "rule 'two' (function(bill) bill:memo(tostring(x) .. helper() .. PRICES.a .. #PRICES.list) for i, v in ipairs(PRICES.list) do bill:memo(i .. '=' .. v) end\n"
  "for k, v in pairs(PRICES) do bill:memo(k) end end)\n"
  "rule 'count' (function(bill) bump() bill:memo(tostring(count)) end)\n"
  "rule 'table' (function(bill) seen[bill.contract] = true end)\n"
  "rule 'deep' (function(bill) PRICES.list[4] = 9 end)\n"
  "rule 'insert' (function(bill) table.insert(PRICES.list, 9) end)\n"
  "rule 'sort' (function(bill) table.sort(PRICES.list, function(a, b) return a > b end) end)\n"
  "rule 'box' (function(bill) box.n = box.n + 1 end)\n"
  "rule 'string' (function(bill) string.upper = string.lower end)\n"
  "rule 'client' (function(bill) bill.client.name = 'Mallory' end)\n"
  "rule 'tags' (function(bill) bill.client.tags[1] = 'x' end)\n"
  "rule 'period' (function(bill) bill.period.to = 'x' end)\n"
  "rule 'env' (function(bill) if y then bill:hold 'leak' end y = 1 _ENV = { z = 1 } end)\n"
  "rule 'float' (function(bill) count = count + 0.0 end)\n"
  "rule 'local' (function(bill) local count = 5 count = count + 1 local t = {} t.x = 1 bill:memo(tostring(count)) end)\n";

static void run_named(rig *r, const char *name)
{
  rig_rule_modules(r, "clients/all.lua", name, sticky, NULL);
  rig_run(r);
}

static void nothing_stays(void **state)
{
  static const char *const refused[][2] = {
    {"table", "clients/all.lua:9: cannot set field \"acme-managed\": what comes from outside the rule is read-only"},
    {"deep", "clients/all.lua:10: cannot set item [4]"}, {"insert", "clients/all.lua:11: cannot set item [4]"}, {"sort", "clients/all.lua:12: cannot set item [1]"},
    {"box", "clients/all.lua:13: cannot set field \"n\""}, {"string", "clients/all.lua:14: cannot set field \"upper\""},
    {"client", "cannot set field \"name\""}, {"tags", "cannot set item [1]"}, {"period", "cannot set field \"to\""},
    {"count", "clients/all.lua:8: the rule that begins here changed \"count\", a local of its file"}, {"float", "changed \"count\""},
  };
  rig r;
  rig_init(&r);
  for (int i = 0; i < 3; i++) {
    run_named(&r, "one");
    rig_ran(&r);
    assert_text(r.rated.memos[0], "5");
    run_named(&r, "two");
    rig_ran(&r);
    assert_text(r.rated.memos[0], "nilh1.003");
    assert_text(r.rated.memos[3], "3=3");
    assert_int_equal(r.rated.memo_count, 6);
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++) {
      run_named(&r, refused[k][0]);
      assert_text(r.rated.hold_reason, "rule-failed");
      assert_holds_text(r.rated.hold_message, refused[k][1]);
    }
    run_named(&r, "env");
    rig_ran(&r);
    run_named(&r, "local");
    rig_ran(&r);
    assert_text(r.rated.memos[0], "6");
  }
  rig_says(&r, "('x'):upper()", "X");
  rig_says(&r, "tostring(x) .. tostring(helper) .. tostring(PRICES)", "nilnilnil");
  rig_dispose(&r);
}

/* A line of an earlier call is dead, wherever it was kept. */
static void old_lines(void **state)
{
  rig r;
  rig_init(&r);
  const char *source = "local kept\nrule 'a' (function(bill) kept = bill:lines() () end)\nrule 'b' (function(bill) return kept.price end)\n";
  rig_rule_modules(&r, "clients/x.lua", "a", source, NULL);
  rig_run(&r);
  assert_holds_text(r.rated.hold_message, "changed \"kept\"");
  rig_rule_modules(&r, "clients/x.lua", "b", source, NULL);
  rig_run(&r);
  assert_holds_text(r.rated.hold_message, "attempt to index a nil value (upvalue 'kept')");
  rig_dispose(&r);
}

/* ---- bundles ---- */
static void run_bundle(rig *r, const char *file, const char *name, const char *source, const char *const *modules)
{
  rig_rule_modules(r, file, name, source, modules);
  rig_run(r);
}

static void bundles(void **state)
{
  static const char *const modules[] = {"tiers", "local M = { step = 10, list = { 1 } }\nlocal calls = 0\nfunction M.of(n) return n // M.step end\n"
    "function M.bump() calls = calls + 1 end\nfunction M.global() leaked = 1 return leaked end\nreturn M", "lib.deep", "return { name = ..., x = require 'tiers'.step }",
    "a", "return require 'b'", "b", "return require 'a'", "broken", "local x = ", "wrong", "error 'at load'", "loop", "while true do end", "nothing", "", "reg",
    "rule 'from-module' (function(bill) bill:memo 'registered' end)", "iter", "return { it = ('abc'):gmatch '.' }", NULL};
  static const char *const good[][2] = {
    {"return function(bill) bill:memo 'ok' end", "ok"}, {"local M = {} function M.discount(bill) bill:memo 'ok' end return M", "ok"},
    {"rule 'discount' (function(bill) bill:memo 'ok' end)", "ok"}, {"\xEF\xBB\xBFreturn function(bill) bill:memo 'ok' end", "ok"},
    {"return function(bill) bill:memo(tostring(require 'tiers'.of(55))) end", "5"},
    {"local t = require 'tiers'\nreturn function(bill) bill:memo(tostring(t == require 'tiers')) end", "true"},
    {"local d = require 'lib.deep'\nreturn function(bill) bill:memo(d.name .. d.x) end", "lib.deep10"},
    {"return function(bill) bill:memo(tostring(require 'nothing')) end", "true"},
    {"return function(bill) require 'tiers'.global() bill:memo(tostring(leaked)) end", "nil"},
    {"client 'x' { name = 'X' } contract 'y' { client = 'x', count = devices { class = 'a' }, p = dec '1', s = secret 'env:X' } tax 'z' {} invoicing { a = 1 } "
     "return function(bill) bill:memo 'ok' end", "ok"},
  };
  static const char *const bad[][2] = {
    {"return function(bill) require 'a' end", "the modules require each other in a circle"}, {"return function(bill) require 'broken' end", "rules/broken.lua:1:"},
    {"return function(bill) require 'wrong' end", "rules/wrong.lua:1: at load"}, {"return function(bill) require 'loop' end", "rules/loop.lua:1: the rule took more than"},
    {"return function(bill) require 'absent' end", "rules/discount.lua:1: require \"absent\": there is no rules/absent.lua"},
    {"return function(bill)\nrequire 'tiers'.step = 5 end", "rules/discount.lua:2: cannot set field \"step\""},
    {"return function(bill) require 'tiers'.list[1] = 5 end", "cannot set item [1]"}, {"return function(bill) require 'tiers'.bump() end", "changed \"calls\""},
    {"local t = require 'tiers'\nt.bump()\nreturn function(bill) end", "rules/discount.lua: the file changed \"calls\", a local of a module"},
    {"return function(bill) require 'iter' end", "an iterator cannot be kept"}, {"local it = ('a'):gmatch '.'\nreturn function(bill) return it() end", "an iterator cannot be kept"},
    {"return 5", "rules/discount.lua: there is no rule \"discount\""}, {"", "there is no rule"}, {"return { other = function() end }", "there is no rule"},
    {"return function(bill", "rules/discount.lua:1: "}, {"\x1bLua", "attempt to load a binary chunk"}, {"error('no', 0)", "no"}, {"error {}", "a table value in place of a message"},
    {"while true do end", "rules/discount.lua:1: the rule took more than"}, {"rule 'x' (function() end) rule 'x' (function() end)", "rule \"x\" is there twice"},
    {"rule 'discount' (5)", "function expected"}, {"return function(bill) rule 'x' (function() end) end", "belongs to the top level of a file"},
    {"local s = {} for i = 1, 1e9 do s[i] = i end", "bytes of memory"}, {"bill:memo 'x'", "attempt to index a nil value (global 'bill')"},
    {"return function(bill) error({ code = 5 }) end", "error(…) with a table value"}, {"return function(bill) error(nil) end", "nil value"},
    {"return function(bill) error(dec '1.5') end", "error(dec \"1.5\")"}, {"return function(bill) error(17) end", "error(17)"},
    {"return function(bill) error(1.5) end", "error(1.5)"}, {"return function(bill) error('\\xff\\xfe') end", "discount"},
  };
  rig r;
  rig_init(&r);
  for (int again = 0; again < 3; again++) {
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
      run_bundle(&r, "rules/discount.lua", "discount", good[i][0], modules);
      rig_ran(&r);
      assert_text(r.rated.memos[0], good[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
      run_bundle(&r, "rules/discount.lua", "discount", bad[i][0], modules);
      assert_text(r.rated.hold_reason, "rule-failed");
      assert_holds_text(r.rated.hold_message, bad[i][1]);
    }
  }
  run_bundle(&r, "clients/a.lua", "from-module", "require 'reg'", modules);
  rig_ran(&r);
  assert_text(r.rated.memos[0], "registered");
  rig_dispose(&r);
}

/* What a module of the bundle or a file does when it is loaded is not counted against the call: the first call is like the others. */
static void first_call_like_the_others(void **state)
{
  static const char *const modules[] = {"m", "for i = 1, 100000 do end\nreturn 1", NULL};
  bh_rule_limits limits = {.instructions_max = 200000};
  rig r;
  rig_init_limits(&r, &limits);
  for (int n = 19990; n < 20010; n++) { /* about where the budget ends, by 10 instructions a step */
    bh_str source = bh_arena_fmt(&r.arena, "return function(bill) require 'm' for i = 1, %d do local a, b, c = i, i, i a = b c = a b = c a = c c = b end end", n);
    run_bundle(&r, "rules/x.lua", "x", source.ptr, modules);
    bh_str first = packed(&r);
    run_bundle(&r, "rules/x.lua", "x", source.ptr, modules);
    assert_true(bh_str_eq(first, packed(&r)));
  }
  rig_dispose(&r);
}

/* One hash is compiled once: what stands behind it is not read again. */
static void cache(void **state)
{
  rig r;
  rig_init(&r);
  rig_ok(&r, "bill:memo 'first'");
  bh_sha hash = r.b.rule_hash;
  rig_rule(&r, "bill:memo 'second'");
  r.b.rule_hash = hash;
  rig_run(&r);
  assert_text(r.rated.memos[0], "first");
  memset(&r.b.rule_hash, 0, sizeof r.b.rule_hash); /* no hash given: worked out */
  rig_run(&r);
  assert_text(r.rated.memos[0], "second");
  /* many rules: the cache empties itself, and each still is what it was */
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 5000; i++) {
      bh_str body = bh_arena_fmt(&r.arena, "bill:memo '%d'", i);
      rig_ok(&r, body.ptr);
      assert_text(r.rated.memos[0], bh_arena_fmt(&r.arena, "%d", i).ptr);
    }
  rig_dispose(&r);
}

/* ---- limits ---- */
static void budget(void **state)
{
  bh_rule_limits limits = {.instructions_max = 50000, .memory_bytes_max = 2 * 1024 * 1024, .lines_max = 20};
  rig r;
  rig_init_limits(&r, &limits);
  rig_fails(&r, "while true do end", "clients/acme.lua:2: the rule took more than 50000 instructions\n  clients/acme.lua:2: in the rule");
  rig_ok(&r, "for i = 1, 20000 do end");
  rig_fails(&r, "for i = 1, 60000 do end", "more than 50000 instructions");
  rig_ok(&r, "for i = 1, 20000 do end"); /* a fresh budget */
  rig_fails(&r, "\n\nlocal s = 'x'\nwhile true do s = s .. s end", "clients/acme.lua:5: the rule needs more than 2097152 bytes of memory\n  clients/acme.lua:5: in the rule");
  rig_fails(&r, "local t = {}\nfor i = 1, 1e9 do\nt[i] = ('0123456789abcdef'):rep(1000) .. i\nend", "clients/acme.lua:4: the rule needs more than");
  rig_fails(&r, "for i = 1, 21 do bill:add { text = 'x', price = 1 } end", "the rule adds more than 20 lines");
  rig_ok(&r, "for i = 1, 20 do bill:add { text = 'x', price = 1 } end");
  rig_fails(&r, "while true do for l in bill:lines() do l.description = ('x'):rep(2000, '') l.description = ('y'):rep(2000) end end", "the rule");
  rig_fails(&r, "local t = {} for i = 1, 40000 do t[i] = i end table.sort(t) table.sort(t)", "instructions");
  rig_fails(&r, "local function f() return f() + 1 end\nf()", "clients/acme.lua:2: ");
  rig_fails(&r, "return ('x'):rep(1 << 40)", "string.rep: the result would be longer than 1048576 bytes");
  rig_says(&r, "#(''):rep(1 << 40)", "0");
  rig_fails(&r, "return (''):rep(1 << 40, 'x')", "string.rep");
  rig_ok(&r, "");
  rig_dispose(&r);
}

/* Memory is judged alike whoever came before. */
static void memory_alone(void **state)
{
  bh_rule_limits limits = {.memory_bytes_max = 4 * 1024 * 1024};
  const char *fits = "local t = {}\nfor i = 1, 3300 do t[i] = ('x'):rep(1000) .. i end";
  const char *too_much = "local t = {}\nfor i = 1, 8000 do t[i] = ('x'):rep(1000) .. i end";
  rig r;
  rig_init_limits(&r, &limits);
  rig_ok(&r, fits);
  for (int i = 0; i < 300; i++) { /* a crowded cache */
    bh_str body = bh_arena_fmt(&r.arena, "local s = '%0*d'", 5000, i);
    rig_ok(&r, body.ptr);
  }
  rig_ok(&r, fits);
  rig_fails(&r, too_much, "clients/acme.lua:3: the rule needs more than 4194304 bytes of memory");
  rig_ok(&r, fits);
  rig_dispose(&r);
}

static void tracebacks(void **state)
{
  rig r;
  rig_init(&r);
  static const char *const modules[] = {"m", "local M = {}\nfunction M.f(x)\n  return x.y.z\nend\nreturn M", NULL};
  run_bundle(&r, "clients/acme.lua", "acme", "local m = require 'm'\nlocal function g(t)\n  local v = m.f(t)\n  return v\nend\nrule 'acme' (function(bill)\n  local v = g({})\nend)", modules);
  assert_text(r.rated.hold_message,
              "rules/m.lua:3: attempt to index a nil value (field 'y')\n  rules/m.lua:3: in field \"f\"\n  clients/acme.lua:3: in upvalue \"g\"\n"
              "  clients/acme.lua:7: in the rule");
  /* long names are whole */
  char file[200];
  snprintf(file, sizeof file, "clients/%0150d.lua", 7);
  run_bundle(&r, file, "x", "return function(bill) return nil + 1 end", NULL);
  assert_holds_text(r.rated.hold_message, bh_arena_fmt(&r.arena, "%s:1: attempt to perform", file).ptr);
  /* deep stacks are cut, long messages too */
  rig_fails(&r, "local function f(n) if n == 0 then error(('ä'):rep(5000)) end f(n - 1) end f(100)", "…");
  assert_holds_text(r.rated.hold_message, "(and more)");
  assert_true(bh_utf8_ok(r.rated.hold_message));
  assert_true(r.rated.hold_message.len < 8192);
  rig_dispose(&r);
}

static void check_syntax(void **state)
{
  bh_error err;
  assert_int_equal(bh_rules_check(BH_S("rules/a.lua"), BH_S("return function(bill) end"), &err), BH_OK);
  assert_int_equal(bh_rules_check(BH_S("rules/a.lua"), BH_S("\xEF\xBB\xBFreturn 1"), &err), BH_OK);
  assert_int_equal(bh_rules_check(BH_S("rules/a.lua"), BH_S("return\nfunction(bill"), &err), BH_E_INVALID);
  assert_string_equal(err.message, "rules/a.lua:2: ')' expected near <eof>");
  assert_int_equal(bh_rules_check(BH_S("rules/a.lua"), BH_S("\x1bLuaT"), &err), BH_E_INVALID);
  assert_int_equal(bh_rules_check(BH_S("rules/a.lua"), BH_S("error 'never run'"), &err), BH_OK);
}

static void no_rule(void **state)
{
  rig r;
  rig_init(&r);
  rig_run(&r);
  rig_ran(&r);
  assert_int_equal(r.rated.line_count, 4);
  rig_dispose(&r);
}

/* What is not there. */
static void absent(void **state)
{
  static const char *const names[] = {"io", "os", "debug", "package", "coroutine", "collectgarbage", "pcall", "xpcall", "load", "loadstring", "loadfile", "dofile",
    "setmetatable", "getmetatable", "rawget", "rawset", "rawequal", "rawlen", "print", "warn", "_G", "_VERSION", "string.dump", "string.pack", "string.unpack",
    "table.move", "table.pack", "math.random", "math.randomseed", "math.sin", "math.exp", "math.log", "utf8.nothing", "unpack", "bill"};
  rig r;
  rig_init(&r);
  for (size_t i = 0; i + 1 < sizeof names / sizeof *names; i++)
    rig_says(&r, names[i], "nil");
  rig_says(&r, "(function() local n = 0 for k in pairs(string) do n = n + 1 end return n end)()", "13");
  rig_says(&r, "('a,b'):gsub(',', ';')", "a;b");
  rig_says(&r, "('k=v'):match '(%w)='", "k");
  rig_dispose(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(same_bytes), cmocka_unit_test(orders), cmocka_unit_test(nothing_stays), cmocka_unit_test(old_lines), cmocka_unit_test(bundles),
    cmocka_unit_test(first_call_like_the_others), cmocka_unit_test(cache), cmocka_unit_test(budget), cmocka_unit_test(memory_alone),
    cmocka_unit_test(tracebacks), cmocka_unit_test(check_syntax), cmocka_unit_test(no_rule), cmocka_unit_test(absent)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

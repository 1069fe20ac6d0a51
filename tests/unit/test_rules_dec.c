/* Decimals in Lua: exact, mixing with integers, never with floats. */
#include "rules_test.h"

static void arithmetic(void **state)
{
  static const char *const cases[][2] = {
    {"dec '12.50'", "12.50"}, {"dec '12.50' + 1", "13.50"}, {"1 + dec '12.50'", "13.50"}, {"dec '0.1' + dec '0.2'", "0.3"},
    {"dec '0.1' + dec '0.2' == dec '0.3'", "true"}, {"dec '1.0' == dec '1.00'", "true"}, {"dec '10' - dec '0.01'", "9.99"},
    {"5 - dec '0.5'", "4.5"}, {"dec '1.25' * 3", "3.75"}, {"3 * dec '1.25'", "3.75"}, {"dec '1' / 3", "0.333333333"}, {"dec '2' / 3", "0.666666667"},
    {"1 / dec '8'", "0.125"}, {"dec '0.0000000005' ~= nil", NULL}, {"dec '0.000000001' / 2", "0"}, {"dec '0.000000003' / 2", "0.000000002"},
    {"-dec '1.5'", "-1.5"}, {"dec '7.5' // 2", "3"}, {"dec '-7.5' // 2", "-4"}, {"dec '7.5' % 2", "1.5"}, {"dec '-7.5' % 2", "0.5"},
    {"dec '2.5':round()", "3"}, {"dec '2.5':round(0, 'half-even')", "2"}, {"dec '-2.5':round()", "-3"}, {"dec '2.345':round(2)", "2.35"},
    {"dec '2':round(2)", "2.00"}, {"dec '-2.345':abs()", "2.345"}, {"dec '-2.345':floor()", "-3"}, {"dec '-2.345':ceil()", "-2"},
    {"dec '2.000':ceil()", "2"}, {"(5):round(2)", "5.00"}, {"dec(7)", "7"}, {"dec(dec '7.10')", "7.10"}, {"'x' .. dec '1.50' .. 'y'", "x1.50y"},
    {"table.concat({ dec '1.50', 2, 'z' }, ',')", "1.50,2,z"}, {"math.max(dec '1.5', 2, dec '1.75')", "2"}, {"math.min(3, dec '2.5')", "2.5"},
    {"math.floor(dec '2.5')", "2"}, {"tonumber(dec '3.00')", "3"}, {"math.type(tonumber(dec '3.00'))", "integer"},
    {"('%s'):format(dec '1.50')", "1.50"}, {"('%.2f'):format(dec '1.005')", "1.01"}, {"('%8.1f|'):format(dec '-1.25')", "    -1.3|"},
    {"('%-6d|'):format(dec '12.00')", "12    |"}, {"('%+d'):format(dec '3')", "+3"}, {"('%%%s%d'):format(dec '1', 2)", "%12"},
    {"('%5s'):format(dec '1.5')", "  1.5"}, {"#dec '100.00':split(3)", "3"}, {"table.concat(dec '100.00':split(3), ' ')", "33.34 33.33 33.33"},
    {"table.concat(dec '-1.00':split(3), ' ')", "-0.34 -0.33 -0.33"}, {"dec '9223372036854775807'", "9223372036854775807"},
  };
  rig r;
  rig_init(&r);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (cases[i][1])
      rig_says(&r, cases[i][0], cases[i][1]);
  rig_dispose(&r);
}

static void comparison(void **state)
{
  rig r;
  rig_init(&r);
  rig_says(&r, "dec '55' > 50", "true");
  rig_says(&r, "50 < dec '50.000000001'", "true");
  rig_says(&r, "dec '50' <= 50 and dec '50' >= 50 and not (dec '50' < 50)", "true");
  rig_says(&r, "9223372036854775807 > dec '9223372036854775806'", "true");
  rig_says(&r, "dec '1' == 1", "false"); /* Lua never asks: two kinds are not equal */
  rig_fails(&r, "return dec '1' < 'x'", "clients/acme.lua:2: \"x\" is a string: write dec \"x\"");
  rig_fails(&r, "return dec '1' < nil", "clients/acme.lua:2: a decimal or an integer was expected, not nil");
  rig_dispose(&r);
}

static void floats(void **state)
{
  rig r;
  rig_init(&r);
  rig_fails(&r, "local a = dec '1'\nreturn a * 0.1", "clients/acme.lua:3: 0.1 is a float, which is not exact: write dec \"0.1\"");
  rig_fails(&r, "return 1.5 + dec '1'", "clients/acme.lua:2: 1.5 is a float");
  rig_fails(&r, "return dec '1' < 2.5", "clients/acme.lua:2: 2.5 is a float");
  rig_fails(&r, "return dec(0.1)", "clients/acme.lua:2: dec: 0.1 is a float");
  rig_fails(&r, "return dec(4 / 2)", "2.0 is a float");
  rig_fails(&r, "for line in bill:lines() do\nline.price = 1.5\nend", "clients/acme.lua:3: line.price: 1.5 is a float");
  rig_fails(&r, "bill:add { text = 'x', price = 0.5 }", "clients/acme.lua:2: bill:add: price: 0.5 is a float");
  rig_fails(&r, "bill:discount { percent = 2.5 }", "bill:discount: percent: 2.5 is a float");
  rig_fails(&r, "bill:add { text = 'x', price = 1, quantity = 0.5 }", "bill:add: quantity: 0.5 is a float");
  rig_fails(&r, "return math.max(dec '1', 0.5)", "0.5 is a float");
  rig_fails(&r, "return '0.1' + 1", "attempt to perform arithmetic on a string value");
  rig_dispose(&r);
}

static void mistakes(void **state)
{
  static const char *const cases[][2] = {
    {"return dec '1,5'", "\"1,5\" is no decimal"}, {"return dec '1.0000000001'", "at most 9 decimals"}, {"return dec ''", "is no decimal"},
    {"return dec '1e3'", "is no decimal"}, {"return dec {}", "a decimal or an integer was expected, not table"}, {"return dec()", "bad argument #1 to 'dec'"},
    {"return dec '9223372036854775807' + 1", "too large for a decimal"}, {"return dec '9223372036854775807' * 2", "too large"},
    {"return dec '1' / 0", "division by zero"}, {"return dec '1' // 0", "division by zero"}, {"return dec '1' % dec '0.00'", "division by zero"},
    {"return dec '1':round(10)", "0 to 9 decimals were expected, not 10"}, {"return dec '1':round(2, 'up')", "invalid option 'up'"},
    {"return dec '1':split(0)", "1 to 10000 parts"}, {"return dec '1':split(1e9)", "parts"}, {"return dec '1' ^ 2", "no ^"},
    {"return dec '1' .. {}", "not with table"}, {"return ('%d'):format(dec '1.5')", "whole number"}, {"return ('%x'):format(dec '1')", "%s, %d or %f"},
    {"return tonumber(dec '1.5')", "round it first"}, {"local d = dec '1'\nd.x = 1", "attempt to index a decimal value"}, {"return dec '1' + bill", "not bill"},
    {"return dec '9223372036854775807':round(9)", "too large"}, {"return -dec '-9223372036854775808'", "too large"},
  };
  rig r;
  rig_init(&r);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    rig_fails(&r, cases[i][0], cases[i][1]);
  rig_dispose(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(arithmetic), cmocka_unit_test(comparison), cmocka_unit_test(floats), cmocka_unit_test(mistakes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

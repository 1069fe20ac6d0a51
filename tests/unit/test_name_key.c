/* Names of companies as `map` compares them. */
#include "batch/name_key.h"
#include "test_util.h"

static bh_arena arena;

static const char *key(const char *name)
{
  bh_name_key k;
  bh_name_key_of(&k, &arena, bh_str_c(name));
  return k.key.ptr;
}

static void one_key(void **state)
{
  static const char *const same[][2] = {
    {"acmedental", "Acme Dental"}, {"acmedental", "ACME DENTAL, Inc."}, {"acmedental", "acme-dental"}, {"acmedental", "The Acme Dental Company, LLC"},
    {"acmedental", "Acme Dental Pty. Ltd."}, {"acmedental", "Acme Dental L.L.C."}, {"acmedental", "  Acme   Dental  "}, {"acmedental", "Acme & Dental"},
    {"acmedental", "Acme Dental S.A. de C.V."}, {"acmedental", "Acme Dental A/S"}, {"acmedental", "Acme Dental Sp. z o.o."}, {"acmedental", "Acme Dental Sdn Bhd"},
    {"muellersoehne", "M\xc3\xbcller & S\xc3\xb6hne GmbH & Co. KG"}, {"muellersoehne", "MUELLER und SOEHNE"}, {"cafezoe", "Caf\xc3\xa9 Zo\xc3\xa9 SARL"},
    {"cafezoe", "Cafe\xcc\x81 Zoe\xcc\x81"}, {"joesgarage", "Joe\xe2\x80\x99s Garage"}, {"joesgarage", "JOE'S GARAGE B.V."}, {"lodz", "\xc5\x81\xc3\xb3" "d\xc5\xba"},
    {"\xd0\xbc\xd0\xb8\xd1\x80", "\xd0\x9c\xd0\x98\xd0\xa0"}, {"ag", "AG"}, {"inc", "Inc."}, {"", ""}, {"", "..."}, {"3m", "3M"}};
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
    if (strcmp(key(same[i][1]), same[i][0]) != 0)
      fail_msg("\"%s\" is \"%s\", expected \"%s\"", same[i][1], key(same[i][1]), same[i][0]);
}

static void other_keys(void **state)
{
  assert_string_not_equal(key("Acme Dental North"), key("Acme Dental"));
  assert_string_not_equal(key("Acme Holding"), key("Acme"));
}

static const char *domain(const char *s)
{
  return bh_domain_of(&arena, bh_str_c(s)).ptr;
}

static void domains(void **state)
{
  assert_string_equal(domain("ap@Acme.Example"), "acme.example");
  assert_string_equal(domain("www.acme.example"), "acme.example");
  assert_string_equal(domain("https://acme.example"), "acme.example");
  assert_string_equal(domain("acme.example"), "acme.example");
  assert_string_equal(domain("bob@gmail.com"), "");
  assert_string_equal(domain("localhost"), "");
  assert_string_equal(domain("Acme Dental"), "");
  assert_string_equal(domain(""), "");
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(one_key), cmocka_unit_test(other_keys), cmocka_unit_test(domains)};
  bh_arena_init(&arena);
  int failed = cmocka_run_group_tests(tests, NULL, NULL);
  bh_arena_dispose(&arena);
  return failed;
}

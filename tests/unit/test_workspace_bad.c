/* Every mistake by its exact words: one row, one workspace, all that is said about it. */
#include "workspace_fixture.h"
#include <stdlib.h>

typedef struct row { const char *file, *text, *said; } row;

#define CLIENT "client \"x\" {}\n"
#define LINES(l) CLIENT "contract \"k\" { client = \"x\", starts = \"2026-01-01\", lines = { " l " } }\n"
#define KEYS(k) CLIENT "contract \"k\" { client = \"x\", starts = \"2026-01-01\", lines = { { \"care\" } }, " k " }\n"
#define COMPANY "company { name = \"N\", currency = \"USD\" }\n"
#define XLUA "clients/x.lua"
#define XJSON "clients/x.jsonl"
#define BOOK "pricebook.lua"
#define CONFIG "billhook.lua"

static const row rows[] = {
#include "workspace_bad_rows.h"
};

static void each_row(void **state) {
  bool show = getenv("BH_SHOW") != NULL;
  size_t failed = 0;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    fx f;
    fx_open(&f, (fx_file[]){{rows[i].file, rows[i].text}, {NULL, NULL}});
    if (strcmp(f.text, rows[i].said) != 0) {
      failed++;
      if (show) print_message("%s\n", f.text);
      else print_error("row %zu: %s\n  said:     %s\n  expected: %s\n", i, rows[i].text, f.text, rows[i].said);
    }
    fx_close(&f);
  }
  assert_int_equal(failed, 0);
}

/* A thousand are kept, all are counted. */
static void many_mistakes(void **state) {
  bh_mistakes m;
  bh_mistakes_init(&m);
  for (int i = 0; i < 1500; i++) bh_mistake_add(&m, BH_S("f"), i, BH_S("p"), "m");
  assert_int_equal(m.count, 1000);
  assert_int_equal(m.total, 1500);
  bh_mistakes_dispose(&m);
}

static void a_line_of_more_than_a_mebibyte(void **state) {
  size_t n = (1 << 20) + 100000;
  char *text = malloc(n + 200);
  assert_non_null(text);
  size_t at = (size_t)snprintf(text, 100, "{\"type\":\"client\",\"id\":\"a\"}\n{\"type\":\"client\",\"id\":\"b\",\"note\":\"");
  memset(text + at, 'x', n);
  snprintf(text + at + n, 100, "\"}\n{\"type\":\"client\",\"id\":\"c\",\"nam\":1}\n");
  fx f;
  fx_open(&f, (fx_file[]){{XJSON, text}, {NULL, NULL}});
  assert_string_equal(f.text, "clients/x.jsonl:2: a line of more than 1 MiB\nclients/x.jsonl:3: client \"c\": nam: unknown key; did you mean \"name\"?");
  fx_close(&f);
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(each_row), cmocka_unit_test(many_mistakes), cmocka_unit_test(a_line_of_more_than_a_mebibyte)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

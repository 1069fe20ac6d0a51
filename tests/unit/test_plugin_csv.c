/* The csv connector through its worker: what good files bring, and what each kind of malformed row says. */
#include "plugin_test.h"

static bh_plugin_set *set;

static int find(void **state)
{
  return bh_plugins_find(&set, NULL, NULL, false, NULL) == BH_OK ? 0 : -1;
}

static int forget(void **state)
{
  bh_plugins_free(set);
  return 0;
}

static bh_pull_job pull_path(test_sink *s, const char *path)
{
  const bh_pull_option option = {BH_S("path"), bh_str_c(path), false};
  test_sink_init(s);
  bh_pull_job j = {.name = BH_S("sheet"), .plugin = bh_plugins_get(set, BH_S("csv")), .options = &option, .option_count = 1,
    .workspace_dir = bh_str_c(test_dir), .timezone = BH_S("UTC"), .day = bh_day_make(2026, 11, 22), .ctx = s, .timeout_s = 60, .cursor = {"", 0}};
  assert_int_equal(bh_pull_run(&j, 1, &test_pull_sink, NULL, NULL), BH_OK);
  j.options = NULL;
  return j;
}

static bh_pull_job pull(test_sink *s) { return pull_path(s, "counts/"); }

static int make(void **state)
{
  return test_dir_make(state) || mkdir(test_path("counts"), 0700);
}

static void put(const char *name, const char *text)
{
  char path[64];
  snprintf(path, sizeof path, "counts/%s", name);
  test_write(path, text, strlen(text));
}

static void expect(const char *text)
{
  test_sink s;
  bh_pull_job j = pull(&s);
  if (j.status)
    fail_msg("%s", j.error.message);
  assert_str(bh_buf_str(&s.text), text);
  bh_buf_dispose(&s.text);
}

static void test_all_files(void **state)
{
  put("assets.csv", "\xEF\xBB\xBF" "client,kind,class,id,name,from,to,site,serial\r\n"
                    "acme,device,server,1,\"SRV, \"\"main\"\"\",2026-01-01,,Albany,\r\n"
                    "acme,user,,u1,Ann,2026-02-01,2026-02-28,,S-1\r\n"
                    "\r\n"
                    "zenith,device,workstation,7,\"two\nlines\",2026-03-01,2026-03-01,Troy,S-2");
  put("gauges.csv", "value,metric,client,date\n42,m365.SPB,acme,2026-11-01\n41.5,m365.SPB,zenith,2026-11-02\n");
  put("usage.csv", "date,client,metric,quantity,id,description,agent\n2026-11-03,acme,gb,12.500000,r1,\"Backup\",bob\n");
  put("charges.csv", "date,client,id,product,description,quantity,unit_price,cost,po,contract\n"
                     "2026-11-04,acme,c1,onsite-day,,1,,,PO-1,k1\n2026-11-05,acme,c2,,Cable,3,9.99,4.123456789,,\n");
  expect("client acme\n"
         "asset 0 acme device server 1 \"SRV, \"main\"\" 2026-01-01 max {\"site\":\"Albany\"}\n"
         "asset 0 acme user  u1 \"Ann\" 2026-02-01 2026-02-28 {\"serial\":\"S-1\"}\n"
         "client zenith\n"
         "asset 0 zenith device workstation 7 \"two\nlines\" 2026-03-01 2026-03-01 {\"serial\":\"S-2\",\"site\":\"Troy\"}\n"
         "scope * * complete\n"
         "gauge acme m365.SPB 2026-11-01 42\n"
         "gauge zenith m365.SPB 2026-11-02 41.5\n"
         "usage acme gb r1 2026-11-03 12.500000 \"Backup\" {\"agent\":\"bob\"}\n"
         "charge acme c1 onsite-day \"\" 2026-11-04 1 - - PO-1 k1\n"
         "charge acme c2  \"Cable\" 2026-11-05 3 9.99 4.123456789  \n");
}

static void test_dated(void **state)
{
  put("assets.csv", "date,client,kind,class,id,name\n2026-11-01,acme,device,server,1,A\n2026-11-08,acme,device,server,1,A\n");
  expect("client acme\nasset 2 acme device server 1 \"A\" 2026-11-01 max {}\nasset 2 acme device server 1 \"A\" 2026-11-08 max {}\n"
         "scope * * complete\n");
}

static void test_header_only(void **state)
{
  put("assets.csv", "client,kind,class,id,name,from,to\n");
  expect("scope * * complete\n");
}

/* Ids from content: the same in another order, told apart by their number among equals. */
static void test_derived_ids(void **state)
{
  test_sink a, b;
  put("usage.csv", "date,client,metric,quantity\n2026-11-03,acme,gb,1.50\n2026-11-03,acme,gb,1.5\n2026-11-04,acme,gb,2\n");
  bh_pull_job j = pull(&a);
  assert_int_equal(j.status, BH_OK);
  put("usage.csv", "client,metric,date,quantity\nacme,gb,2026-11-04,2.0\nacme,gb,2026-11-03,1.5\nacme,gb,2026-11-03,1.5\n");
  j = pull(&b);
  assert_int_equal(j.status, BH_OK);
  static const char *const tails[] = {"-1 2026-11-03", "-2 2026-11-03", "-1 2026-11-04"};
  char *next = a.text.ptr, *ids[3];
  bh_buf_putc(&b.text, 0);
  for (int i = -1; i < 3; i++) {
    char *line = next, *end = strchr(line, '\n');
    assert_non_null(end);
    *end = 0;
    next = end + 1;
    if (i < 0) continue; /* the client */
    assert_non_null(strstr(line, "usage acme gb row-"));
    assert_non_null(strstr(line, tails[i]));
    ids[i] = strstr(line, "row-");
    ids[i][strcspn(ids[i], " ")] = 0;
    assert_non_null(strstr(b.text.ptr, ids[i]));
  }
  assert_string_not_equal(ids[0], ids[1]);
  bh_buf_dispose(&a.text);
  bh_buf_dispose(&b.text);
}

#define A "client,kind,class,id,name,from,to\n"
#define G "date,client,metric,value\n"
#define U "date,client,metric,quantity,id,description\n"
#define C "date,client,id,product,description,quantity,unit_price,cost,po,contract\n"
static const struct { const char *file, *text, *says; } bad[] = {
  {"assets.csv", "", "assets.csv:1: the file is empty"},
  {"assets.csv", "client,kind,class,name,from,to\n", "assets.csv:1: the column \"id\" is missing"},
  {"assets.csv", "client,kind,class,id,name\n", "assets.csv:1: the header must have the columns from and to, or the column date"},
  {"assets.csv", "client,kind,class,id,name,from,to,date\n", "or the column date"},
  {"assets.csv", "client,kind,class,id,name,from,to,client\n", "assets.csv:1: column 8: the header has this column twice"},
  {"assets.csv", "client,kind,class,id,,from,to\n", "assets.csv:1: column 5: the header has a column without a name"},
  {"assets.csv", A "acme,device,server,1,A,2026-01-01,\nacme,device,server,2,B,2026-02-30,\n", "assets.csv:3: column 6 (from): \"2026-02-30\" is not a date"},
  {"assets.csv", A "acme,device,server,1,A,,\n", "assets.csv:2: column 6 (from): must not be empty"},
  {"assets.csv", A ",device,server,1,A,2026-01-01,\n", "assets.csv:2: column 1 (client): must not be empty"},
  {"assets.csv", A "acme,,server,1,A,2026-01-01,\n", "assets.csv:2: column 2 (kind): must not be empty"},
  {"assets.csv", A "acme,device,server,,A,2026-01-01,\n", "assets.csv:2: column 4 (id): must not be empty"},
  {"assets.csv", A "acme,device,server,1,A,2026-02-01,2026-01-31\n", "assets.csv:2: column 7 (to): \"2026-01-31\" lies before from"},
  {"assets.csv", A "acme,device,server,1,A,2026-1-1,\n", "column 6 (from): \"2026-1-1\" is not a date"},
  {"assets.csv", A "acme,device,server,1,A,01/02/2026,\n", "column 6 (from)"},
  {"assets.csv", A "acme,device,server,1,A,2026-01-01\n", "assets.csv:2: column 6: the row has 6 columns, and the header has 7"},
  {"assets.csv", A "acme,device,server,1,A,2026-01-01,,\n", "assets.csv:2: column 8: the row has 8 columns, and the header has 7"},
  {"assets.csv", A "acme,device,server,1,\"A\nB\",2026-01-01,\nacme,device,server,2,A,x,\n", "assets.csv:4: column 6 (from)"},
  {"assets.csv", A "acme,device,server,1,\"A,2026-01-01,\n", "assets.csv:2: column 5 (name): the file ends inside a quoted value"},
  {"assets.csv", A "acme,device,server,1,\"A\"B,2026-01-01,\n", "assets.csv:2: column 5 (name): text stands behind the closing quote"},
  {"assets.csv", A "acme,device,server,1,A\"B,2026-01-01,\n", "assets.csv:2: column 5 (name): a quote stands inside a value"},
  {"assets.csv", A "acme,device,server,1,A\xff,2026-01-01,\n", "assets.csv:2: column 5 (name): is not UTF-8"},
  {"assets.csv", A "acme,device,server,1,A,2026-01-01,\racme", "a carriage return stands without its line feed"},
  {"gauges.csv", "date,client,metric\n", "gauges.csv:1: the column \"value\" is missing"},
  {"gauges.csv", G "2026-11-01,acme,m,\n", "gauges.csv:2: column 4 (value): must not be empty"},
  {"gauges.csv", G "2026-11-01,acme,m,\"4,2\"\n", "gauges.csv:2: column 4 (value): \"4,2\" is not a number"},
  {"gauges.csv", G "2026-11-01,acme,m,1e3\n", "column 4 (value)"},
  {"gauges.csv", G "2026-11-01,acme,m,-1\n", "gauges.csv:2: column 4 (value): \"-1\" is below zero"},
  {"gauges.csv", G "2026-11-01,acme,m,1.1234567\n", "with at most 6 decimals"},
  {"gauges.csv", G "2026-11-01,acme,m,99999999999999999999\n", "column 4 (value)"},
  {"gauges.csv", G "2026-11-01,,m,1\n", "gauges.csv:2: column 2 (client): must not be empty"},
  {"gauges.csv", G ",acme,m,1\n", "gauges.csv:2: column 1 (date): must not be empty"},
  {"usage.csv", U "2026-11-01,acme,gb,-3,1,\n", "usage.csv:2: column 4 (quantity): \"-3\" is below zero"},
  {"usage.csv", U "2026-11-01,acme,gb,,1,\n", "usage.csv:2: column 4 (quantity): must not be empty"},
  {"usage.csv", U "2026-11-01,acme,,3,1,\n", "usage.csv:2: column 3 (metric): must not be empty"},
  {"usage.csv", U "2026-11-01,acme,gb,.5,1,\n", "column 4 (quantity)"},
  {"charges.csv", C "2026-11-01,acme,1,,,1,9.99,,,\n", "charges.csv:2: column 3 (id): \"1\" has neither a product nor a description"},
  {"charges.csv", C "2026-11-01,acme,1,,Cable,1,,,,\n", "charges.csv:2: column 7 (unit_price): must not be empty where there is no product"},
  {"charges.csv", C "2026-11-01,acme,,p,,1,1,,,\n", "charges.csv:2: column 3 (id): must not be empty"},
  {"charges.csv", C "2026-11-01,acme,1,p,,1,$1,,,\n", "charges.csv:2: column 7 (unit_price): \"$1\" is not a number"},
  {"charges.csv", C "2026-11-01,acme,1,p,,1,1,1.0123456789,,\n", "charges.csv:2: column 8 (cost)"},
};

static void test_malformed(void **state)
{
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    test_sink s;
    put(bad[i].file, bad[i].text);
    bh_pull_job j = pull(&s);
    if (j.status != BH_E_INVALID || !strstr(j.error.message, bad[i].says) || strncmp(j.error.message, "connector \"sheet\": pull: ", 25) != 0)
      fail_msg("row %zu: \"%s\" does not say \"%s\"", i, j.error.message, bad[i].says);
    unlink(test_path("counts/assets.csv"));
    unlink(test_path("counts/gauges.csv"));
    unlink(test_path("counts/usage.csv"));
    unlink(test_path("counts/charges.csv"));
    bh_buf_dispose(&s.text);
  }
}

static void test_folders(void **state)
{
  static const struct { const char *path, *says; } rows[] = {
    {"counts/", "the folder \"counts/\" has none of assets.csv"}, {"nowhere", "has none of"}, {"../", "leads out of the workspace"},
    {"/etc", "is not inside the workspace"}, {"link", "leads out of the workspace"}, {"counts/../../", "leads out of the workspace"},
  };
  assert_int_equal(symlink("/etc", test_path("link")), 0);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    test_sink s;
    bh_pull_job j = pull_path(&s, rows[i].path);
    if (j.status != BH_E_INVALID || !strstr(j.error.message, rows[i].says))
      fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].path, j.error.message, rows[i].says);
    bh_buf_dispose(&s.text);
  }
  test_sink s;
  char absolute[PATH_MAX];
  snprintf(absolute, sizeof absolute, "%s", test_path("counts"));
  put("assets.csv", A);
  bh_pull_job j = pull_path(&s, absolute);
  assert_int_equal(j.status, BH_OK);
  bh_buf_dispose(&s.text);
}

/* Enough to fill many frames. */
static void test_large(void **state)
{
  enum { ROWS = 60000 };
  bh_buf b;
  test_sink s;
  bh_buf_init(&b, 64 << 20);
  bh_buf_putz(&b, A);
  for (int i = 0; i < ROWS; i++)
    bh_buf_fmt(&b, "client-%d,device,server,id-%d,Name of it,2026-01-01,\r\n", i % 700, i);
  test_write("counts/assets.csv", b.ptr, b.len);
  bh_pull_job j = pull(&s);
  if (j.status)
    fail_msg("%s", j.error.message);
  assert_int_equal(s.count, ROWS + 700 + 1);
  bh_buf_dispose(&b);
  bh_buf_dispose(&s.text);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_all_files, make, test_dir_remove), cmocka_unit_test_setup_teardown(test_dated, make, test_dir_remove),
    cmocka_unit_test_setup_teardown(test_header_only, make, test_dir_remove), cmocka_unit_test_setup_teardown(test_derived_ids, make, test_dir_remove),
    cmocka_unit_test_setup_teardown(test_malformed, make, test_dir_remove), cmocka_unit_test_setup_teardown(test_folders, make, test_dir_remove),
    cmocka_unit_test_setup_teardown(test_large, make, test_dir_remove)};
  return cmocka_run_group_tests(tests, find, forget);
}

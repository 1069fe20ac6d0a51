/* JSON: reading, its mistakes and where they are, canonical writing, the straight writer, the tree. */
#include "base/date.h"
#include "base/json.h"
#include "test_util.h"
#include <stdlib.h>

static bh_arena arena;

static bh_node *parse(bh_str text)
{
  bh_node *n = NULL;
  bh_error err;
  if (bh_json_parse(&n, &arena, text, NULL, &err))
    fail_msg("%.*s: %s", BH_STR_ARG(text), err.message);
  return n;
}

static void assert_canonical(bh_str text, bh_str expected)
{
  bh_buf out;
  bh_buf_init(&out, 1 << 20);
  bh_json_write(&out, parse(text));
  assert_false(out.failed);
  if (!bh_str_eq(bh_buf_str(&out), expected))
    fail_msg("%.*s: got %.*s", BH_STR_ARG(text), BH_STR_ARG(bh_buf_str(&out)));
  bh_buf_dispose(&out);
}

static void test_kinds(void **state)
{
  bh_node *n = parse(BH_S(" {\"a\": null, \"b\": [true, false, 7, -7, 1.50, 1e3, \"x\\u00e4\\n\\/\"], \"c\": {}, \"d\": []} "));
  assert_int_equal(n->kind, BH_NODE_TABLE);
  assert_int_equal(n->field_count, 4);
  assert_false(n->is_array);
  assert_int_equal(bh_node_get(n, "a")->kind, BH_NODE_NULL);
  assert_true(bh_node_has(n, "a"));
  assert_false(bh_node_has(n, "z"));
  assert_null(bh_node_get(NULL, "a"));
  bh_node *b = bh_node_get(n, "b");
  assert_true(b->is_array);
  assert_int_equal(b->item_count, 7);
  assert_true(b->items[0]->boolean);
  assert_false(b->items[1]->boolean);
  assert_int_equal(b->items[2]->integer, 7);
  assert_int_equal(b->items[3]->integer, -7);
  assert_str(b->items[3]->text, "-7");
  assert_int_equal(b->items[4]->kind, BH_NODE_FLOAT);
  assert_str(b->items[4]->text, "1.50");
  assert_int_equal(b->items[5]->kind, BH_NODE_FLOAT);
  assert_str(b->items[5]->text, "1e3");
  assert_str(b->items[6]->text, "x\xC3\xA4\n/");
  assert_false(bh_node_get(n, "c")->is_array);
  assert_true(bh_node_get(n, "d")->is_array);
  assert_str(n->fields[2].key, "c");
  assert_string_equal(n->fields[2].key.ptr, "c"); /* with its NUL */
}

static void test_numbers(void **state)
{
  static const struct { const char *text; bh_node_kind kind; int64_t value; } cases[] = {
    {"0", BH_NODE_INT, 0}, {"-0", BH_NODE_INT, 0}, {"9223372036854775807", BH_NODE_INT, INT64_MAX}, {"-9223372036854775808", BH_NODE_INT, INT64_MIN},
    {"9223372036854775808", BH_NODE_FLOAT, 0}, {"-9223372036854775809", BH_NODE_FLOAT, 0}, {"99999999999999999999999999", BH_NODE_FLOAT, 0},
    {"0.0", BH_NODE_FLOAT, 0}, {"1E5", BH_NODE_FLOAT, 0}, {"1e-400", BH_NODE_FLOAT, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bh_node *n = parse(bh_str_c(cases[i].text));
    assert_int_equal(n->kind, cases[i].kind);
    assert_str(n->text, cases[i].text);
    if (n->kind == BH_NODE_INT)
      assert_true(n->integer == cases[i].value);
  }
}

static void test_mistakes(void **state)
{
  static const struct { bh_str text; size_t column; const char *words; } cases[] = {
    {{"", 0}, 1, ""}, {{"  ", 2}, 3, ""}, {{"{", 1}, 2, "EOF"}, {{"[1,", 3}, 4, "EOF"}, {{"\"abc", 4}, 5, ""}, {{"{\"a\"", 4}, 5, ""}, {{"12e", 3}, 4, ""},
    {{"[1,]", 4}, 4, ""}, {{"{\"a\":1,}", 8}, 8, ""}, {{"{a:1}", 5}, 2, ""}, {{"{\"a\" 1}", 7}, 6, ""}, {{"[1 2]", 5}, 4, ""}, {{"]", 1}, 1, ""},
    {{"{} {}", 5}, 4, "trailing"}, {{"1 2", 3}, 3, "trailing"}, {{"null x", 6}, 6, ""}, {{"01", 2}, 1, ""}, {{"+1", 2}, 1, ""}, {{".5", 2}, 1, ""}, {{"'a'", 3}, 1, ""},
    {{"// c\n1", 6}, 1, ""}, {{"NaN", 3}, 1, ""}, {{"\xEF\xBB\xBF{}", 5}, 1, ""}, {{"[\"a\tb\"]", 7}, 4, ""}, {{"[\"\\x\"]", 6}, 4, ""}, {{"[1,\0]", 5}, 4, "NUL"},
    {{"[\"\xC3(\"]", 6}, 3, "UTF-8"}, {{"[\"\xED\xA0\x80\"]", 7}, 3, "UTF-8"}, {{"[\"\xC0\x80\"]", 6}, 3, "UTF-8"}, {{"\"\xF4\x90\x80\x80\"", 6}, 2, "UTF-8"},
    {{"[\"\\u0000\"]", 10}, 3, "u0000"}, {{"[\"\\ud800\"]", 10}, 3, "first half"}, {{"[\"\\ud800\\u0041\"]", 16}, 3, "first half"}, {{"[\"\\udc00\"]", 10}, 3, "second half"},
    {{"[\"\\ud83d\\ude00\\udE00\"]", 22}, 15, "second half"},
    {{"{\"a\":1,\"b\":2,\"a\":3}", 19}, 14, "\"a\""}, {{"{\"a\":1,\"\\u0061\":3}", 18}, 8, "twice"}, {{"{\"\":1,\"\":3}", 11}, 7, "twice"},
    {{"[{\"x\":{\"k\":1,\"k\":1}}]", 21}, 14, "\"k\""}, {{"{\"a\\\"\":1,\"a\\\"\":3}", 17}, 10, "twice"}, {{"[tru]", 5}, 5, ""}, {{"[-x]", 4}, 3, "number"}, {{"[1.]", 4}, 4, "number"}, {{"[1ex]", 5}, 4, "number"}, {{"[@]", 3}, 2, ""}, {{"[\"\\u12x4\"]", 10}, 7, "hex"},
     {{"[\"a\" \"bc\"]", 10}, 6, ""}, {{"[1 true]", 8}, 4, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    bh_node *n;
    bh_error err;
    size_t column = 0;
    if (bh_json_parse(&n, &arena, cases[i].text, &column, &err) != BH_E_INVALID)
      fail_msg("%.*s was taken", BH_STR_ARG(cases[i].text));
    char prefix[32];
    snprintf(prefix, sizeof prefix, "column %zu: ", cases[i].column);
    if (column != cases[i].column || strncmp(err.message, prefix, strlen(prefix)) || !strstr(err.message, cases[i].words))
      fail_msg("%.*s: %s, expected column %zu and \"%s\"", BH_STR_ARG(cases[i].text), err.message, cases[i].column, cases[i].words);
    assert_null(strchr(err.message, '\n'));
    assert_int_equal(bh_json_parse(&n, &arena, cases[i].text, NULL, NULL), BH_E_INVALID);
  }
}

static void test_depth(void **state)
{
  char text[201];
  bh_node *n;
  bh_error err;
  size_t column;
  for (size_t depth = 1; depth <= 100; depth++) {
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    bh_status rc = bh_json_parse(&n, &arena, (bh_str){text, 2 * depth}, &column, &err);
    assert_int_equal(rc, depth <= 64 ? BH_OK : BH_E_INVALID);
    if (rc)
      assert_int_equal(column, 65);
  }
}

/* Objects and arrays that outgrow the reader's stack, and duplicates in them. */
static void test_large(void **state)
{
  bh_buf b;
  bh_buf_init(&b, 1 << 24);
  for (int variant = 0; variant < 3; variant++) {
    bh_buf_clear(&b);
    bh_buf_putz(&b, "{\"list\":[");
    for (int i = 0; i < 3000; i++)
      bh_buf_fmt(&b, "%s{\"id\":%d}", i ? "," : "", i);
    bh_buf_putz(&b, "],\"map\":{");
    for (int i = 0; i < 3000; i++)
      bh_buf_fmt(&b, "%s\"key-%d\":%d", i ? "," : "", variant && i == 2999 ? (variant == 1 ? 3 : 2998) : i, i);
    bh_buf_putz(&b, "}}");
    bh_node *n;
    bh_error err;
    size_t column;
    bh_status rc = bh_json_parse(&n, &arena, bh_buf_str(&b), &column, &err);
    if (variant) {
      assert_int_equal(rc, BH_E_INVALID);
      assert_non_null(strstr(err.message, variant == 1 ? "\"key-3\"" : "\"key-2998\""));
      assert_memory_equal(b.ptr + column - 1, "\"key-", 5);
      assert_true(column > b.len - 30); /* the second one */
      continue;
    }
    assert_int_equal(rc, BH_OK);
    bh_node *list = bh_node_get(n, "list"), *map = bh_node_get(n, "map");
    assert_int_equal(list->item_count, 3000);
    assert_int_equal(bh_node_get(list->items[2999], "id")->integer, 2999);
    assert_int_equal(map->field_count, 3000);
    assert_int_equal(bh_node_get(map, "key-2999")->integer, 2999);
    bh_node_set(&arena, map, BH_S("key-7"), list);
    assert_int_equal(map->field_count, 3000);
    bh_node_set(&arena, map, BH_S("more"), list);
    assert_int_equal(map->field_count, 3001);
    assert_ptr_equal(bh_node_get(map, "more"), list);
    assert_int_equal(bh_node_get(map, "key-2998")->integer, 2998);
  }
  bh_buf_dispose(&b);
}

static void test_canonical(void **state)
{
  static const struct { const char *text, *canonical; } cases[] = {
    {" { \"b\" : 1 , \"a\" : [ 1 , 2 ] } ", "{\"a\":[1,2],\"b\":1}"}, {"{}", "{}"}, {"[]", "[]"}, {"[{}]", "[{}]"}, {"-0", "0"}, {"1.50", "1.50"},
    {"{\"aa\":1,\"a\":2,\"\":3,\"A\":4}", "{\"\":3,\"A\":4,\"a\":2,\"aa\":1}"},
    /* RFC 8785, 3.2.2.2: escapes. */
    {"\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"", "\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""},
    {"\"\\b\\t\\n\\f\\r\\u0001\\u001f\\u007f\"", "\"\\b\\t\\n\\f\\r\\u0001\\u001f\x7F\""}, {"\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""},
    /* RFC 8785, 3.2.3: the order. */
    {"{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\","
     "\"\\u0080\":\"Control\",\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
     "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\",\"\xC3\xB6\":\"Latin Small Letter O With Diaeresis\",\"\xE2\x82\xAC\":\"Euro Sign\","
     "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\",\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}"},
    {"{\"\\ue000\":1,\"\\ud83d\\ude01\":2,\"\\ud83d\\ude00\":3,\"\\ud7ff\":4,\"\\uffff\":5}",
     "{\"\xED\x9F\xBF\":4,\"\xF0\x9F\x98\x80\":3,\"\xF0\x9F\x98\x81\":2,\"\xEE\x80\x80\":1,\"\xEF\xBF\xBF\":5}"},
    {"{\"x\\ue000\":1,\"x\":2}", "{\"x\":2,\"x\xEE\x80\x80\":1}"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_canonical(bh_str_c(cases[i].text), bh_str_c(cases[i].canonical));
    assert_canonical(bh_str_c(cases[i].canonical), bh_str_c(cases[i].canonical));
  }
}

/* Large objects take another way to be sorted: any order of keys gives the same text. */
static void test_canonical_shuffled(void **state)
{
  uint64_t seed = 3;
  bh_buf first, b;
  bh_buf_init(&first, 1 << 20);
  bh_buf_init(&b, 1 << 20);
  for (int n = 2; n <= 130; n += 16) {
    bh_buf_clear(&first);
    for (int round = 0; round < 10; round++) {
      int order[130];
      for (int i = 0; i < n; i++) {
        int64_t k = test_random_below(&seed, i + 1);
        order[i] = order[k];
        order[k] = i;
      }
      bh_node *t = bh_node_new(&arena, BH_NODE_TABLE);
      for (int i = 0; i < n; i++) {
        char key[16];
        int len = snprintf(key, sizeof key, "k%d", order[i]);
        bh_node_add(&arena, t, (bh_str){key, (size_t)len}, bh_node_str(&arena, (bh_str){key, (size_t)len}));
      }
      bh_buf *out = round ? &b : &first;
      bh_buf_clear(&b);
      bh_json_write(out, t);
      if (round)
        assert_true(bh_str_eq(bh_buf_str(&b), bh_buf_str(&first)));
      assert_true(bh_node_equal(t, parse(bh_buf_str(&first))));
    }
  }
  bh_buf_dispose(&b);
  bh_buf_dispose(&first);
}

static void test_trees(void **state)
{
  bh_buf out;
  bh_buf_init(&out, 10000);
  bh_node *t = bh_node_new(&arena, BH_NODE_TABLE);
  bh_json_write(&out, t);
  bh_node_push(&arena, t, bh_node_str(&arena, BH_S("first")));
  bh_json_write(&out, t);
  bh_node_set(&arena, t, BH_S("0"), bh_node_new(&arena, BH_NODE_OPAQUE));
  bh_node_set(&arena, t, BH_S("name"), bh_node_str(&arena, BH_S("x")));
  bh_node_set(&arena, t, BH_S("name"), bh_node_str(&arena, BH_S("y")));
  bh_json_write(&out, t);
  bh_json_write(&out, NULL);
  assert_str(bh_buf_str(&out), "{}[\"first\"]{\"0\":null,\"1\":\"first\",\"name\":\"y\"}null");
  for (int i = 0; i < 1000; i++) {
    bh_node *n = bh_node_new(&arena, BH_NODE_INT);
    n->integer = i;
    bh_node_push(&arena, t, n);
  }
  assert_int_equal(t->item_count, 1001);
  assert_int_equal(t->items[1000]->integer, 999);
  bh_node *parsed = parse(BH_S("[1,2,3,4,5]"));
  for (int i = 0; i < 100; i++)
    bh_node_push(&arena, parsed, parsed->items[i]);
  assert_int_equal(parsed->items[99]->integer, 5);
  /* Deeper than anything that could be read back. */
  bh_node *deep = bh_node_new(&arena, BH_NODE_TABLE);
  for (int i = 0; i < 5000; i++) {
    bh_node *outer = bh_node_new(&arena, BH_NODE_TABLE);
    bh_node_push(&arena, outer, deep);
    deep = outer;
  }
  bh_buf_clear(&out);
  bh_json_write(&out, deep);
  assert_true(out.failed);
  bh_buf_dispose(&out);
}

static void test_equal(void **state)
{
  static const struct { const char *a, *b; bool equal; } cases[] = {
    {"{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", true}, {"{\"a\":1}", "{\"a\":2}", false}, {"{\"a\":1}", "{\"a\":1,\"b\":1}", false}, {"{\"a\":1}", "{\"b\":1}", false},
    {"[1,2]", "[2,1]", false}, {"[]", "{}", false}, {"[]", "[]", true}, {"null", "false", false}, {"\"1\"", "1", false}, {"1.0", "1.0", true}, {"1.0", "1.00", false},
    {"true", "true", true}, {"{\"a\":null}", "{\"b\":null}", false}, {"-0", "0", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    if (bh_node_equal(parse(bh_str_c(cases[i].a)), parse(bh_str_c(cases[i].b))) != cases[i].equal)
      fail_msg("%s and %s", cases[i].a, cases[i].b);
  assert_true(bh_node_equal(NULL, NULL));
  assert_false(bh_node_equal(parse(BH_S("null")), NULL));
  bh_node *f = bh_node_new(&arena, BH_NODE_OPAQUE);
  assert_true(bh_node_equal(f, f));
  assert_false(bh_node_equal(f, bh_node_new(&arena, BH_NODE_OPAQUE)));
}

static void test_straight_writer(void **state)
{
  bh_buf out;
  bh_jw w;
  bh_buf_init(&out, 10000);
  bh_jw_init(&w, &out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "amount"); bh_jw_money(&w, -176400, 2);
  bh_jw_key(&w, "day"); bh_jw_day(&w, bh_day_make(2026, 12, 1));
  bh_jw_key(&w, "empty"); bh_jw_arr(&w); bh_jw_arr_end(&w);
  bh_jw_key(&w, "ends"); bh_jw_day(&w, BH_DAY_MAX);
  bh_jw_key(&w, "lines"); bh_jw_arr(&w);
  bh_jw_obj(&w); bh_jw_obj_end(&w);
  bh_jw_int(&w, INT64_MIN); bh_jw_bool(&w, true); bh_jw_bool(&w, false); bh_jw_null(&w); bh_jw_z(&w, NULL); bh_jw_z(&w, "\"q\"");
  bh_jw_arr(&w); bh_jw_raw(&w, BH_S("1.5")); bh_jw_str(&w, (bh_str){NULL, 0}); bh_jw_arr_end(&w);
  bh_jw_arr_end(&w);
  bh_jw_key(&w, "z"); bh_jw_int(&w, 0);
  bh_jw_obj_end(&w);
  assert_str(bh_buf_str(&out), "{\"amount\":\"-1764.00\",\"day\":\"2026-12-01\",\"empty\":[],\"ends\":null,\"lines\":[{},-9223372036854775808,true,false,null,null,"
                               "\"\\\"q\\\"\",[1.5,\"\"]],\"z\":0}");
  assert_canonical(bh_buf_str(&out), bh_buf_str(&out));
  bh_buf_clear(&out);
  bh_jw_init(&w, &out);
  for (int i = 0; i < 32; i++) {
    bh_jw_arr(&w);
    bh_jw_int(&w, i);
  }
  for (int i = 0; i < 32; i++)
    bh_jw_arr_end(&w);
  parse(bh_buf_str(&out));
  bh_buf_dispose(&out);
}

/* Whatever the bytes, the reader answers and never reads past them: prefixes of a document, and documents with a byte changed. */
static void test_damage(void **state)
{
  const char *text = "{\"id\":\"a\\u00e4\\ud83d\\ude00\",\"n\":[1,-2.5e3,true,null,{\"k\":\"\xC3\xA4\"}],\"e\":{}}";
  size_t len = strlen(text);
  uint64_t seed = 11;
  for (size_t n = 0; n < len; n++) {
    char *exact = malloc(n ? n : 1); /* the sanitizer sees a byte too many */
    memcpy(exact, text, n);
    bh_node *node;
    assert_int_equal(bh_json_parse(&node, &arena, (bh_str){exact, n}, NULL, NULL), BH_E_INVALID);
    free(exact);
  }
  char *exact = malloc(len);
  for (int i = 0; i < 20000; i++) {
    memcpy(exact, text, len);
    exact[test_random_below(&seed, (int64_t)len)] = (char)test_random(&seed);
    exact[test_random_below(&seed, (int64_t)len)] = "{}[]\",:\\u"[test_random(&seed) % 9];
    bh_node *node;
    size_t column = 1;
    bh_error err;
    if (bh_json_parse(&node, &arena, (bh_str){exact, len}, &column, &err))
      assert_in_range(column, 1, len + 1);
    bh_arena_reset(&arena);
  }
  free(exact);
}

static int set_up(void **state)
{
  bh_arena_init(&arena);
  return 0;
}

static int tear_down(void **state)
{
  bh_arena_dispose(&arena);
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(test_kinds),     cmocka_unit_test(test_numbers),  cmocka_unit_test(test_mistakes),
    cmocka_unit_test(test_depth),     cmocka_unit_test(test_large),    cmocka_unit_test(test_canonical),
    cmocka_unit_test(test_canonical_shuffled), cmocka_unit_test(test_trees), cmocka_unit_test(test_equal),
    cmocka_unit_test(test_straight_writer), cmocka_unit_test(test_damage),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}

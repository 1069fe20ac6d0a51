/* Tokens and signatures: every way to come by one. */
#include "http_fixture.h"

static void test_oauth(void **state)
{
  bh_http_answer a;
  const bh_http_oauth2 how = {.struct_size = sizeof how, .token_url = bh_str_c(url("/token")), .client_id = BH_S("me"), .client_secret = BH_S("p&w"),
    .scope = BH_S("all")};
  SCRIPT(OK("{\"access_token\":\"T1\",\"expires_in\":3600}"), OK("one"), SAY("401 Expired", ""), OK("{\"access_token\":\"T2\"}"), OK("two"));
  assert_int_equal(bh_http_service_get()->oauth2(&run.host, &how), BH_OK);
  assert_int_equal(get(&a, url("/a"), "", 0), BH_OK);
  assert_int_equal(get(&a, url("/b"), "", 0), BH_OK);
  assert_str(a.body, "two");
  assert_non_null(strstr(server.asked[0], "POST /token"));
  assert_non_null(strstr(server.asked[0], "grant_type=client_credentials&client_id=me&client_secret=p%26w&scope=all"));
  assert_non_null(strstr(server.asked[1], "Authorization: Bearer T1\r\n"));
  assert_non_null(strstr(server.asked[4], "Authorization: Bearer T2\r\n"));
  const bh_http_oauth2 elsewhere = {.struct_size = sizeof how, .token_url = BH_S("https://login.example/token"), .client_id = BH_S("me")};
  assert_int_equal(bh_http_service_get()->oauth2(&run.host, &elsewhere), BH_E_INVALID);
}

static void test_oauth_ways(void **state)
{
  bh_http_answer a;
  const bh_str params[] = {BH_S("audience"), BH_S("https://api.example")};
  bh_http_oauth2 how = {.struct_size = sizeof how, .flags = BH_OAUTH2_JSON, .token_url = bh_str_c(url("/token")), .client_id = BH_S("me"),
    .client_secret = BH_S("s\"s"), .params = params, .param_count = 2};
  SCRIPT(OK("{\"access_token\":\"T1\",\"expires_in\":\"3600\"}"), OK("1"), OK("{\"access_token\":\"T2\"}"), OK("2"));
  assert_int_equal(bh_http_service_get()->oauth2(&run.host, &how), BH_OK);
  assert_int_equal(get(&a, url("/a"), "", 0), BH_OK);
  assert_non_null(strstr(server.asked[0], "Content-Type: application/json\r\n"));
  assert_non_null(strstr(server.asked[0], "{\"grant_type\":\"client_credentials\",\"client_id\":\"me\",\"client_secret\":\"s\\\"s\",\"audience\":\"https://api.example\"}"));
  how = (bh_http_oauth2){.struct_size = sizeof how, .flags = BH_OAUTH2_BASIC, .token_url = bh_str_c(url("/token")), .client_id = BH_S("public-client"),
    .client_secret = BH_S("public"), .user = BH_S("KEY"), .password = BH_S("SECRET")};
  assert_int_equal(bh_http_service_get()->oauth2(&run.host, &how), BH_OK);
  assert_int_equal(get(&a, url("/a"), "", 0), BH_OK);
  assert_non_null(strstr(server.asked[2], "Authorization: Basic cHVibGljLWNsaWVudDpwdWJsaWM=\r\n")); /* base64 by hand: public-client:public */
  assert_non_null(strstr(server.asked[2], "\r\n\r\ngrant_type=password&username=KEY&password=SECRET"));
  assert_null(strstr(server.asked[2], "client_secret"));
  assert_non_null(strstr(server.asked[3], "Authorization: Bearer T2\r\n"));
}

static char rotated[32];

static void on_rotated(void *user, bh_str token)
{
  snprintf(user, sizeof rotated, "%.*s", BH_STR_ARG(token));
}

/* The new refresh token is handed over, and used from then on. */
static void test_oauth_refresh(void **state)
{
  bh_http_answer a;
  const bh_http_oauth2 how = {.struct_size = sizeof how, .token_url = bh_str_c(url("/token")), .client_id = BH_S("me"), .refresh_token = BH_S("R1"),
    .rotated = on_rotated, .rotated_user = rotated};
  SCRIPT(OK("{\"access_token\":\"T1\",\"refresh_token\":\"R2\"}"), SAY("401 No", ""), OK("{\"access_token\":\"T2\",\"refresh_token\":\"R2\"}"), OK("x"));
  rotated[0] = 0;
  assert_int_equal(bh_http_service_get()->oauth2(&run.host, &how), BH_OK);
  assert_int_equal(get(&a, url("/a"), "", 0), BH_OK);
  assert_string_equal(rotated, "R2");
  assert_non_null(strstr(server.asked[0], "grant_type=refresh_token&client_id=me&refresh_token=R1"));
  assert_non_null(strstr(server.asked[2], "refresh_token=R2"));
}

static bh_http_session session(const bh_http_request *login)
{
  return (bh_http_session){.struct_size = sizeof(bh_http_session), .login = login, .token_path = "$.tokens.access.token",
    .expires_path = "$.tokens.access.expirySeconds", .header = "Authorization", .prefix = "Bearer "};
}

static void test_session(void **state)
{
  bh_http_answer a;
  const bh_str headers[] = {BH_S("Authorization"), BH_S("Bearer JWT")};
  const bh_http_request login = {.struct_size = sizeof login, .method = BH_S("POST"), .url = bh_str_c(url("/authenticate")), .headers = headers,
    .header_count = 2};
  bh_http_session how = session(&login);
  SCRIPT(OK("{\"tokens\":{\"access\":{\"token\":\"S1\",\"expirySeconds\":3600}}}"), OK("1"), OK("2"), SAY("401 No", ""),
         OK("{\"tokens\":{\"access\":{\"token\":\"S2\"}}}"), OK("3"), SAY("401 No", ""), OK("{\"tokens\":{}}"));
  assert_int_equal(bh_http_service_get()->session(&run.host, &how), BH_OK);
  for (int i = 0; i < 3; i++)
    assert_int_equal(get(&a, url("/x"), "", 0), BH_OK);
  assert_non_null(strstr(server.asked[0], "POST /authenticate"));
  assert_non_null(strstr(server.asked[0], "Authorization: Bearer JWT\r\n"));
  assert_non_null(strstr(server.asked[2], "Authorization: Bearer S1\r\n"));
  assert_non_null(strstr(server.asked[5], "Authorization: Bearer S2\r\n"));
  assert_int_equal(get(&a, url("/x"), "", 0), BH_E_AUTH); /* renewed once, and the answer has none */
  assert_reason("has no $.tokens.access.token");
  how.token_path = "tokens";
  assert_int_equal(bh_http_service_get()->session(&run.host, &how), BH_E_INVALID);
}

/* A login that is refused is told as that, and its words are not. */
static void test_session_refused(void **state)
{
  bh_http_answer a;
  const bh_http_request login = {.struct_size = sizeof login, .method = BH_S("POST"), .url = bh_str_c(url("/auth")), .body = BH_S("pw=hunter2")};
  const bh_http_session how = session(&login);
  SCRIPT(SAY("403 No", ""), SAY("400 Bad", ""), OK("<html>"));
  assert_int_equal(bh_http_service_get()->session(&run.host, &how), BH_OK);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(get(&a, url("/x"), "", 0), BH_E_AUTH);
    assert_null(strstr(run.host.reason, "hunter2"));
  }
}

/* So many in any window; then they wait. */
static void test_window(void **state)
{
  bh_http_answer a;
  SCRIPT(OK("1"), OK("2"), OK("3"), OK("4"));
  assert_int_equal(bh_http_service_get()->window_limit(&run.host, 3, 1), BH_OK);
  int64_t began = bh_monotonic_ms();
  for (int i = 0; i < 3; i++)
    assert_int_equal(get(&a, url("/"), "", 0), BH_OK);
  assert_true(bh_http_turn_ms(bh_http_of(&run)) > 0);
  assert_int_equal(get(&a, url("/"), "", 0), BH_OK);
  assert_true(bh_monotonic_ms() - began >= 1000);
  assert_int_equal(bh_http_service_get()->window_limit(&run.host, 1, 0), BH_E_INVALID);
}

/* RFC 4231, test case 2; RFC 2202, test case 2; RFC 7617, section 2. */
static void test_signatures(void **state)
{
  const bh_http_service *s = bh_http_service_get();
  bh_str out;
  assert_int_equal(s->hmac(&run.host, "sha256", BH_S("Jefe"), BH_S("what do ya want for nothing?"), "hex", &out), BH_OK);
  assert_str(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  assert_int_equal(s->hmac(&run.host, "sha1", BH_S("Jefe"), BH_S("what do ya want for nothing?"), "hex", &out), BH_OK);
  assert_str(out, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  assert_int_equal(s->hmac(&run.host, "sha1", BH_S("Jefe"), BH_S("what do ya want for nothing?"), "base64", &out), BH_OK);
  assert_str(out, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
  assert_int_equal(s->hmac(&run.host, "md5", BH_S("k"), BH_S("t"), "hex", &out), BH_E_INVALID);
  assert_int_equal(s->basic(&run.host, BH_S("Aladdin"), BH_S("open sesame"), &out), BH_OK);
  assert_str(out, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  assert_int_equal(s->basic(&run.host, BH_S("a:b"), BH_S("c"), &out), BH_E_INVALID);
}

int main(void)
{
  const struct CMUnitTest tests[] = {T(test_oauth), T(test_oauth_ways), T(test_oauth_refresh), T(test_session), T(test_session_refused),
    T(test_window), T(test_signatures)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

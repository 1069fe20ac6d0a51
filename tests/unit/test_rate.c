/* Rating a billing, and the worker's loop, with models that this file plays itself. */
#include "batch/rate.h"
#include "plugin/worker.h"
#include "rules_test.h"
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the models: core/plugin/model.h, played ---- */
struct bh_models { int loaded; };

bh_status bh_models_new(bh_models **out, bh_error *err)
{
  *out = calloc(1, sizeof **out);
  return BH_OK;
}

void bh_models_free(bh_models *m)
{
  free(m);
}

void bh_models_refuse(bh_models *m, bh_str id, bh_str why)
{
}

void bh_models_watch(bh_models *m, void (*entering)(void *ctx, bh_str id), void *ctx)
{
}

bh_status bh_models_load(bh_models *m, bh_str id, const char *path, bh_error *err)
{
  if (strcmp(path, "/nowhere") == 0)
    return bh_fail(err, BH_E_INVALID, "model \"%.*s\": /nowhere is not there", BH_STR_ARG(id));
  m->loaded++;
  return BH_OK;
}

int bh_models_phase(const bh_models *m, bh_str id)
{
  return bh_str_eqz(id, "percent") || bh_str_eqz(id, "commit") ? 2 : bh_str_eqz(id, "unknown") ? 0 : 1;
}

static const bh_dec *param(const bh_rate_line *l, const char *key)
{
  for (size_t i = 0; i < l->param_count; i++)
    if (bh_str_eqz(l->params[i].key, key))
      return &l->params[i].number;
  return NULL;
}

static void emit(bh_model_result *out, const bh_rate_line *l, bh_ratio q, bh_dec price, bh_ratio fraction, bh_str text)
{
  out->lines[out->count++] = (bh_model_line){q, price, fraction, text, l->from, l->until};
}

static void tiered(bh_model_result *out, const bh_rate_line *l)
{
  emit(out, l, bh_ratio_int(500), (bh_dec){10, 2, 0}, bh_ratio_int(1), BH_S("1–500"));
  emit(out, l, bh_ratio_int(20), (bh_dec){8, 2, 0}, bh_ratio_int(1), BH_S("501–2000"));
}

bh_status bh_models_rate(bh_models *m, bh_model_result *out, bh_arena *a, const bh_rate_line *l, bh_str currency, int32_t decimals,
                         bh_rounding rounding, const bh_model_amount *amounts, size_t amount_count, bh_error *err)
{
  *out = (bh_model_result){.lines = BH_NEWN(a, bh_model_line, 16)};
  const bh_dec *price = param(l, "price");
  if (bh_str_eqz(l->model, "flat")) {
    emit(out, l, bh_ratio_int(1), *price, l->fraction, (bh_str){"", 0});
  } else if (bh_str_eqz(l->model, "per_unit")) {
    for (size_t i = 0; i < l->run_count; i++)
      emit(out, l, l->runs[i].quantity, *price, l->runs[i].fraction, (bh_str){"", 0});
  } else if (bh_str_eqz(l->model, "tiered")) {
    tiered(out, l);
  } else if (bh_str_eqz(l->model, "percent")) {
    int64_t sum = 0;
    for (size_t i = 0; i < amount_count; i++)
      sum += amounts[i].line->amount;
    emit(out, l, bh_ratio_int(1), (bh_dec){sum * 3, 4, 0}, bh_ratio_int(1), (bh_str){"", 0});
  } else if (bh_str_eqz(l->model, "counter")) { /* carries how many periods it has seen */
    emit(out, l, bh_ratio_int((int64_t)l->carry.len), bh_dec_int(1), bh_ratio_int(1), (bh_str){"", 0});
    out->carry_out = bh_arena_fmt(a, "%.*s+", BH_STR_ARG(l->carry));
    out->notes = BH_S("seen before");
  } else if (bh_str_eqz(l->model, "broken")) {
    return bh_fail(err, BH_E_INVALID, "model \"broken\": rate: it would not");
  } else if (bh_str_eqz(l->model, "crash")) {
    _exit(9);
  } else if (!bh_str_eqz(l->model, "empty")) {
    return bh_fail(err, BH_E_INVALID, "model \"%.*s\" is not loaded", BH_STR_ARG(l->model));
  }
  return BH_OK;
}

/* ---- one billing ---- */
static void set_model(rig *r, size_t i, bh_str model, const char *price)
{
  bh_bound *p = BH_NEW(&r->arena, bh_bound);
  *p = (bh_bound){.key = BH_S("price"), .type = BH_PARAM_MONEY, .set = true};
  assert_true(bh_dec_parse(&p->number, bh_str_c(price), 9));
  r->lines[i].model = model;
  r->lines[i].params = p;
  r->lines[i].param_count = 1;
}

static void rate_init(rig *r)
{
  rig_init(r);
  set_model(r, 0, BH_S("per_unit"), "42.00");
  set_model(r, 1, BH_S("flat"), "120.00");
  set_model(r, 2, BH_S("percent"), "0");
  set_model(r, 3, BH_S("tiered"), "0");
}

static void rate(rig *r)
{
  bh_models m = {0};
  bh_carry_chain chain;
  bh_carry_chain_init(&chain);
  assert_int_equal(bh_rate_billing(&r->rated, &r->b, &m, r->rules, &r->ask, &chain, &r->run, &r->err), BH_OK);
  bh_carry_chain_dispose(&chain);
}

static void models_then_shares(void **state)
{
  rig r;
  rate_init(&r);
  r.lines[3].description = BH_S("Cloud backup");
  r.lines[1].fraction = (bh_ratio){1, 3};
  r.lines[1].once = true;
  r.lines[1].description = (bh_str){"", 0};
  rate(&r);
  rig_ran(&r);
  assert_int_equal(r.rated.line_count, 5);
  const bh_owed_line *l = r.rated.lines;
  assert_int_equal(l[0].amount, 231000);
  assert_int_equal(l[0].line_index, 0);
  assert_int_equal(l[0].kind, BH_OWED_CHARGE);
  assert_text(l[0].key, "managed-workstation#1");
  assert_int_equal(l[0].whole_until, r.b.period_until);
  assert_int_equal(l[1].amount, 4000); /* 120.00 × 1/3: one rounding */
  assert_int_equal(l[1].kind, BH_OWED_ONCE);
  assert_text(l[1].description, "server");
  assert_text(l[2].description, "Cloud backup (1–500)");
  assert_text(l[3].description, "Cloud backup (501–2000)");
  assert_int_equal(l[3].amount, 160);
  assert_int_equal(l[3].line_index, 3);
  assert_int_equal(l[4].line_index, 2); /* percent: last, of 2310.00 + 40.00 + 50.00 + 1.60 */
  assert_int_equal(l[4].amount, 7205);
  assert_text(r.rated.contract, "acme-managed");
  rig_dispose(&r);
}

static void rule_between(void **state)
{
  rig r;
  rate_init(&r);
  rig_rule(&r, "for l in bill:lines 'backup' do l:remove() end\nfor l in bill:lines 'managed-workstation' do l.price = 40 end\n"
               "bill:add { text = 'Extra', price = 100 }\nbill:discount { percent = 10, reason = 'rule', of = 'server' }");
  rate(&r);
  rig_ran(&r);
  const bh_owed_line *share = &r.rated.lines[r.rated.line_count - 1];
  assert_text(share->product, "switch");
  assert_int_equal(share->amount, 7260); /* 3 % of 2200.00 + 120.00 + 100.00 */
  assert_int_equal(r.rated.discount_count, 1);
  assert_int_equal(r.rated.discounts[0].amount, -1200);
  rig_dispose(&r);
}

static void zero_line(void **state)
{
  rig r;
  rate_init(&r);
  set_model(&r, 0, BH_S("empty"), "42.00");
  rate(&r);
  assert_int_equal(r.rated.lines[0].amount, 0);
  assert_int_equal(r.rated.lines[0].quantity.num, 0);
  assert_int_equal(bh_dec_cmp(r.rated.lines[0].unit_price, bh_dec_int(42)), 0);
  assert_text(r.rated.lines[0].key, "managed-workstation#1");
  r.lines[0].param_count = 0;
  rate(&r);
  assert_int_equal(bh_dec_cmp(r.rated.lines[0].unit_price, bh_dec_int(0)), 0);
  rig_dispose(&r);
}

static void failures(void **state)
{
  rig r;
  rate_init(&r);
  set_model(&r, 1, BH_S("broken"), "1");
  rate(&r);
  assert_text(r.rated.hold_reason, "plugin-failed");
  assert_text(r.rated.hold_message, "contract \"acme-managed\": line \"server#1\": model \"broken\": rate: it would not");
  assert_int_equal(r.rated.status, BH_E_INVALID);
  set_model(&r, 1, BH_S("unknown"), "1");
  rate(&r);
  assert_holds_text(r.rated.hold_message, "model \"unknown\" is not loaded");
  set_model(&r, 1, BH_S("flat"), "9223372036854775807");
  rate(&r);
  assert_int_equal(r.rated.status, BH_E_OVERFLOW);
  assert_text(r.rated.hold_message, "contract \"acme-managed\": line \"server#1\": the amount does not fit a number");
  set_model(&r, 2, BH_S("flat"), "1");
  set_model(&r, 1, BH_S("flat"), "92233720368547758");
  set_model(&r, 0, BH_S("flat"), "92233720368547758");
  rig_rule(&r, "bill:discount { percent = 3 }");
  rate(&r);
  assert_text(r.rated.hold_reason, "rule-failed");
  assert_holds_text(r.rated.hold_message, "does not fit a number");
  assert_int_equal(r.rated.status, BH_OK);
  rig_dispose(&r);
}

/* A rule that fails: the lines stay, and so do percent, discounts and the minimum. */
static void rule_fails(void **state)
{
  rig r;
  rate_init(&r);
  bh_discount d = {.is_percent = true, .value = bh_dec_int(5), .reason = BH_S("3-year term"), .from = BH_DAY_MIN, .ends = BH_DAY_MAX};
  r.b.discounts = &d;
  r.b.discount_count = 1;
  r.b.has_minimum = true;
  r.b.minimum_minor = 1000000;
  rig_rule(&r, "for l in bill:lines() do l.price = 1 end error 'no'");
  rate(&r);
  assert_text(r.rated.hold_reason, "rule-failed");
  assert_int_equal(r.rated.status, BH_OK);
  assert_int_equal(r.rated.lines[0].amount, 231000);
  assert_int_equal(r.rated.discount_count, 1);
  assert_text(r.rated.lines[r.rated.line_count - 1].key, "minimum");
  rig_dispose(&r);
}

/* What a model leaves goes to the next period of the same line, whichever stored one is older; after a failure nothing may go on. */
static void carries_chain(void **state)
{
  rig r;
  bh_models m = {0};
  bh_carry_chain chain;
  rate_init(&r);
  bh_carry_chain_init(&chain);
  set_model(&r, 0, BH_S("counter"), "1");
  bh_rate_line *l = &r.lines[0];
  l->carries = true;
  l->carry = BH_S("++");
  l->carry_from = 100;
  const struct { bh_day whole_from, carry_from; int64_t seen; } periods[] = {{131, 100, 2}, {159, 100, 3}, {190, 100, 4}, {220, 200, 2}, {250, 200, 3}};
  for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
    l->whole_from = periods[i].whole_from;
    l->carry_from = periods[i].carry_from;
    assert_int_equal(bh_rate_billing(&r.rated, &r.b, &m, r.rules, &r.ask, &chain, &r.run, &r.err), BH_OK);
    assert_int_equal(r.rated.lines[0].quantity.num, periods[i].seen);
    assert_int_equal(r.rated.more_count, 1);
    assert_int_equal(r.rated.more[0].line_index, 0);
    assert_int_equal(r.rated.more[0].carry.len, periods[i].seen + 1);
    assert_text(r.rated.more[0].notes, "seen before");
  }
  r.b.contract = BH_S("another"); /* its line of the same key has its own chain */
  assert_int_equal(bh_rate_billing(&r.rated, &r.b, &m, r.rules, &r.ask, &chain, &r.run, &r.err), BH_OK);
  assert_int_equal(r.rated.lines[0].quantity.num, 2);
  set_model(&r, 1, BH_S("broken"), "1");
  l->whole_from = 280;
  assert_int_equal(bh_rate_billing(&r.rated, &r.b, &m, r.rules, &r.ask, &chain, &r.run, &r.err), BH_OK);
  set_model(&r, 1, BH_S("flat"), "1");
  l->whole_from = 310;
  assert_int_equal(bh_rate_billing(&r.rated, &r.b, &m, r.rules, &r.ask, &chain, &r.run, &r.err), BH_OK);
  assert_text(r.rated.hold_reason, "plugin-failed");
  assert_holds_text(r.rated.hold_message, "the period before it could not be rated");
  bh_carry_chain_dispose(&chain);
  rig_dispose(&r);
}

/* ---- the worker ---- */
typedef struct peer { int fd; pid_t pid; bh_buf out, in; bh_error err; uint16_t type; } peer;

static void worker_start(peer *p)
{
  int pair[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  memset(p, 0, sizeof *p);
  p->pid = fork();
  if (p->pid == 0) {
    close(pair[0]);
    _exit(bh_rating_worker_main(pair[1]));
  }
  close(pair[1]);
  p->fd = pair[0];
  bh_buf_init(&p->out, BH_FRAME_MAX);
  bh_buf_init(&p->in, BH_FRAME_MAX);
}

static int worker_end(peer *p)
{
  int status;
  close(p->fd);
  assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
  bh_buf_dispose(&p->out);
  bh_buf_dispose(&p->in);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void send_frame(peer *p, uint16_t type)
{
  assert_false(p->out.failed);
  assert_int_equal(bh_frame_write(p->fd, type, bh_buf_str(&p->out), &p->err), BH_OK);
  bh_buf_clear(&p->out);
}

static void read_frame(peer *p)
{
  if (bh_frame_read(p->fd, &p->type, &p->in, &p->err) != BH_OK)
    fail_msg("%s", p->err.message);
}

static void expect_phase(peer *p, const char *model)
{
  read_frame(p);
  assert_int_equal(p->type, BH_FRAME_PHASE);
  assert_text(bh_buf_str(&p->in), model);
}

static void send_init_of(peer *p, const char *model, const char *path)
{
  bh_put_u32(&p->out, 1);
  bh_put_str(&p->out, bh_str_c(model));
  bh_put_str(&p->out, bh_str_c(path));
  bh_put_str(&p->out, BH_S(""));
  bh_put_i64(&p->out, 32 << 20);
  bh_put_i64(&p->out, 1000000);
  send_frame(p, BH_FRAME_INIT);
  expect_phase(p, model);
  expect_phase(p, "");
}

static void send_init(peer *p)
{
  send_init_of(p, "per_unit", "/somewhere");
}

static void send_rate(peer *p, uint32_t number, const bh_billing *b, uint32_t n)
{
  bh_put_u32(&p->out, number);
  bh_put_u32(&p->out, n);
  for (uint32_t i = 0; i < n; i++)
    bh_billing_put(&p->out, b);
  send_frame(p, BH_FRAME_RATE);
}

static void expect_rated(peer *p, uint32_t number, uint32_t n, bh_arena *a, const char *memo)
{
  assert_int_equal(p->type, BH_FRAME_RATED);
  bh_get in = bh_get_init(bh_buf_str(&p->in));
  assert_int_equal(bh_get_u32(&in), number);
  assert_int_equal(bh_get_count(&in, UINT32_MAX), n);
  for (uint32_t i = 0; i < n; i++) {
    bh_rated rated;
    assert_true(bh_rated_get(&rated, a, &in));
    assert_text(rated.memos[0], memo);
    assert_int_equal(rated.lines[0].amount, 231000);
  }
  assert_true(bh_get_done(&in));
}

static void worker_answers(void **state)
{
  rig r;
  peer p;
  rate_init(&r);
  worker_start(&p);
  send_init(&p);
  rig_rule(&r, "bill:memo 'no question'");
  send_rate(&p, 7, &r.b, 3);
  read_frame(&p);
  expect_rated(&p, 7, 3, &r.arena, "no question");
  /* questions, with the next frame on its way before the answer */
  rig_rule(&r, "local p = bill:previous(2)\nbill:memo(tostring(bill:count(devices { class = 'x' })) .. #bill:assets(users {}) .. p.total)");
  send_rate(&p, 8, &r.b, 1);
  rig_rule(&r, "bill:memo 'after'");
  send_rate(&p, 9, &r.b, 2);
  for (int i = 0; i < 3; i++) {
    read_frame(&p);
    assert_int_equal(p.type, BH_FRAME_QUERY);
    bh_get in = bh_get_init(bh_buf_str(&p.in));
    assert_int_equal(bh_get_u32(&in), 0);
    int what = bh_get_u8(&in);
    bh_put_u8(&p.out, 1);
    if (what == BH_ASK_COUNT) {
      assert_text(bh_get_str(&in), "{\"devices\":{\"class\":\"x\"}}");
      bh_put_ratio(&p.out, bh_ratio_int(12));
    } else if (what == BH_ASK_ASSETS) {
      bh_put_str(&p.out, BH_S("[{},{}]"));
    } else {
      assert_int_equal(bh_get_i64(&in), 2);
      bh_put_str(&p.out, BH_S("{\"total\":\"9.90\"}"));
    }
    send_frame(&p, BH_FRAME_ANSWER);
  }
  read_frame(&p);
  expect_rated(&p, 8, 1, &r.arena, "1229.90");
  read_frame(&p);
  expect_rated(&p, 9, 2, &r.arena, "after");
  assert_int_equal(worker_end(&p), 0);
  rig_dispose(&r);
}

static void worker_refused(void **state)
{
  rig r;
  peer p;
  rate_init(&r);
  rig_rule(&r, "bill:count(devices {})");
  worker_start(&p);
  send_init(&p);
  send_rate(&p, 1, &r.b, 1);
  read_frame(&p);
  bh_put_u8(&p.out, 0);
  bh_put_str(&p.out, BH_S("no such connector"));
  send_frame(&p, BH_FRAME_ANSWER);
  read_frame(&p);
  bh_rated rated;
  bh_get in = bh_get_init(bh_buf_str(&p.in));
  bh_get_u32(&in);
  bh_get_u32(&in);
  assert_true(bh_rated_get(&rated, &r.arena, &in));
  assert_text(rated.hold_reason, "rule-failed");
  assert_holds_text(rated.hold_message, "clients/acme.lua:2: bill:count: no such connector");
  assert_int_equal(worker_end(&p), 0);
  rig_dispose(&r);
}

static void expect_error(peer *p, const char *part)
{
  read_frame(p);
  assert_int_equal(p->type, BH_FRAME_ERROR);
  bh_get in = bh_get_init(bh_buf_str(&p->in));
  bh_get_i64(&in);
  assert_holds_text(bh_get_str(&in), part);
  assert_int_equal(worker_end(p), 1);
}

static void worker_garbage(void **state)
{
  rig r;
  peer p;
  rate_init(&r);
  worker_start(&p); /* a frame of another kind */
  send_frame(&p, BH_FRAME_PULL);
  expect_error(&p, "was not expected");
  worker_start(&p); /* rating before INIT */
  send_rate(&p, 1, &r.b, 1);
  expect_error(&p, "was not expected");
  worker_start(&p); /* an INIT cut short */
  bh_put_u32(&p.out, 1);
  send_frame(&p, BH_FRAME_INIT);
  expect_error(&p, "INIT");
  worker_start(&p); /* a model that is not there: its lines alone fail */
  send_init_of(&p, "m", "/nowhere");
  assert_int_equal(worker_end(&p), 0);
  worker_start(&p); /* a billing cut short */
  send_init(&p);
  bh_put_u32(&p.out, 1);
  bh_put_u32(&p.out, 1);
  bh_put_str(&p.out, BH_S("x"));
  send_frame(&p, BH_FRAME_RATE);
  expect_error(&p, "billing 1 of the frame cannot be read");
  worker_start(&p); /* an answer that is none */
  send_init(&p);
  rig_rule(&r, "bill:count(devices {})");
  send_rate(&p, 1, &r.b, 1);
  read_frame(&p);
  bh_put_u8(&p.out, 1);
  send_frame(&p, BH_FRAME_ANSWER);
  expect_error(&p, "answer cannot be read");
  rig_dispose(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(models_then_shares), cmocka_unit_test(rule_between), cmocka_unit_test(zero_line), cmocka_unit_test(failures),
    cmocka_unit_test(rule_fails), cmocka_unit_test(carries_chain), cmocka_unit_test(worker_answers), cmocka_unit_test(worker_refused), cmocka_unit_test(worker_garbage)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}

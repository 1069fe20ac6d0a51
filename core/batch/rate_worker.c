/* The rating role of the worker: frames of billings in, frames of rated billings out, questions in between. */
#include "batch/rate.h"
#include "plugin/worker.h"
#include <stdlib.h>

enum { MODELS_MAX = 1000, WAITING_MAX = 16 };

typedef struct frame { uint16_t type; bh_buf payload; } frame;

typedef struct rating {
  int fd;
  bh_models *models;
  bh_rules *rules;
  bh_arena arena;          /* of one billing */
  bh_carry_chain chain;    /* of one frame: all billings of a contract stand in one, in order */
  bh_buf in, out, question, answer;
  frame waiting[WAITING_MAX]; size_t waiting_count; /* what came while an answer was awaited */
  uint32_t index;          /* of the billing in hand, in its frame */
} rating;

/* The next frame: what has been waiting first. */
static bh_status next_frame(rating *r, uint16_t *type, bh_error *err)
{
  if (r->waiting_count == 0)
    return bh_frame_read(r->fd, type, &r->in, err);
  bh_buf spare = r->in;
  *type = r->waiting[0].type;
  r->in = r->waiting[0].payload;
  r->waiting_count--;
  memmove(r->waiting, r->waiting + 1, r->waiting_count * sizeof r->waiting[0]);
  r->waiting[r->waiting_count] = (frame){0, spare};
  return BH_OK;
}

/* The host hands out frames ahead: they may come before the answer. */
static bh_status read_answer(rating *r, bh_get *out, bh_error *err)
{
  for (;;) {
    uint16_t type;
    bh_status st = bh_frame_read(r->fd, &type, &r->answer, err);
    if (st != BH_OK)
      return st == BH_E_NOTFOUND ? bh_fail(err, BH_E_WORKER, "the host went away while a rule asked it") : st;
    if (type == BH_FRAME_ANSWER)
      break;
    if (type != BH_FRAME_RATE || r->waiting_count == WAITING_MAX)
      return bh_fail(err, BH_E_WORKER, "a frame of type %d while a rule's answer was awaited", (int)type);
    frame *w = &r->waiting[r->waiting_count++];
    bh_buf spare = w->payload;
    *w = (frame){type, r->answer};
    r->answer = spare;
    bh_buf_clear(&r->answer);
  }
  *out = bh_get_init(bh_buf_str(&r->answer));
  if (bh_get_u8(out))
    return BH_OK;
  bh_str message = bh_get_str(out);
  return out->bad ? bh_fail(err, BH_E_WORKER, "the host's answer cannot be read") : bh_fail(err, BH_E_INVALID, "%.*s", BH_STR_ARG(message));
}

static bh_status ask(rating *r, int what, bh_str selector, int64_t n, bh_get *out, bh_error *err)
{
  bh_buf_clear(&r->question);
  bh_put_u32(&r->question, r->index);
  bh_put_u8(&r->question, (uint8_t)what);
  if (what == BH_ASK_PREVIOUS)
    bh_put_i64(&r->question, n);
  else
    bh_put_str(&r->question, selector);
  bh_status st = bh_frame_write(r->fd, BH_FRAME_QUERY, bh_buf_str(&r->question), err);
  return st == BH_OK ? read_answer(r, out, err) : st;
}

static bh_status answered(const bh_get *in, bh_error *err)
{
  return bh_get_done(in) ? BH_OK : bh_fail(err, BH_E_WORKER, "the host's answer cannot be read");
}

static bh_status ask_count(void *ctx, const bh_billing *b, bh_str selector, bh_ratio *out, bh_error *err)
{
  bh_get in;
  bh_status st = ask(ctx, BH_ASK_COUNT, selector, 0, &in, err);
  if (st != BH_OK)
    return st;
  *out = bh_get_ratio(&in);
  return answered(&in, err);
}

static bh_status text_answer(rating *r, bh_get *in, bh_str *out, bh_error *err)
{
  *out = bh_arena_str(&r->arena, bh_get_str(in));
  return answered(in, err);
}

static bh_status ask_assets(void *ctx, const bh_billing *b, bh_str selector, bh_str *out, bh_error *err)
{
  bh_get in;
  bh_status st = ask(ctx, BH_ASK_ASSETS, selector, 0, &in, err);
  return st == BH_OK ? text_answer(ctx, &in, out, err) : st;
}

static bh_status ask_previous(void *ctx, const bh_billing *b, int32_t n, bh_str *out, bh_error *err)
{
  bh_get in;
  bh_status st = ask(ctx, BH_ASK_PREVIOUS, (bh_str){"", 0}, n, &in, err);
  return st == BH_OK ? text_answer(ctx, &in, out, err) : st;
}

/* Who is about to be called, for the message if it ends here. */
static void tell(void *ctx, bh_str id)
{
  (void)bh_frame_write(((rating *)ctx)->fd, BH_FRAME_PHASE, id, NULL); /* a host that is gone shows at the next read */
}

static void load(rating *r, bh_str id, bh_str path, bh_str why)
{
  bh_error err = {0};
  tell(r, id);
  if (why.len == 0 && bh_models_load(r->models, id, bh_arena_z(&r->arena, path), &err) != BH_OK)
    why = bh_str_c(err.message);
  if (why.len)
    bh_models_refuse(r->models, id, why);
}

static bh_status on_init(rating *r, bh_error *err)
{
  bh_get in = bh_get_init(bh_buf_str(&r->in));
  bh_status st = bh_models_new(&r->models, err);
  uint32_t n = bh_get_count(&in, MODELS_MAX);
  for (uint32_t i = 0; i < n && st == BH_OK && !in.bad; i++) {
    bh_str id = bh_get_str(&in), path = bh_get_str(&in), why = bh_get_str(&in);
    if (!in.bad)
      load(r, id, path, why);
  }
  bh_rule_limits limits = {0};
  int64_t memory = bh_get_i64(&in), instructions = bh_get_i64(&in);
  if (st == BH_OK && (!bh_get_done(&in) || memory < 0 || instructions < 0))
    st = bh_fail(err, BH_E_WORKER, "the INIT frame cannot be read");
  if (st == BH_OK) {
    limits.memory_bytes_max = (size_t)memory;
    limits.instructions_max = instructions;
    st = bh_rules_new(&r->rules, &limits, err);
  }
  bh_arena_reset(&r->arena);
  if (st == BH_OK)
    st = bh_sandbox_models(err);
  if (st == BH_OK)
    tell(r, BH_S(""));
  return st;
}

static bh_status on_rate(rating *r, bh_error *err)
{
  bh_rule_ask asks = {r, ask_count, ask_assets, ask_previous};
  bh_get in = bh_get_init(bh_buf_str(&r->in));
  uint32_t number = bh_get_u32(&in), count = bh_get_count(&in, UINT32_MAX);
  bh_buf_clear(&r->out);
  bh_carry_chain_reset(&r->chain);
  bh_models_watch(r->models, number == 0 ? tell : NULL, r);
  bh_put_u32(&r->out, number);
  bh_put_u32(&r->out, count);
  bh_status st = BH_OK;
  for (r->index = 0; r->index < count && st == BH_OK; r->index++) {
    bh_billing b;
    bh_rated rated;
    bh_arena_reset(&r->arena);
    if (!bh_billing_get(&b, &r->arena, &in))
      return bh_fail(err, BH_E_WORKER, "billing %u of the frame cannot be read", (unsigned)r->index + 1);
    st = bh_rate_billing(&rated, &b, r->models, r->rules, &asks, &r->chain, &r->arena, err);
    if (st == BH_OK)
      bh_rated_put(&r->out, &rated);
  }
  if (st == BH_OK && !bh_get_done(&in))
    st = bh_fail(err, BH_E_WORKER, "the frame is longer than its billings");
  if (st == BH_OK && r->out.failed)
    st = bh_fail(err, BH_E_WORKER, "the rated billings are larger than a frame may be");
  if (st == BH_OK)
    st = bh_frame_write(r->fd, BH_FRAME_RATED, bh_buf_str(&r->out), err);
  bh_arena_reset(&r->arena);
  return st;
}

static bh_status serve(rating *r, bh_error *err)
{
  for (;;) {
    uint16_t type;
    bh_status st = next_frame(r, &type, err);
    if (st == BH_OK && type == BH_FRAME_INIT && !r->rules)
      st = on_init(r, err);
    else if (st == BH_OK && type == BH_FRAME_RATE && r->rules)
      st = on_rate(r, err);
    else if (st == BH_OK)
      st = bh_fail(err, BH_E_WORKER, "a frame of type %d was not expected", (int)type);
    if (st != BH_OK)
      return st;
  }
}

int bh_rating_worker_main(int fd)
{
  rating *r = calloc(1, sizeof *r);
  if (!r)
    bh_out_of_memory(sizeof *r);
  bh_error err = {0};
  r->fd = fd;
  bh_arena_init(&r->arena);
  bh_carry_chain_init(&r->chain);
  bh_buf *buffers[] = {&r->in, &r->out, &r->question, &r->answer};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    bh_buf_init(buffers[i], BH_FRAME_MAX);
  for (size_t i = 0; i < WAITING_MAX; i++)
    bh_buf_init(&r->waiting[i].payload, BH_FRAME_MAX);
  bh_status st = serve(r, &err);
  if (st != BH_E_NOTFOUND) { /* say why; the host may be gone as well */
    bh_error ignored;
    bh_buf_clear(&r->question);
    bh_put_i64(&r->question, st);
    bh_put_str(&r->question, bh_str_c(err.message));
    (void)bh_frame_write(fd, BH_FRAME_ERROR, bh_buf_str(&r->question), &ignored);
  }
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    bh_buf_dispose(buffers[i]);
  for (size_t i = 0; i < WAITING_MAX; i++)
    bh_buf_dispose(&r->waiting[i].payload);
  bh_rules_free(r->rules);
  bh_models_free(r->models);
  bh_arena_dispose(&r->arena);
  bh_carry_chain_dispose(&r->chain);
  free(r);
  return st == BH_E_NOTFOUND ? 0 : 1;
}

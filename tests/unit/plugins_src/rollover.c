/* Proof of the carry: usage with an allowance; what a period leaves unused serves the next n periods, oldest first, and is not
 * carried again. Carry, version 1: the unused rests of the last n periods, oldest first, as 8 + 8 bytes each (num, den). */
#include "../../../plugins/models/ratio.h"
#include <stdlib.h>
#include <string.h>

enum { ROLLOVER_MAX = 24 };
typedef struct terms { bh_dec price; bh_ratio included; size_t rollover; } terms;
typedef struct me { const bh_host *host; } me;

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  const bh_host *h = ((me *)self)->host;
  bh_dec price, included;
  int64_t n;
  bh_status rc;
  if ((rc = h->dec(h->ctx, params, "price", &price)) || (rc = h->dec(h->ctx, params, "included", &included)) ||
      (rc = h->integer(h->ctx, params, "rollover", &n)))
    return rc;
  if (n < 0 || n > ROLLOVER_MAX)
    return h->fail(h->ctx, BH_E_INVALID, "rollover: 0 to %d periods", ROLLOVER_MAX);
  terms *t = calloc(1, sizeof *t);
  if (!t)
    return BH_E_NOMEM;
  *t = (terms){price, ratio_of_dec(included), (size_t)n};
  *state = t;
  return BH_OK;
}

/* Takes from *rest what `want` needs; both shrink. */
static int draw(bh_ratio *want, bh_ratio *rest)
{
  bh_ratio take = ratio_cmp(*want, *rest) < 0 ? *want : *rest;
  return ratio_sub(want, *want, take) && ratio_sub(rest, *rest, take);
}

static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((me *)self)->host;
  const terms *t = state;
  bh_ratio rests[ROLLOVER_MAX + 1] = {{0, 1}}, left = in->run_count ? in->runs[0]->quantity : (bh_ratio){0, 1};
  bh_priced_line line = {.struct_size = sizeof line, .fraction = {1, 1}, .unit_price = t->price, .text = {"over the allowance", 18}};
  size_t n = 0;
  if (in->carry.len) {
    if (in->carry_version != 1 || in->carry.len % sizeof rests[0] != 0 || in->carry.len > sizeof rests - sizeof rests[0])
      return h->fail(h->ctx, BH_E_INVALID, "the carry is of another version");
    n = in->carry.len / sizeof rests[0];
    memcpy(rests, in->carry.ptr, in->carry.len);
  }
  for (size_t i = 0; i < n; i++)
    if (!draw(&left, &rests[i]))
      return h->fail(h->ctx, BH_E_INVALID, "the quantity is too fine");
  rests[n] = t->included;
  if (!draw(&left, &rests[n]))
    return h->fail(h->ctx, BH_E_INVALID, "the quantity is too fine");
  line.quantity = left;
  bh_status rc = out->line(out->ctx, &line);
  size_t keep = n + 1 < t->rollover ? n + 1 : t->rollover;
  bh_str carry = {(const char *)&rests[n + 1 - keep], keep * sizeof rests[0]};
  return rc ? rc : out->carry(out->ctx, 1, carry);
}

static void release(void *self, void *state) { (void)self; free(state); }

static bh_status create(const bh_host *host, void **self)
{
  me *m = malloc(sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->host = host;
  *self = m;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_model m = {.struct_size = sizeof m, .phase = 1, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &m : NULL;
}

static const bh_option options[] = {
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED}, {.key = "included", .type = BH_OPT_QUANTITY, .flags = BH_OPT_REQUIRED},
  {.key = "rollover", .type = BH_OPT_INTEGER, .flags = BH_OPT_CARRY, .fallback = "0"}, {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "test_rollover", .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

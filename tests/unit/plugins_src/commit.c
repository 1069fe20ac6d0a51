/* Proof of phase 2: a commitment, max(0, round(amount × fraction) − what the named lines came to). */
#include "../../../plugins/models/ratio.h"
#include <stdlib.h>
#include <string.h>

typedef struct me { const bh_host *host; } me;

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  const bh_host *h = ((me *)self)->host;
  bh_dec *amount = malloc(sizeof *amount);
  if (!amount)
    return BH_E_NOMEM;
  bh_status rc = h->dec(h->ctx, params, "amount", amount);
  if (rc)
    free(amount);
  else
    *state = amount;
  return rc;
}

/* In minor units; the amounts that come have the currency's decimals. */
static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((me *)self)->host;
  const bh_dec *amount = state;
  wide unit = 1, whole, part;
  for (int32_t i = 0; i < in->decimals; i++)
    unit *= 10;
  bh_ratio r = ratio_of_dec(*amount);
  wide num = (wide)r.num * unit * in->fraction.num, den = (wide)r.den * in->fraction.den;
  whole = num / den;
  part = num % den;
  int64_t owed = (int64_t)(whole + (part * 2 >= den));
  for (size_t i = 0; i < in->amount_count; i++) {
    if (in->amounts[i].scale != in->decimals)
      return h->fail(h->ctx, BH_E_INVALID, "an amount is not in minor units");
    owed -= in->amounts[i].coef;
  }
  const bh_priced_line line = {.struct_size = sizeof line, .quantity = {1, 1}, .fraction = {1, 1},
    .unit_price = {owed > 0 ? owed : 0, in->decimals, 0}, .text = {"shortfall", 9}};
  return out->line(out->ctx, &line);
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
  static const bh_model m = {.struct_size = sizeof m, .phase = 2, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &m : NULL;
}

static const bh_option options[] = {
  {.key = "amount", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED}, {.key = "of", .type = BH_OPT_PRODUCTS, .fallback = "all"}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "test_commit", .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

/* commit: what the named lines of a billing fall short of an agreed amount: max(0, round(amount × fraction) − their total). */
#include "../amounts.h"

typedef struct terms { bh_dec amount; } terms;

static bh_status prepare(void *me, const bh_values *params, void **state)
{
  const bh_host *h = ((self *)me)->host;
  terms t;
  bh_status rc = h->dec(h->ctx, params, "amount", &t.amount);
  if (rc == BH_OK && t.amount.coef < 0)
    rc = h->fail(h->ctx, BH_E_INVALID, "amount: not below zero");
  return rc ? rc : self_keep(state, &t, sizeof t);
}

/* amount × fraction in minor units, rounded as the contract rounds: the total that is taken from it is rounded already. */
static int committed(int64_t *out, bh_dec amount, const bh_model_input *in)
{
  wide unit = 1;
  bh_ratio exact;
  for (int32_t i = 0; i < in->decimals; i++)
    unit *= 10;
  if (!ratio_mul(&exact, ratio_of_dec(amount), in->fraction) || !ratio_make(&exact, (wide)exact.num * unit, exact.den))
    return 0;
  int64_t whole = exact.num / exact.den, rest = exact.num % exact.den;
  wide twice = (wide)rest * 2;
  int up = twice > exact.den || (twice == exact.den && (in->rounding == 0 || whole % 2));
  *out = whole + up;
  return 1;
}

static bh_status rate(void *me, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((self *)me)->host;
  const terms *t = state;
  int64_t sum, agreed, shortfall;
  bh_status rc = amounts_sum(h, in, &sum);
  if (rc || (rc = amounts_note(in, out)))
    return rc;
  if (!committed(&agreed, t->amount, in) || __builtin_sub_overflow(agreed, sum, &shortfall))
    return self_too_large(h);
  char of[NUMBER_LEN], billed[NUMBER_LEN], whole[NUMBER_LEN], text[300];
  text_of_money(of, (bh_dec){agreed, in->decimals, 0});
  text_of_money(billed, (bh_dec){sum, in->decimals, 0});
  text_of_money(whole, t->amount);
  if (in->fraction.num != in->fraction.den) {
    snprintf(text, sizeof text, "committed: %s × %lld/%lld = %s", whole, (long long)in->fraction.num, (long long)in->fraction.den, of);
    if ((rc = out->note(out->ctx, self_str(text))))
      return rc;
  }
  snprintf(text, sizeof text, "%s committed, %s billed", of, billed);
  return self_line(out, (bh_ratio){1, 1}, (bh_dec){shortfall > 0 ? shortfall : 0, in->decimals, 0}, (bh_ratio){1, 1}, in->in_force, text);
}

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 2, .prepare = prepare, .rate = rate, .release = self_release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "amount", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "What the lines come to at least in a whole period; prorated with the days in force."},
  {.key = "of", .type = BH_OPT_PRODUCTS, .flags = BH_OPT_REQUIRED, .help = "Which lines count: \"all\", products, or a filter like { tax = \"CATEGORY\" }."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "commit", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = self_create, .destroy = free, .get_interface = get_interface,
};

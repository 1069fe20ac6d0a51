/* percent: a share of what other lines of the same billing came to, with a least amount. */
#include "../amounts.h"

typedef struct terms { bh_dec percent; int has_minimum; bh_dec minimum; } terms;

static bh_status prepare(void *me, const bh_values *params, void **state)
{
  const bh_host *h = ((self *)me)->host;
  terms t = {.has_minimum = h->has(h->ctx, params, "minimum")};
  bh_status rc = h->dec(h->ctx, params, "percent", &t.percent);
  if (rc == BH_OK && t.has_minimum)
    rc = h->dec(h->ctx, params, "minimum", &t.minimum);
  return rc ? rc : self_keep(state, &t, sizeof t);
}

/* The share as a ratio: 3 percent are 3/100. */
static int share(bh_ratio *out, bh_dec percent) { return ratio_mul(out, ratio_of_dec(percent), (bh_ratio){1, 100}); }

static bh_status rate(void *me, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((self *)me)->host;
  const terms *t = state;
  int64_t sum;
  bh_status rc = amounts_sum(h, in, &sum);
  if (rc || (rc = amounts_note(in, out)))
    return rc;
  const bh_dec base = {sum, in->decimals, 0};
  bh_ratio part, owed, least;
  char percent[NUMBER_LEN], of[NUMBER_LEN], text[200];
  text_of_dec(percent, t->percent);
  text_of_money(of, base);
  /* Compared before rounding: the larger of two numbers is not the smaller one once both are rounded. */
  if (!share(&part, t->percent) || !ratio_mul(&owed, part, ratio_of_dec(base)) ||
      (t->has_minimum && !ratio_mul(&least, ratio_of_dec(t->minimum), in->fraction)))
    return self_too_large(h);
  if (t->has_minimum && ratio_cmp(owed, least) < 0) {
    snprintf(text, sizeof text, "minimum; %s%% of %s is less", percent, of);
    return self_line(out, (bh_ratio){1, 1}, t->minimum, in->fraction, in->in_force, text);
  }
  snprintf(text, sizeof text, "%s%% of %s", percent, of);
  return self_line(out, part, base, (bh_ratio){1, 1}, in->in_force, text);
}

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 2, .prepare = prepare, .rate = rate, .release = self_release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "of", .type = BH_OPT_PRODUCTS, .flags = BH_OPT_REQUIRED, .help = "Of which lines: \"all\", products, or a filter like { tax = \"CATEGORY\" }."},
  {.key = "percent", .type = BH_OPT_PERCENT, .flags = BH_OPT_REQUIRED, .help = "The share of what they come to, before discounts."},
  {.key = "minimum", .type = BH_OPT_MONEY, .help = "The least that is charged for a whole period; prorated with the days in force."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "percent", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = self_create, .destroy = free, .get_interface = get_interface,
};

/* package: sold in packages of a size; a package begun is a package. */
#include "../self.h"
#include "../text.h"

typedef struct terms { bh_ratio size; bh_dec price; } terms;

static bh_status prepare(void *me, const bh_values *params, void **state)
{
  const bh_host *h = ((self *)me)->host;
  bh_dec size;
  terms t = {.price = {0, 0, 0}};
  bh_status rc = h->dec(h->ctx, params, "size", &size);
  if (rc || (rc = h->dec(h->ctx, params, "price", &t.price)))
    return rc;
  if (size.coef <= 0)
    return h->fail(h->ctx, BH_E_INVALID, "size: more than 0 is expected");
  t.size = ratio_of_dec(size);
  return self_keep(state, &t, sizeof t);
}

static bh_status rate(void *me, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((self *)me)->host;
  const terms *t = state;
  char size[NUMBER_LEN], count[NUMBER_LEN], text[160];
  text_of_ratio(size, t->size);
  bh_status rc = BH_OK;
  for (size_t i = 0; i < in->run_count && rc == BH_OK; i++) {
    const bh_model_run *run = in->runs[i];
    int64_t packages;
    if (!ratio_ceil_div(&packages, run->quantity, t->size))
      return self_too_large(h);
    text_of_ratio(count, run->quantity);
    snprintf(text, sizeof text, "%s in packages of %s", count, size);
    rc = self_line(out, (bh_ratio){packages, 1}, t->price, run->fraction, run->days, text);
  }
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 1, .prepare = prepare, .rate = rate, .release = self_release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "size", .type = BH_OPT_QUANTITY, .flags = BH_OPT_REQUIRED, .help = "How many one package holds."},
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "Of one package for a whole period."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "package", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = self_create, .destroy = free, .get_interface = get_interface,
};

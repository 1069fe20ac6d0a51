/* flat: one price for the period, whatever is counted. */
#include <billhook/plugin.h>
#include <stdlib.h>
#include <string.h>

typedef struct flat { const bh_host *host; } flat;

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  const bh_host *h = ((flat *)self)->host;
  bh_dec price;
  bh_status rc = h->dec(h->ctx, params, "price", &price);
  if (rc)
    return rc;
  bh_dec *kept = malloc(sizeof *kept);
  if (!kept)
    return BH_E_NOMEM;
  *kept = price;
  *state = kept;
  return BH_OK;
}

static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_priced_line line = {.struct_size = sizeof line, .quantity = {1, 1}, .fraction = in->fraction, .unit_price = *(const bh_dec *)state};
  return out->line(out->ctx, &line);
}

static void release(void *self, void *state)
{
  free(state);
}

static bh_status create(const bh_host *host, void **self)
{
  flat *f = malloc(sizeof *f);
  if (!f)
    return BH_E_NOMEM;
  f->host = host;
  *self = f;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 1, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "What a whole period costs."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "flat", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

/* per_unit: the quantity at one price. A quantity that goes by days is a line for each run of days. */
#include <billhook/plugin.h>
#include <stdlib.h>
#include <string.h>

typedef struct per_unit { const bh_host *host; } per_unit;

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  const bh_host *h = ((per_unit *)self)->host;
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
  bh_status rc = BH_OK;
  for (size_t i = 0; i < in->run_count && rc == BH_OK; i++) {
    const bh_model_run *run = in->runs[i];
    const bh_priced_line line = {.struct_size = sizeof line, .quantity = run->quantity, .fraction = run->fraction,
      .unit_price = *(const bh_dec *)state, .days = run->days};
    rc = out->line(out->ctx, &line);
  }
  return rc;
}

static void release(void *self, void *state)
{
  free(state);
}

static bh_status create(const bh_host *host, void **self)
{
  per_unit *u = malloc(sizeof *u);
  if (!u)
    return BH_E_NOMEM;
  u->host = host;
  *self = u;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 1, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "What one unit costs for a whole period."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "per_unit", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

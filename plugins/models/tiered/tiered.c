/* tiered: prices by tiers of the quantity (../tiers.h). A quantity that goes by days is tiered for each run of days. */
#include "../tiers.h"
#include <stdlib.h>
#include <string.h>

typedef struct tiered { const bh_host *host; } tiered;

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  tiers *t = NULL;
  bh_status rc = tiers_read(&t, ((tiered *)self)->host, params);
  if (rc == BH_OK)
    *state = t;
  return rc;
}

static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((tiered *)self)->host;
  bh_status rc = BH_OK;
  for (size_t i = 0; i < in->run_count && rc == BH_OK; i++)
    rc = tiers_rate(state, h, out, in->runs[i]->quantity, in->runs[i]->fraction, in->runs[i]->days, "");
  return rc;
}

static void release(void *self, void *state)
{
  free(state);
}

/* ---- the plugin ---- */

static bh_status create(const bh_host *host, void **self)
{
  tiered *t = malloc(sizeof *t);
  if (!t)
    return BH_E_NOMEM;
  t->host = host;
  *self = t;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 1, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "mode", .type = BH_OPT_CHOICE, .choices = tiers_modes, .fallback = "graduated",
   .help = "graduated: each tier's units at its price. volume: all units at the price of the tier reached. stairstep: the flat of "
           "the tier reached."},
  {.key = "tiers", .type = BH_OPT_RECORDS, .records = tiers_records, .flags = BH_OPT_REQUIRED,
   .help = "From the lowest up; exactly up_to is inside; the last one has none."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "tiered", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

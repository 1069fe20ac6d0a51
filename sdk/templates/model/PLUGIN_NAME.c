/* PLUGIN_NAME: a price a unit, with so many units free in each period.
 *
 * A model says which lines a period comes to: quantity × unit price × fraction, exactly. It never rounds and never multiplies: the host does both, once.
 */
#include <billhook/plugin.h>
#include <stdlib.h>
#include <string.h>

typedef struct model { const bh_host *host; } model;

/* The parameters of a line, read once. */
typedef struct terms {
  bh_dec price;
  int64_t free;
} terms;

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  const bh_host *h = ((model *)self)->host;
  terms t = {{0, 0, 0}, 0};
  bh_status rc;
  if ((rc = h->dec(h->ctx, params, "price", &t.price)) != BH_OK || (rc = h->integer(h->ctx, params, "free", &t.free)) != BH_OK)
    return rc;
  if (t.free < 0)
    return h->fail(h->ctx, BH_E_INVALID, "free: must not be below 0");
  terms *kept = malloc(sizeof *kept);
  if (!kept)
    return h->fail(h->ctx, BH_E_NOMEM, "no memory");
  *kept = t;
  *state = kept;
  return BH_OK;
}

static void release(void *self, void *state)
{
  (void)self;
  free(state);
}

/* What is billed of a quantity: num/den less the free ones, and not below 0. A quantity can be a fraction (an average of days). */
static bh_status billed(const bh_host *h, bh_ratio quantity, int64_t free_units, bh_ratio *out)
{
  int64_t off;
  *out = (bh_ratio){0, 1};
  if (__builtin_mul_overflow(free_units, quantity.den, &off))
    return h->fail(h->ctx, BH_E_INVALID, "free: is too large");
  if (quantity.num > off)
    *out = (bh_ratio){quantity.num - off, quantity.den};
  return BH_OK;
}

/* The quantity comes as runs of days with one value. Most lines have one run; where the count changes within the period there are more. */
static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((model *)self)->host;
  const terms *t = state;
  for (size_t i = 0; i < in->run_count; i++) {
    const bh_model_run *run = in->runs[i];
    bh_priced_line line = {.struct_size = sizeof line, .unit_price = t->price, .fraction = run->fraction, .days = run->days};
    bh_status rc = billed(h, run->quantity, t->free, &line.quantity);
    if (rc != BH_OK || (rc = out->line(out->ctx, &line)) != BH_OK)
      return rc;
  }
  return BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  model *m = malloc(sizeof *m);
  if (!m)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  m->host = host;
  *self = m;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_model interface = {.struct_size = sizeof interface, .phase = 1, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &interface : NULL;
}

/* The parameters of a product. The same as in PLUGIN_NAME.json: `billhook plugin check` compares them. */
static const bh_option options[] = {
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "Of one unit for a whole period."},
  {.key = "free", .type = BH_OPT_INTEGER, .fallback = "0", .help = "How many units of each period cost nothing."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "PLUGIN_NAME", .version = "0.1", .vendor = "You", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

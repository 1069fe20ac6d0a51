// A model in C++11: the quantity at a price. Nothing of C++ crosses the line.
#include <billhook/plugin.h>
#include <cstring>
#include <new>

namespace {

struct Model { const bh_host *host; };
struct Terms { bh_dec price; };

bh_status prepare(void *self, const bh_values *params, void **state)
{
  const bh_host *h = static_cast<Model *>(self)->host;
  bh_dec price = bh_dec();
  bh_status rc = h->dec(h->ctx, params, "price", &price);
  if (rc != BH_OK)
    return rc;
  Terms *t = new (std::nothrow) Terms();
  if (!t)
    return h->fail(h->ctx, BH_E_NOMEM, "no memory");
  t->price = price;
  *state = t;
  return BH_OK;
}

bh_status rate(void *, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  for (std::size_t i = 0; i < in->run_count; i++) {
    bh_priced_line line = bh_priced_line();
    line.struct_size = sizeof line;
    line.quantity = in->runs[i]->quantity;
    line.fraction = in->runs[i]->fraction;
    line.unit_price = static_cast<const Terms *>(state)->price;
    line.days = in->runs[i]->days;
    bh_status rc = out->line(out->ctx, &line);
    if (rc != BH_OK)
      return rc;
  }
  return BH_OK;
}

void release(void *, void *state) { delete static_cast<Terms *>(state); }

bh_status create(const bh_host *host, void **self)
{
  Model *m = new (std::nothrow) Model();
  if (!m)
    return host->fail(host->ctx, BH_E_NOMEM, "no memory");
  m->host = host;
  *self = m;
  return BH_OK;
}

void destroy(void *self) { delete static_cast<Model *>(self); }

const bh_model model = {sizeof(bh_model), 1, prepare, rate, release, 0, 0};

const void *get_interface(const char *id) { return std::strcmp(id, BH_IFACE_MODEL) == 0 ? &model : nullptr; }

const bh_option options[] = {
  {"price", nullptr, "Of one seat for a whole period.", nullptr, nullptr, BH_OPT_MONEY, BH_OPT_REQUIRED},
  {nullptr, nullptr, nullptr, nullptr, nullptr, 0, 0},
};

} // namespace

extern "C" const bh_plugin billhook_plugin = {
  sizeof(bh_plugin), BH_ABI_MAJOR, BH_ABI_MINOR, BH_ABI_RC, "per_seat", "0.1", "You", "MIT", options, create, destroy, get_interface,
};

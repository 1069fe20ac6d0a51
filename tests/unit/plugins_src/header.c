/* The header, and a look at each kind of thing in it, in C and C++ of every dialect. */
#include <billhook/plugin.h>

extern int bh_header_test(const bh_host *h, const bh_model *m);
int bh_header_test(const bh_host *h, const bh_model *m)
{
  bh_str s = {"x", 1};
  if (BH_HAS(h, bh_host, log))
    h->log(h->ctx, BH_LOG_INFO, s);
  return BH_HAS(m, bh_model, release) ? BH_OK : h->fail(h->ctx, BH_E_INVALID, "%s", "no release");
}

/* A descriptor against its manifest: listing trusts the manifest, so it must be true. */
#include "plugin/load.h"
#include "plugin/manifest.h"

static bool same(bh_str manifest, const char *descriptor)
{
  return bh_str_eqz(manifest, descriptor ? descriptor : "");
}

static bh_status differ(bh_error *err, const char *what, bh_str manifest, const char *descriptor)
{
  return bh_fail(err, BH_E_INVALID, "its manifest says %s \"%.*s\" and its code \"%s\"", what, BH_STR_ARG(manifest),
                 descriptor ? descriptor : "");
}

static bool same_choices(const bh_manifest_option *m, const bh_option *o)
{
  size_t n = 0;
  for (; o->choices && o->choices[n]; n++)
    if (n >= m->choice_count || !bh_str_eqz(m->choices[n], o->choices[n]))
      return false;
  return n == m->choice_count;
}

static bh_status compare_options(const bh_manifest_option *m, size_t count, const bh_option *o, bh_error *err)
{
  size_t n = 0;
  for (; o && o[n].key; n++) {
    if (n >= count || !bh_str_eqz(m[n].key, o[n].key))
      return differ(err, "that an option is", n < count ? m[n].key : BH_S(""), o[n].key);
    const char *type = bh_option_type_name(o[n].type);
    bool required = o[n].flags & BH_OPT_REQUIRED, secret = o[n].flags & BH_OPT_SECRET;
    bool marks = m[n].carry == !!(o[n].flags & BH_OPT_CARRY) && m[n].exclusive == !!(o[n].flags & BH_OPT_EXCLUSIVE) &&
                 m[n].either == !!(o[n].flags & BH_OPT_EITHER);
    if (!marks || !same(m[n].type, type) || !same(m[n].fallback, o[n].fallback) || !same_choices(&m[n], &o[n]) || m[n].required != required ||
        m[n].secret != secret || !same(m[n].help, o[n].help))
      return bh_fail(err, BH_E_INVALID, "its manifest and its code disagree on the option \"%s\"", o[n].key);
    bh_status rc = compare_options(m[n].records, m[n].record_count, o[n].type == BH_OPT_RECORDS ? o[n].records : NULL, err);
    if (rc)
      return rc;
  }
  return n == count ? BH_OK : differ(err, "that an option is", m[n].key, NULL);
}

static bh_status compare_interfaces(const bh_plugin *p, const bh_manifest *m, bh_error *err)
{
  for (size_t i = 0; i < m->interface_count; i++) {
    const void *got = p->get_interface(m->interfaces[i].ptr);
    if (!got)
      return bh_fail(err, BH_E_INVALID, "its manifest lists the interface \"%.*s\" and its code does not have it", BH_STR_ARG(m->interfaces[i]));
    if (bh_str_eqz(m->interfaces[i], BH_IFACE_MODEL)) {
      const bh_model *model = got;
      if (!BH_HAS(model, bh_model, rate) || !model->prepare)
        return bh_fail(err, BH_E_INVALID, "its interface \"%s\" leaves out what is required", BH_IFACE_MODEL);
      if (model->phase != m->phase)
        return bh_fail(err, BH_E_INVALID, "its manifest says phase %d and its code %d", m->phase, model->phase);
      if (m->by_day != (BH_HAS(model, bh_model, flags) && (model->flags & BH_MODEL_BY_DAY)))
        return bh_fail(err, BH_E_INVALID, "its manifest and its code disagree on by_day");
    }
    if (bh_str_eqz(m->interfaces[i], BH_IFACE_CONNECTOR) && !BH_HAS((const bh_connector *)got, bh_connector, pull))
      return bh_fail(err, BH_E_INVALID, "its interface \"%s\" leaves out what is required", BH_IFACE_CONNECTOR);
  }
  return BH_OK;
}

bh_status bh_plugin_compare(const bh_plugin *p, const bh_manifest *m, bh_error *err)
{
  if (!same(m->id, p->id))
    return differ(err, "id", m->id, p->id);
  if (!same(m->version, p->version))
    return differ(err, "version", m->version, p->version);
  if (!same(m->vendor, p->vendor))
    return differ(err, "vendor", m->vendor, p->vendor);
  if (!same(m->license, p->license))
    return differ(err, "license", m->license, p->license);
  if (m->abi_major != p->abi_major || m->abi_minor != p->abi_minor || m->abi_rc != p->abi_rc)
    return bh_fail(err, BH_E_INVALID, "its manifest and its code disagree on the ABI");
  bh_status rc = compare_options(m->options, m->option_count, p->options, err);
  return rc ? rc : compare_interfaces(p, m, err);
}

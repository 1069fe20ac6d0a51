/* Version matching, and the words for option types and kinds. */
#include "plugin/manifest.h"

static const char *const type_names[] = {NULL, "text", "money", "quantity", "percent", "integer", "choice", "date", "duration", "bool", "records", "products"};
enum { TYPE_COUNT = sizeof type_names / sizeof type_names[0] };

int32_t bh_option_type_number(bh_str name)
{
  for (int32_t i = 1; i < TYPE_COUNT; i++)
    if (bh_str_eqz(name, type_names[i]))
      return i;
  return 0;
}

const char *bh_option_type_name(int32_t number)
{
  return number > 0 && number < TYPE_COUNT ? type_names[number] : NULL;
}

static bool number(uint32_t *out, bh_str *text)
{
  uint32_t v = 0;
  size_t n = 0;
  for (; n < text->len && n < 6 && text->ptr[n] >= '0' && text->ptr[n] <= '9'; n++)
    v = v * 10 + (uint32_t)(text->ptr[n] - '0');
  if (n == 0 || (n > 1 && text->ptr[0] == '0'))
    return false;
  *text = (bh_str){text->ptr + n, text->len - n};
  *out = v;
  return true;
}

bool bh_abi_parse(uint32_t *major, uint32_t *minor, uint32_t *rc, bh_str text)
{
  *rc = 0;
  if (!number(major, &text) || text.len == 0 || text.ptr[0] != '.')
    return false;
  text = (bh_str){text.ptr + 1, text.len - 1};
  if (!number(minor, &text))
    return false;
  if (text.len == 0)
    return true;
  if (!bh_str_starts(text, BH_S("-rc")))
    return false;
  text = (bh_str){text.ptr + 3, text.len - 3};
  return number(rc, &text) && *rc > 0 && text.len == 0;
}

size_t bh_abi_format(char out[40], uint32_t major, uint32_t minor, uint32_t rc)
{
  int n = rc ? snprintf(out, 40, "%u.%u-rc%u", major, minor, rc) : snprintf(out, 40, "%u.%u", major, minor);
  return (size_t)n;
}

bool bh_abi_fits(uint32_t major, uint32_t minor, uint32_t rc)
{
  if (BH_ABI_RC || rc) /* a release candidate promises nothing to its neighbours */
    return major == BH_ABI_MAJOR && minor == BH_ABI_MINOR && rc == BH_ABI_RC;
  return major == BH_ABI_MAJOR && minor <= BH_ABI_MINOR;
}

const char *bh_kind_interface(bh_str kind)
{
  static const char *const pairs[][2] = {{"connector", BH_IFACE_CONNECTOR}, {"model", BH_IFACE_MODEL}, {"sink", BH_IFACE_SINK},
    {"gateway", BH_IFACE_GATEWAY}, {"tax", BH_IFACE_TAX}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    if (bh_str_eqz(kind, pairs[i][0]))
      return pairs[i][1];
  return NULL;
}

/* TZif files (RFC 8536), versions 1 to 4. */
#include "base/zone_rule.h"
#include <stdlib.h>

enum { HEADER_BYTES = 44, TYPE_BYTES = 6, CHANGES_MAX = 20000, OFFSET_S_MAX = 26 * 3600 };

typedef struct header {
  char version;
  size_t utc_flags, std_flags, leaps, changes, types, name_bytes;
} header;

static uint32_t be32(const char *p)
{
  uint32_t v;
  memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}

static int64_t be64(const char *p)
{
  uint64_t v;
  memcpy(&v, p, 8);
  return (int64_t)__builtin_bswap64(v);
}

static bool parse_header(header *h, bh_str s)
{
  if (s.len < HEADER_BYTES || memcmp(s.ptr, "TZif", 4) != 0)
    return false;
  *h = (header){s.ptr[4], be32(s.ptr + 20), be32(s.ptr + 24), be32(s.ptr + 28),
                be32(s.ptr + 32), be32(s.ptr + 36), be32(s.ptr + 40)};
  return h->changes <= CHANGES_MAX && h->types >= 1 && h->types <= 256 && h->leaps <= CHANGES_MAX &&
         h->utc_flags <= 256 && h->std_flags <= 256 && h->name_bytes <= 65536;
}

/* The bytes behind the header; times are 4 bytes wide in the first block and 8 in the second. */
static size_t data_bytes(const header *h, size_t wide)
{
  return h->changes * (wide + 1) + h->types * TYPE_BYTES + h->name_bytes + h->leaps * (wide + 4) + h->std_flags + h->utc_flags;
}

static bool fill(bh_zone *z, const header *h, const char *p, size_t wide)
{
  const char *indexes = p + h->changes * wide, *types = indexes + h->changes;
  for (size_t i = 0; i <= h->changes; i++) {
    size_t type = i == 0 ? 0 : (unsigned char)indexes[i - 1];
    if (type >= h->types)
      return false;
    z->offsets_s[i] = (int32_t)be32(types + type * TYPE_BYTES);
    if (z->offsets_s[i] < -OFFSET_S_MAX || z->offsets_s[i] > OFFSET_S_MAX)
      return false;
    if (i == 0)
      continue;
    z->changes[i - 1] = wide == 8 ? be64(p + (i - 1) * 8) : (int32_t)be32(p + (i - 1) * 4);
    if (i > 1 && z->changes[i - 1] <= z->changes[i - 2])
      return false;
  }
  return true;
}

static bool parse_footer(bh_zone *z, bh_str rest)
{
  if (rest.len < 2 || rest.ptr[0] != '\n')
    return false;
  const char *end = memchr(rest.ptr + 1, '\n', rest.len - 1);
  if (!end)
    return false;
  bh_str rule = {rest.ptr + 1, (size_t)(end - rest.ptr) - 1};
  z->has_rule = rule.len > 0;
  return rule.len == 0 || bh_zone_rule_parse(&z->rule, rule);
}

bh_zone *bh_zone_file_parse(bh_str file)
{
  header h;
  size_t wide = 4;
  if (!parse_header(&h, file))
    return NULL;
  if (h.version >= '2') { /* the 32-bit block is for old readers */
    size_t skip = HEADER_BYTES + data_bytes(&h, 4);
    if (skip > file.len)
      return NULL;
    file = (bh_str){file.ptr + skip, file.len - skip};
    wide = 8;
    if (!parse_header(&h, file))
      return NULL;
  }
  size_t used = HEADER_BYTES + data_bytes(&h, wide);
  if (used > file.len)
    return NULL;
  bh_zone *z = calloc(1, sizeof *z + h.changes * sizeof *z->changes + (h.changes + 1) * sizeof *z->offsets_s);
  if (!z)
    bh_out_of_memory(sizeof *z);
  z->change_count = (uint32_t)h.changes;
  z->changes = (int64_t *)(z + 1);
  z->offsets_s = (int32_t *)(z->changes + h.changes);
  bool ok = fill(z, &h, file.ptr + HEADER_BYTES, wide);
  if (ok && wide == 8)
    ok = parse_footer(z, (bh_str){file.ptr + used, file.len - used});
  if (ok)
    return z;
  free(z);
  return NULL;
}

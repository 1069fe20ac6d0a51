/* Packing and bounds-checked unpacking. */
#include "base/wire.h"

enum { VARINT_BYTES_MAX = 10 };

static void put_varint(bh_buf *b, uint64_t v)
{
  char bytes[VARINT_BYTES_MAX];
  size_t n = 0;
  for (; v >= 0x80; v >>= 7)
    bytes[n++] = (char)(v | 0x80);
  bytes[n++] = (char)v;
  bh_buf_put(b, bytes, n);
}

void bh_put_u8(bh_buf *b, uint8_t v)
{
  bh_buf_putc(b, (char)v);
}

void bh_put_u32(bh_buf *b, uint32_t v)
{
  if (v < 0x80)
    bh_buf_putc(b, (char)v);
  else
    put_varint(b, v);
}

void bh_put_i64(bh_buf *b, int64_t v)
{
  put_varint(b, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

void bh_put_str(bh_buf *b, bh_str s)
{
  if (s.len > UINT32_MAX) {
    b->failed = true;
    return;
  }
  bh_put_u32(b, (uint32_t)s.len);
  bh_buf_puts(b, s);
}

void bh_put_dec(bh_buf *b, bh_dec d)
{
  bh_put_i64(b, d.coef);
  bh_put_u8(b, (uint8_t)d.scale);
}

void bh_put_ratio(bh_buf *b, bh_ratio r)
{
  bh_put_i64(b, r.num);
  bh_put_i64(b, r.den);
}

bh_get bh_get_init(bh_str s)
{
  return (bh_get){s.ptr, s.ptr + s.len, false};
}

static size_t left(const bh_get *g)
{
  return (size_t)(g->end - g->at);
}

static uint64_t get_varint(bh_get *g, uint64_t max)
{
  uint64_t v = 0;
  for (unsigned shift = 0; !g->bad && g->at < g->end && shift < 64; shift += 7) {
    uint64_t byte = (unsigned char)*g->at++;
    if (shift == 63 && byte > 1)
      break;
    v |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      if (v > max)
        break;
      return v;
    }
  }
  g->bad = true;
  return 0;
}

uint8_t bh_get_u8(bh_get *g)
{
  if (g->bad || g->at == g->end) {
    g->bad = true;
    return 0;
  }
  return (uint8_t)*g->at++;
}

uint32_t bh_get_u32(bh_get *g)
{
  return (uint32_t)get_varint(g, UINT32_MAX);
}

int64_t bh_get_i64(bh_get *g)
{
  uint64_t v = get_varint(g, UINT64_MAX);
  return (int64_t)((v >> 1) ^ (v & 1 ? UINT64_MAX : 0));
}

bh_str bh_get_str(bh_get *g)
{
  size_t n = bh_get_u32(g);
  if (g->bad || n > left(g)) {
    g->bad = true;
    return (bh_str){"", 0};
  }
  bh_str s = {g->at, n};
  g->at += n;
  return s;
}

bh_dec bh_get_dec(bh_get *g)
{
  int64_t coef = bh_get_i64(g);
  int32_t scale = bh_get_u8(g);
  if (scale > BH_DEC_SCALE_MAX)
    g->bad = true;
  return g->bad ? (bh_dec){0, 0, 0} : (bh_dec){coef, scale, 0};
}

/* A misfit gives 0/1: what follows may divide by it before anyone looks at `bad`. */
bh_ratio bh_get_ratio(bh_get *g)
{
  int64_t num = bh_get_i64(g), den = bh_get_i64(g);
  if (den < 1)
    g->bad = true;
  return g->bad ? (bh_ratio){0, 1} : (bh_ratio){num, den};
}

uint32_t bh_get_count(bh_get *g, uint32_t max)
{
  uint32_t n = bh_get_u32(g);
  if (n > max || n > left(g)) {
    g->bad = true;
    return 0;
  }
  return n;
}

/* Bounds-checked packing of plain values: worker frames, sort runs, blobs in the store. Little-endian, varint lengths. */
#ifndef BH_WIRE_H
#define BH_WIRE_H
#include "base/base.h"
#include "base/dec.h"
void bh_put_u8(bh_buf *b, uint8_t v);
void bh_put_u32(bh_buf *b, uint32_t v);  /* varint */
void bh_put_i64(bh_buf *b, int64_t v);   /* zigzag varint */
void bh_put_str(bh_buf *b, bh_str s);
void bh_put_dec(bh_buf *b, bh_dec d);
void bh_put_ratio(bh_buf *b, bh_ratio r);
/* Reading: after the first misfit `bad` is set and every get gives zeros. Strings point into the source. */
typedef struct bh_get { const char *at, *end; bool bad; } bh_get;
bh_get bh_get_init(bh_str s);
uint8_t bh_get_u8(bh_get *g);
uint32_t bh_get_u32(bh_get *g);
int64_t bh_get_i64(bh_get *g);
bh_str bh_get_str(bh_get *g);
bh_dec bh_get_dec(bh_get *g);     /* a scale outside 0..9 is a misfit */
bh_ratio bh_get_ratio(bh_get *g); /* a den below 1 is a misfit */
/* A count that must be at most `max` and no more than the bytes that are left. */
uint32_t bh_get_count(bh_get *g, uint32_t max);
static inline bool bh_get_done(const bh_get *g) { return !g->bad && g->at == g->end; }
#endif

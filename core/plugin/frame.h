/* The header of a frame: 'B' 'H' version zero, type (2 bytes), zero (2 bytes), length (4 bytes); little-endian. */
#ifndef BH_FRAME_H
#define BH_FRAME_H
#include "plugin/worker.h"

enum { BH_FRAME_HEADER_BYTES = 12 };
void bh_frame_header_put(unsigned char out[BH_FRAME_HEADER_BYTES], uint16_t type, size_t len);
/* False where it is no header of ours, or the length is above BH_FRAME_MAX. */
bool bh_frame_header_get(const unsigned char in[BH_FRAME_HEADER_BYTES], uint16_t *type, size_t *len);
#endif

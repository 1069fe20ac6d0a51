/* What the fuzz targets share. A target must neither crash nor leak, whatever the bytes; what it takes it must be able to give back. */
#ifndef BH_FUZZ_H
#define BH_FUZZ_H
#include <stdint.h>
#include <stdlib.h>
#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_MUST(condition) ((condition) ? (void)0 : abort())

static inline bh_str fuzz_str(const uint8_t *data, size_t size) { return (bh_str){size ? (const char *)data : "", size}; }
#endif

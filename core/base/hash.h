/* SHA-256 through OpenSSL's libcrypto, which is loaded at the first use (linking it would slow every start). */
#ifndef BH_HASH_H
#define BH_HASH_H
#include "base/base.h"
typedef struct bh_sha { uint8_t b[32]; } bh_sha;
/* The digest of the parts, one after the other. Aborts where libcrypto cannot be loaded. */
bh_sha bh_sha256(const bh_str *parts, size_t n);
bh_sha bh_sha256_1(bh_str s);
void bh_hex(char *out, const void *bytes, size_t n); /* 2n characters and NUL */
bool bh_unhex(void *out, bh_str hex, size_t n);
#endif

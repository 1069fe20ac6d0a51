/* What goes into an Authorization header: base64 and HMAC, both by libcrypto. */
#include "plugin/http.h"
#include <openssl/evp.h>

enum { MAC_BYTES_MAX = 64 };

static bh_str base64(bh_arena *a, bh_str bytes)
{
  char *out = bh_arena_alloc(a, (bytes.len + 2) / 3 * 4 + 1);
  int n = EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)bytes.ptr, (int)bytes.len);
  return (bh_str){out, n > 0 ? (size_t)n : 0};
}

bh_str bh_http_basic(bh_arena *a, bh_str user, bh_str password)
{
  bh_str pair = bh_arena_fmt(a, "%.*s:%.*s", BH_STR_ARG(user), BH_STR_ARG(password));
  bh_str encoded = base64(a, pair);
  return bh_arena_fmt(a, "Basic %.*s", BH_STR_ARG(encoded));
}

bool bh_http_hmac(bh_str *out, bh_arena *a, const char *hash, bh_str key, bh_str text, const char *as)
{
  static const char *const names[][2] = {{"sha1", "SHA1"}, {"sha256", "SHA256"}, {"sha512", "SHA512"}};
  static const char digits[] = "0123456789abcdef";
  unsigned char mac[MAC_BYTES_MAX];
  size_t n = 0;
  const char *digest = NULL;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (hash && strcmp(hash, names[i][0]) == 0)
      digest = names[i][1];
  bool hex = as && strcmp(as, "hex") == 0;
  if (!digest || (!hex && (!as || strcmp(as, "base64") != 0)) ||
      !EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key.len ? key.ptr : "", key.len, (const unsigned char *)(text.len ? text.ptr : ""), text.len, mac,
                 sizeof mac, &n))
    return false;
  if (!hex) {
    *out = base64(a, (bh_str){(const char *)mac, n});
    return true;
  }
  char *chars = bh_arena_alloc(a, 2 * n + 1);
  for (size_t i = 0; i < n; i++) {
    chars[2 * i] = digits[mac[i] >> 4];
    chars[2 * i + 1] = digits[mac[i] & 15];
  }
  *out = (bh_str){chars, 2 * n};
  return true;
}

/* SHA-256 by libcrypto, loaded when the first digest is wanted. */
#include "base/hash.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

typedef struct evp_md evp_md;
typedef struct evp_md_ctx evp_md_ctx;

static struct {
  evp_md *(*fetch)(void *libctx, const char *algorithm, const char *properties);
  evp_md_ctx *(*ctx_new)(void);
  void (*ctx_free)(evp_md_ctx *);
  int (*init)(evp_md_ctx *, const evp_md *, const void *params);
  int (*update)(evp_md_ctx *, const void *, size_t);
  int (*final)(evp_md_ctx *, unsigned char *, unsigned *);
  evp_md *sha256;
  pthread_key_t ctx_key; /* gives a thread's context back when the thread ends */
} crypto;

static _Thread_local evp_md_ctx *thread_ctx;

static _Noreturn void cannot(const char *what)
{
  fprintf(stderr, "billhook: cannot use libcrypto.so.3 (OpenSSL 3), which hashes every document: %s\n", what);
  abort();
}

static void *symbol(void *library, const char *name)
{
  void *p = dlsym(library, name);
  if (!p)
    cannot(name);
  return p;
}

static void free_ctx(void *ctx)
{
  crypto.ctx_free(ctx);
}

static void load(void)
{
  void *library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
  if (!library)
    cannot(dlerror());
  *(void **)&crypto.fetch = symbol(library, "EVP_MD_fetch");
  *(void **)&crypto.ctx_new = symbol(library, "EVP_MD_CTX_new");
  *(void **)&crypto.ctx_free = symbol(library, "EVP_MD_CTX_free");
  *(void **)&crypto.init = symbol(library, "EVP_DigestInit_ex2");
  *(void **)&crypto.update = symbol(library, "EVP_DigestUpdate");
  *(void **)&crypto.final = symbol(library, "EVP_DigestFinal_ex");
  crypto.sha256 = crypto.fetch(NULL, "SHA2-256", NULL); /* once: the look-up costs more than a short digest */
  if (!crypto.sha256)
    cannot("it has no SHA2-256");
  if (pthread_key_create(&crypto.ctx_key, free_ctx))
    cannot("no thread key is left");
}

static evp_md_ctx *context(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  if (thread_ctx)
    return thread_ctx;
  pthread_once(&once, load);
  thread_ctx = crypto.ctx_new();
  if (!thread_ctx)
    cannot("EVP_MD_CTX_new");
  pthread_setspecific(crypto.ctx_key, thread_ctx);
  return thread_ctx;
}

bh_sha bh_sha256(const bh_str *parts, size_t n)
{
  bh_sha sha;
  evp_md_ctx *ctx = context();
  bool ok = crypto.init(ctx, crypto.sha256, NULL) == 1;
  for (size_t i = 0; ok && i < n; i++)
    ok = parts[i].len == 0 || crypto.update(ctx, parts[i].ptr, parts[i].len) == 1;
  if (!ok || crypto.final(ctx, sha.b, NULL) != 1)
    cannot("the digest failed");
  return sha;
}

bh_sha bh_sha256_1(bh_str s)
{
  return bh_sha256(&s, 1);
}

void bh_hex(char *out, const void *bytes, size_t n)
{
  static const char hex[] = "0123456789abcdef";
  const unsigned char *p = bytes;
  for (size_t i = 0; i < n; i++) {
    out[2 * i] = hex[p[i] >> 4];
    out[2 * i + 1] = hex[p[i] & 15];
  }
  out[2 * n] = 0;
}

static int hex_value(char c)
{
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool bh_unhex(void *out, bh_str hex, size_t n)
{
  unsigned char *p = out;
  if (hex.len % 2 || hex.len / 2 != n)
    return false;
  for (size_t i = 0; i < n; i++) {
    int high = hex_value(hex.ptr[2 * i]), low = hex_value(hex.ptr[2 * i + 1]);
    if (high < 0 || low < 0)
      return false;
    p[i] = (unsigned char)(high << 4 | low);
  }
  return true;
}

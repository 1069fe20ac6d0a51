/* Connectors that misbehave, one way each: BAD says which, ID is the plugin's id. Without BAD it is a good one. */
#include <billhook/plugin.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)
#define STR(s) {"" s, sizeof(s) - 1}

typedef struct me { const bh_host *host; } me;

static bh_status emit_some(const bh_emit *e)
{
  const bh_str all = STR("*"), client = STR("acme");
  const bh_str attrs[] = {STR("os"), STR("Linux"), STR("a"), STR("b")};
  bh_status rc = e->scope_begin(e->ctx, all, all);
  for (int i = 0; rc == BH_OK && i < 3; i++) {
    const char ids[] = "123";
    const bh_asset x = {.struct_size = sizeof x, .client = client, .kind = STR("device"), .klass = STR("server"), .id = {ids + i, 1},
      .name = STR("Srv"), .attrs = attrs, .attr_count = 4};
    rc = e->asset(e->ctx, &x);
  }
  return rc ? rc : e->scope_end(e->ctx, all, all, BH_SCOPE_COMPLETE);
}

#if defined(BAD_stack)
static volatile char sink;
static int deeper(int n)
{
  volatile char block[65536];
  block[n % 65536] = (char)n;
  sink = block[0];
  return deeper(n + 1) + block[1];
}
#endif

static bh_status misbehave(me *m, const bh_emit *e)
{
  (void)m;
  (void)e;
#if defined(BAD_segv)
  volatile int *nowhere = (volatile int *)8;
  *nowhere = 1;
#elif defined(BAD_abort)
  abort();
#elif defined(BAD_double_free)
  char *volatile p = malloc(64);
  free(p);
  free(p);
#elif defined(BAD_exit)
  exit(0);
#elif defined(BAD_program) /* its manifest does not ask for it */
  return m->host->fail(m->host->ctx, BH_E_PERMANENT, "programs are %s", m->host->get_service(m->host->ctx, BH_SERVICE_PROGRAM) ? "lent" : "not lent");
#elif defined(BAD_hang)
  for (;;)
    pause();
#elif defined(BAD_deaf) /* works on and on, and does not ask whether it is cancelled */
  for (volatile unsigned long i = 0;; i++)
    ;
#elif defined(BAD_stack)
  return deeper(1) ? BH_OK : BH_E_INVALID;
#elif defined(BAD_close)
  for (int fd = 0; fd < 1024; fd++)
    close(fd);
  sleep(10);
#elif defined(BAD_garbage)
  static const char junk[] = "HTTP/1.1 200 OK\r\n\r\nthis is no frame at all";
  if (write(3, junk, sizeof junk) < 0)
    return BH_E_TRANSIENT;
#elif defined(BAD_badfacts) /* a whole frame, of facts that are none */
  static const unsigned char junk[] = {'B', 'H', 1, 0, 29, 0, 0, 0, 4, 0, 0, 0, 22, 9, 200, 1};
  if (write(3, junk, sizeof junk) < 0)
    return BH_E_TRANSIENT;
#elif defined(BAD_fork)
  for (;;)
    (void)fork();
#elif defined(BAD_leak)
  for (;;) {
    char *p = malloc(1 << 20);
    if (!p)
      abort();
    memset(p, 1, 1 << 20);
  }
#elif defined(BAD_scope)
  const bh_str all = STR("*");
  return e->scope_begin(e->ctx, all, all);
#elif defined(BAD_refused) /* ignores that a fact was not taken */
  const bh_asset x = {.struct_size = sizeof x, .kind = STR("device"), .id = STR("1")};
  (void)e->asset(e->ctx, &x);
#elif defined(BAD_silent)
  return BH_E_TRANSIENT;
#elif defined(BAD_status)
  return 4711;
#elif defined(BAD_secret)
  bh_str token;
  bh_status rc = m->host->text(m->host->ctx, m->host->options, "token", &token);
  return rc ? rc : m->host->fail(m->host->ctx, BH_E_AUTH, "the token %.*s was refused", (int)token.len, token.ptr);
#endif
  return BH_OK;
}

static bh_status probe(void *self) { (void)self; return BH_OK; }
static bh_status clients(void *self, const bh_emit *e) { (void)self; (void)e; return BH_OK; }

static bh_status pull(void *self, const bh_pull *what, const bh_emit *e)
{
  (void)what;
  bh_status rc = emit_some(e);
  return rc ? rc : misbehave(self, e);
}

static bh_status create(const bh_host *host, void **self)
{
  me *m = malloc(sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->host = host;
  *self = m;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_connector c = {.struct_size = sizeof c, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &c : NULL;
}

static const bh_option options[] = {{.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET}, {.key = NULL}};

const bh_plugin billhook_plugin = {
#if defined(BAD_size)
  .struct_size = 24,
#else
  .struct_size = sizeof(bh_plugin),
#endif
#if defined(BAD_abi)
  .abi_major = 2, .abi_minor = 0, .abi_rc = 0,
#else
  .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
#endif
#if defined(BAD_liar)
  .version = "9.9",
#else
  .version = "1.0",
#endif
  .id = TEXT(ID), .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

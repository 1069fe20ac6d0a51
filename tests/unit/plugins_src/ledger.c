/* A sink whose clients() plays a script: the file of its option `path`, a call a line, fields parted by tabs. Its other calls do nothing.
 *
 *   client ID NAME DOMAIN            product ID NAME            tax ID NAME RATE
 *   fail WHY                         die                        secret TEXT: fails where the option `token` is another
 */
#include "script_file.h"
#include <billhook/plugin.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 4, FILE_MAX = 1 << 20 };

typedef struct me { const bh_host *host; const bh_sink_emit *emit; bh_str f[FIELDS_MAX]; } me;

static int is(bh_str s, const char *z)
{
  return s.len == strlen(z) && memcmp(s.ptr, z, s.len) == 0;
}

static bh_status tax(me *m)
{
  bh_tax_code x = {.struct_size = sizeof x, .id = m->f[1], .name = m->f[2], .has = m->f[3].len ? BH_TAX_RATE : 0u};
  bh_status rc = x.has ? m->host->parse_number(m->host->ctx, m->f[3], &x.rate) : BH_OK;
  return rc ? rc : m->emit->tax(m->emit->ctx, &x);
}

static bh_status secret(me *m)
{
  bh_str is = {"", 0};
  bh_status rc = m->host->text(m->host->ctx, m->host->options, "token", &is);
  if (rc == BH_OK && (is.len != m->f[1].len || memcmp(is.ptr, m->f[1].ptr, is.len) != 0))
    rc = m->host->fail(m->host->ctx, BH_E_AUTH, "another token");
  return rc;
}

static bh_status play(me *m)
{
  const bh_client client = {.struct_size = sizeof client, .id = m->f[1], .name = m->f[2], .domain = m->f[3]};
  const bh_product product = {.struct_size = sizeof product, .id = m->f[1], .name = m->f[2]};
  if (is(m->f[0], "client"))
    return m->emit->client(m->emit->ctx, &client);
  if (is(m->f[0], "product"))
    return m->emit->product(m->emit->ctx, &product);
  if (is(m->f[0], "tax"))
    return tax(m);
  if (is(m->f[0], "secret"))
    return secret(m);
  if (is(m->f[0], "die"))
    abort();
  return is(m->f[0], "") ? BH_OK : m->host->fail(m->host->ctx, BH_E_TRANSIENT, "%.*s", (int)m->f[1].len, m->f[1].ptr);
}

static void split(me *m, const char *line, size_t len)
{
  const bh_str none = {"", 0};
  size_t at = 0;
  for (size_t i = 0; i < FIELDS_MAX; i++) {
    const char *tab = at <= len ? memchr(line + at, '\t', len - at) : NULL;
    size_t n = at > len ? 0 : tab ? (size_t)(tab - line) - at : len - at;
    m->f[i] = at > len ? none : (bh_str){line + at, n};
    at += n + 1;
  }
}

static bh_status clients(void *self, const bh_sink_emit *emit)
{
  me *m = self;
  char *text = malloc(FILE_MAX);
  size_t len = 0;
  m->emit = emit;
  bh_status rc = text ? read_script(m->host, text, FILE_MAX, &len) : BH_E_NOMEM;
  for (size_t at = 0; rc == BH_OK && at < len;) {
    const char *nl = memchr(text + at, '\n', len - at);
    size_t n = nl ? (size_t)(nl - text) - at : len - at;
    split(m, text + at, n);
    rc = play(m);
    at += n + 1;
  }
  free(text);
  return rc;
}

static bh_status probe(void *self)
{
  (void)self;
  return BH_OK;
}

static bh_status document(void *self, bh_str key, const bh_document *x, const bh_sink_emit *emit)
{
  (void)key;
  (void)x;
  (void)emit;
  return ((me *)self)->host->fail(((me *)self)->host->ctx, BH_E_PERMANENT, "it takes no documents");
}

static bh_status status(void *self, bh_str key, bh_str ref, const bh_sink_emit *emit)
{
  (void)key;
  (void)ref;
  (void)emit;
  return ((me *)self)->host->fail(((me *)self)->host->ctx, BH_E_PERMANENT, "it has no documents");
}

static bh_status create(const bh_host *host, void **self)
{
  me *m = calloc(1, sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->host = host;
  *self = m;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_sink s = {.struct_size = sizeof s, .probe = probe, .deliver = document, .lookup = document, .status = status, .clients = clients};
  return strcmp(id, BH_IFACE_SINK) == 0 ? &s : NULL;
}

static const bh_option options[] = {{.key = "path", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED}, {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC, .id = "test_ledger", .version = "1.0",
  .vendor = "Billhook tests", .license = "MIT", .options = options, .create = create, .destroy = free, .get_interface = get_interface,
};

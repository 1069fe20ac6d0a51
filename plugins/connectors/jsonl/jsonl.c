/* jsonl: facts from a file of JSON lines, or a folder of such files. */
#include "../lines/lines.h"

enum { CHUNK_BYTES = 65536, LINE_BYTES_MAX = 1 << 20 };

typedef struct jsonl { const bh_host *host; const bh_file_service *files; } jsonl;

typedef struct reading {
  jsonl *j;
  lines *l;
  bh_str path;      /* as the option has it */
  size_t files;
} reading;

/* ---- one file ---- */

static bh_status too_long(const lines *l, const char *where, uint64_t number)
{
  return l->host->fail(l->host->ctx, BH_E_INVALID, "%s:%llu: the line is longer than 1 MiB", where, (unsigned long long)number);
}

/* The whole lines of `b`; what is behind the last of them moves to the front. */
static bh_status take_lines(lines *l, const char *where, uint64_t *number, bhk_buf *b)
{
  size_t from = 0;
  bh_status rc = BH_OK;
  for (const char *end; rc == BH_OK && (end = memchr(b->ptr + from, '\n', b->len - from)) != NULL;) {
    size_t n = (size_t)(end - b->ptr) - from;
    ++*number;
    rc = n > LINE_BYTES_MAX ? too_long(l, where, *number) : lines_take(l, where, *number, (bh_str){b->ptr + from, n});
    from += n + 1;
  }
  memmove(b->ptr, b->ptr + from, b->len - from);
  b->len -= from;
  return rc || b->len <= LINE_BYTES_MAX ? rc : too_long(l, where, *number + 1);
}

static bh_status read_lines(reading *r, bh_file *file, const char *where, bhk_buf *b)
{
  const bh_host *h = r->j->host;
  uint64_t number = 0;
  char *chunk = h->scratch(h->ctx, CHUNK_BYTES);
  bh_status rc = chunk ? BH_OK : h->fail(h->ctx, BH_E_NOMEM, "no memory");
  for (size_t got = 1, all = 0; rc == BH_OK && got > 0; all += got) {
    if (h->cancelled(h->ctx))
      return BH_E_CANCELLED;
    if ((rc = r->j->files->read(h->ctx, file, chunk, CHUNK_BYTES, &got)) || got == 0)
      break;
    size_t mark = all == 0 && got >= 3 && memcmp(chunk, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* a byte order mark */
    bhk_put(b, (bh_str){chunk + mark, got - mark});
    if (b->broken)
      return h->fail(h->ctx, BH_E_NOMEM, "no memory");
    if (b->len)
      rc = take_lines(r->l, where, &number, b);
  }
  return rc == BH_OK && b->len ? lines_take(r->l, where, number + 1, bhk_text(b)) : rc;
}

static bh_status read_file(reading *r, bh_str name, int *there)
{
  const bh_host *h = r->j->host;
  char where[200];
  bh_file *file = NULL;
  bhk_buf b = {0};
  int slash = name.len && r->path.len && r->path.ptr[r->path.len - 1] != '/';
  snprintf(where, sizeof where, "%.*s%s%.*s", (int)r->path.len, r->path.ptr, slash ? "/" : "", (int)name.len, name.ptr);
  bh_status rc = r->j->files->open(h->ctx, "path", name, &file);
  *there = file != NULL;
  if (rc || !file)
    return rc;
  r->l->any = 0;
  rc = read_lines(r, file, where, &b);
  if (rc == BH_OK)
    rc = lines_had(r->l, where); /* one that has been cut off to nothing, beside others that are whole */
  r->j->files->close(h->ctx, file);
  bhk_dispose(&b);
  r->files++;
  return rc;
}

/* ---- the folder ---- */

static bh_status each_file(void *user, bh_str name)
{
  int there;
  if (name.len <= 6 || memcmp(name.ptr + name.len - 6, ".jsonl", 6) != 0)
    return BH_OK;
  return read_file(user, name, &there);
}

static bh_status read_all(reading *r)
{
  const bh_host *h = r->j->host;
  int32_t folder;
  int there;
  bh_status rc = h->text(h->ctx, h->options, "path", &r->path);
  if (rc == BH_OK)
    rc = r->j->files->list(h->ctx, "path", &folder, each_file, r);
  if (rc)
    return rc;
  if (folder)
    return r->files ? BH_OK : h->fail(h->ctx, BH_E_INVALID, "the folder \"%.*s\" has no *.jsonl", (int)r->path.len, r->path.ptr);
  rc = read_file(r, (bh_str){"", 0}, &there);
  return rc || there ? rc : h->fail(h->ctx, BH_E_INVALID, "there is no file or folder \"%.*s\"", (int)r->path.len, r->path.ptr);
}

static bh_status pull_into(jsonl *j, const bh_emit *emit, bh_date today)
{
  lines l;
  reading r = {.j = j, .l = &l};
  bh_status rc = lines_begin(&l, j->host, emit, today);
  if (rc == BH_OK)
    rc = read_all(&r);
  if (rc == BH_OK)
    rc = lines_end(&l);
  lines_dispose(&l);
  return rc;
}

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  return pull_into(self, emit, what->today);
}

static bh_status clients(void *self, const bh_emit *emit)
{
  const bh_emit only = lines_clients_only(emit);
  return pull_into(self, &only, (bh_date){2000, 1, 1}); /* the day of what is passed over */
}

static bh_status probe(void *self)
{
  const bh_emit none = lines_clients_only(NULL);
  return pull_into(self, &none, (bh_date){2000, 1, 1});
}

static bh_status create(const bh_host *host, void **self)
{
  jsonl *j = calloc(1, sizeof *j);
  if (!j)
    return BH_E_NOMEM;
  j->host = host;
  j->files = host->get_service(host->ctx, BH_SERVICE_FILE);
  if (!j->files || !BH_HAS(j->files, bh_file_service, list)) {
    free(j);
    return host->fail(host->ctx, BH_E_INVALID, "this host has no service %s that lists folders", BH_SERVICE_FILE);
  }
  *self = j;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_connector connector = {.struct_size = sizeof connector, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &connector : NULL;
}

static const bh_option options[] = {
  {.key = "path", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "The file, or the folder with *.jsonl, inside the workspace."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "jsonl", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

/* Connectors that are wrong in one way each: WRONG_… says which. Without one it is right, over tests/check/wrong/connector.replay.json: devices in
 * pages by a cursor, {"devices": [{"id", "client_id", "name"}], "next": "…"}. */
#include <billhook/kit.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

typedef struct wrong {
  bhk_api api;
  bhk_buf bearer, url;
  const bh_emit *emit;
  int pulls, rows;
} wrong;

#if defined(WRONG_undefined)
extern int billhook_secret_helper(void);
#elif defined(WRONG_borrowed)
extern void *curl_easy_init(void);
#elif defined(WRONG_exports)
__attribute__((visibility("default"))) int wrong_extra = 1;
#endif

/* ---- a row ---- */

#if defined(WRONG_double_id)
static char id_text[40];
static bh_str as_id(bh_str text)
{
  char digits[32];
  snprintf(digits, sizeof digits, "%.*s", (int)text.len, text.ptr);
  snprintf(id_text, sizeof id_text, "%.0f", (double)strtoll(digits, NULL, 10));
  return bhk_str(id_text);
}
#else
static bh_str as_id(bh_str text) { return text; }
#endif

static bh_status on_device(void *user, const bh_json_record *r)
{
  wrong *w = user;
  const bh_asset x = {.struct_size = sizeof x, .mode = BH_ASSET_PRESENT, .kind = BHK("device"), .id = as_id(bhk_value(r, 0)), .client = bhk_value(r, 1), .name = bhk_value(r, 2)};
#if defined(WRONG_ignores_emit)
  (void)w->emit->asset(w->emit->ctx, &x);
  return BH_OK;
#elif defined(WRONG_scratch)
  char *copy = w->api.h->scratch(w->api.h->ctx, x.name.len + 1);
  memcpy(copy, x.name.ptr, x.name.len);
#elif defined(WRONG_second_pull)
  if (w->pulls > 1 && bhk_is(x.id, "1001"))
    return BH_OK;
#endif
  return w->emit->asset(w->emit->ctx, &x);
}

#if defined(WRONG_misspelt)
static const char *const fields[] = {"id", "client_id", "nam"};
#else
static const char *const fields[] = {"id", "client_id", "name"};
#endif

/* ---- the list ---- */

#if defined(WRONG_own_paging) || defined(WRONG_hollow) || defined(WRONG_recursion) || defined(WRONG_numbers)
typedef struct page { bhk_buf next; } page;
static bh_status on_next(void *user, const bh_json_record *r)
{
  page *p = user;
  bhk_clear(&p->next);
  bhk_put(&p->next, bhk_value(r, 0));
  return BH_OK;
}

#if defined(WRONG_recursion)
/* A reader of its own that goes down as deep as the text does. */
static size_t skip(bh_str s, size_t at)
{
  volatile char room[4096];
  room[0] = s.ptr[at];
  if (room[0] != '[')
    return at + 1;
  for (at++; at < s.len && s.ptr[at] != ']';)
    at = skip(s, at);
  return at + 1 + (size_t)(room[0] == 0);
}
#endif

#if defined(WRONG_numbers)
static bh_status on_row(void *user, const bh_json_record *r)
{
  wrong *w = user;
  w->rows++;
  return on_device(w, r);
}

/* Counts pages up until one is not full, and never looks whether they differ. */
static bh_status read_devices(wrong *w)
{
  bh_status rc = BH_OK;
  w->rows = 3;
  for (int n = 1; rc == BH_OK && w->rows == 3; n++) {
    char path[40];
    snprintf(path, sizeof path, "/numbered?page=%d", n);
    const bhk_list list = {.path = path, .each = "$.devices[*]", .fields = fields, .field_count = 3, .row = on_row};
    w->rows = 0;
    rc = bhk_read(&w->api, &list, w, NULL, 0);
  }
  return rc;
}
#else
/* Holds each answer, and follows the cursor as long as there is one. */
static bh_status read_devices(wrong *w)
{
  static const char *const next_field[] = {"next"};
  page p = {{0}};
  bh_status rc = BH_OK;
  do {
    bhk_clear(&w->url);
    bhk_put(&w->url, bhk_text(&w->api.base));
    bhk_putz(&w->url, "/devices");
    bhk_putz(&w->url, p.next.len ? "?cursor=" : "");
    bhk_put(&w->url, bhk_text(&p.next));
    const bh_http_request q = {.struct_size = sizeof q, .url = bhk_text(&w->url), .headers = w->api.headers, .header_count = w->api.header_count};
    bh_http_answer answer = {.struct_size = sizeof answer};
    const bh_json_query devices = {.struct_size = sizeof devices, .each = "$.devices[*]", .fields = fields, .field_count = 3, .record = on_device, .user = w};
    const bh_json_query next = {.struct_size = sizeof next, .each = "$", .fields = next_field, .field_count = 1, .record = on_next, .user = &p};
    const bh_json_query *const queries[] = {&devices, &next};
    rc = w->api.http->send(w->api.h->ctx, &q, &answer);
#if defined(WRONG_recursion)
    for (size_t at = 0; rc == BH_OK && at < answer.body.len;)
      at = skip(answer.body, at);
#endif
    if (rc == BH_OK)
      rc = w->api.json->text(w->api.h->ctx, answer.body, queries, 2);
  } while (rc == BH_OK && p.next.len);
  bhk_dispose(&p.next);
  return rc;
}
#endif
#else
static bh_status read_devices(wrong *w)
{
  static const bh_json_pages pages = {.struct_size = sizeof pages, .kind = BH_PAGES_CURSOR, .path = "$.next", .param = "cursor"};
  const bhk_list list = {.path = "/devices", .each = "$.devices[*]", .fields = fields, .field_count = 3, .row = on_device, .pages = &pages};
  bh_status rc = bhk_read(&w->api, &list, w, NULL, 0);
#if defined(WRONG_deaf) /* takes whatever came for the list */
  rc = BH_OK;
#elif defined(WRONG_silent)
  if (rc)
    w->api.h->fail(w->api.h->ctx, rc, "%s", "");
#elif defined(WRONG_cancel)
  if (rc == BH_E_CANCELLED)
    sleep(10);
#endif
  return rc;
}
#endif

/* ---- the calls ---- */

static bh_status probe(void *self)
{
  (void)self;
  return BH_OK;
}

static bh_status clients(void *self, const bh_emit *emit)
{
  const bh_client x = {.struct_size = sizeof x, .id = BHK("7"), .name = BHK("Alder")};
#if defined(WRONG_clients)
  const bh_asset a = {.struct_size = sizeof a, .kind = BHK("device"), .id = BHK("1"), .client = BHK("7")};
  (void)emit->asset(emit->ctx, &a);
#endif
  (void)self;
  return emit->client(emit->ctx, &x);
}

#if defined(WRONG_file)
/* A line a device, and no matter what is in the file. */
static bh_status read_file(wrong *w)
{
  const bh_file_service *files = w->api.h->get_service(w->api.h->ctx, BH_SERVICE_FILE);
  char text[4096];
  size_t got = 0;
  bh_file *f = NULL;
  if (!files)
    return w->api.h->fail(w->api.h->ctx, BH_E_INVALID, "no files");
  bh_status rc = files->open(w->api.h->ctx, "file", (bh_str){"", 0}, &f);
  if (rc || !f || (rc = files->read(w->api.h->ctx, f, text, sizeof text, &got)))
    return rc;
  for (size_t i = 0, from = 0; rc == BH_OK && i < got; i++)
    if (text[i] == '\n') {
      const bh_asset x = {.struct_size = sizeof x, .kind = BHK("device"), .id = {text + from, i - from}, .client = BHK("7")};
      from = i + 1;
      if (x.id.len)
        rc = w->emit->asset(w->emit->ctx, &x);
    }
  files->close(w->api.h->ctx, f);
  return rc;
}
#endif

static bh_status pull(void *self, const bh_pull *what, const bh_emit *emit)
{
  wrong *w = self;
  bh_status rc;
  (void)what;
  w->emit = emit;
  w->pulls++;
#if defined(WRONG_nothing)
  return BH_OK;
#elif defined(WRONG_pull_leak)
  if (!malloc(2000))
    return BH_E_NOMEM;
#endif
#if defined(WRONG_no_scope)
  return read_devices(w);
#endif
  if ((rc = emit->scope_begin(emit->ctx, BHK("device"), BHK("*"))) != BH_OK)
    return rc;
#if defined(WRONG_file)
  rc = read_file(w);
#else
  rc = read_devices(w);
#endif
  return rc ? rc : emit->scope_end(emit->ctx, BHK("device"), BHK("*"), BH_SCOPE_COMPLETE);
}

/* ---- an instance ---- */

#if defined(WRONG_thread)
static void *waits(void *ctx)
{
  for (;;)
    pause();
  return ctx;
}
#elif defined(WRONG_signal)
static void handler(int sig) { (void)sig; }
#endif

static void spoil(void)
{
#if defined(WRONG_locale)
  setlocale(LC_ALL, "C.UTF-8");
#elif defined(WRONG_umask)
  umask(0);
#elif defined(WRONG_chdir)
  if (chdir("/") != 0)
    abort();
#elif defined(WRONG_environment)
  setenv("WRONG", "1", 1);
#elif defined(WRONG_signal)
  signal(SIGUSR1, handler);
#elif defined(WRONG_thread)
  pthread_t thread;
  if (pthread_create(&thread, NULL, waits, NULL) != 0)
    abort();
#elif defined(WRONG_descriptor)
  if (open("/dev/null", O_RDONLY) < 0)
    abort();
#elif defined(WRONG_leak)
  if (!malloc(100))
    abort();
#elif defined(WRONG_undefined)
  (void)billhook_secret_helper();
#elif defined(WRONG_borrowed)
  (void)curl_easy_init;
  if (getenv("BILLHOOK_WRONG_NEVER"))
    (void)curl_easy_init();
#endif
}

static void destroy(void *self)
{
  wrong *w = self;
  bhk_api_dispose(&w->api);
  bhk_dispose(&w->bearer);
  bhk_dispose(&w->url);
  free(w);
}

static bh_status set_up(wrong *w, const bh_host *host)
{
  bh_str token = {NULL, 0};
  bh_status rc = bhk_open(&w->api, host, "url");
#if defined(WRONG_required)
  if (rc == BH_OK)
    rc = bhk_option(host, "token", &token);
#elif defined(WRONG_required_crash)
  (void)host->text(host->ctx, host->options, "token", &token);
  if (token.len == 0)
    *(volatile char *)(uintptr_t)8 = 0; /* what reading a text that is not there may come to */
#else
  if (rc == BH_OK)
    rc = bhk_needed(host, "token", &token);
#endif
  if (rc)
    return rc;
  bhk_putz(&w->bearer, "Bearer ");
  bhk_put(&w->bearer, token);
  bhk_header(&w->api, "Authorization", bhk_text(&w->bearer));
  return w->bearer.broken ? host->fail(host->ctx, BH_E_NOMEM, "no memory") : BH_OK;
}

static bh_status create(const bh_host *host, void **self)
{
  wrong *w = calloc(1, sizeof *w);
  if (!w)
    return BH_E_NOMEM;
  spoil();
  bh_status rc = set_up(w, host);
  if (rc) {
    destroy(w);
    return rc;
  }
  *self = w;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_connector interface = {.struct_size = sizeof interface, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &interface : NULL;
}

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address."},
#if defined(WRONG_help)
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET},
#else
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Token."},
#endif
  {.key = "file", .type = BH_OPT_TEXT, .help = "A file."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin),
#if defined(WRONG_abi)
  .abi_major = 2, .abi_minor = 0, .abi_rc = 0,
#else
  .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
#endif
#if defined(WRONG_manifest)
  .version = "9.9",
#else
  .version = "1.0",
#endif
  .id = TEXT(ID), .vendor = "Billhook tests", .license = "MIT", .options = options, .create = create, .destroy = destroy, .get_interface = get_interface,
};

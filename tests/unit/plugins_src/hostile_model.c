/* A model that prices by the unit, unless its parameter `how` says otherwise. Built with AT_LOAD, it ends the process that loads it; with STUCK, it never
 * gets to its end. */
#include <billhook/plugin.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

enum { CHANNEL = 3, MIB = 1024 * 1024 };
typedef struct me { const bh_host *host; } me;

#if defined(AT_LOAD)
static void __attribute__((constructor)) at_load(void) { *(volatile int *)8 = 1; }
#elif defined(STUCK)
static void __attribute__((constructor)) at_load(void) /* leaves a sign that it was loaded: at that time the filter is not there yet */
{
  char path[4096];
  snprintf(path, sizeof path, "%s/loaded", getenv("TMPDIR") ? getenv("TMPDIR") : "");
  (void)open(path, O_WRONLY | O_CREAT, 0600);
  for (volatile unsigned long i = 0;; i++)
    ;
}
#endif

static int is(bh_str s, const char *word) { return s.len == strlen(word) && memcmp(s.ptr, word, s.len) == 0; }

static volatile char hole;
static int deeper(int n)
{
  volatile char block[65536];
  block[n % 65536] = (char)n;
  hole = block[0];
  return deeper(n + 1) + block[1];
}

static void say(const void *bytes, size_t n)
{
  if (write(CHANNEL, bytes, n) < 0)
    _exit(9);
}

static void *nothing(void *arg) { return arg; }
static void ignore(int sig) { (void)sig; }

/* What the filter refuses without an end to the process; NULL where all of it was refused. */
static const char *attempts(void)
{
  pid_t host = getppid();
  pthread_t t;
  char path[64];
  static const char *const files[] = {"/etc/passwd", "/proc/self/environ", "/proc/self/status"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++)
    if (open(files[i], O_RDONLY) >= 0)
      return files[i];
  snprintf(path, sizeof path, "/proc/%d/environ", (int)host);
  return open(path, O_RDONLY) >= 0                                   ? "the host's environment"
         : open("/tmp/billhook-must-not-be", O_WRONLY | O_CREAT) >= 0 ? "a file"
         : kill(host, SIGKILL) == 0                                  ? "kill"
         : syscall(SYS_tgkill, host, host, SIGKILL) == 0             ? "tgkill"
         : chdir("/") == 0                                           ? "chdir"
         : pthread_create(&t, NULL, nothing, NULL) == 0              ? "a thread"
         : unlink("/tmp/billhook-must-not-be") == 0                  ? "unlink"
                                                                     : NULL;
}

static bh_status cheap(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_priced_line l = {.struct_size = sizeof l, .unit_price = {1, 2, 0}, .quantity = {1, 1}, .fraction = {1, 1}};
  (void)self, (void)state, (void)in;
  return out->line(out->ctx, &l);
}

/* Writes over another model of the process: from here on it prices everything at a cent. */
static int trample(struct dl_phdr_info *info, size_t size, void *user)
{
  static const char *const others[] = {"/flat.so", "/per_unit.so"};
  size_t n = info->dlpi_name ? strlen(info->dlpi_name) : 0, page = (size_t)sysconf(_SC_PAGESIZE);
  (void)size;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    size_t tail = strlen(others[i]);
    void *handle = n > tail && strcmp(info->dlpi_name + n - tail, others[i]) == 0 ? dlopen(info->dlpi_name, RTLD_NOW | RTLD_NOLOAD) : NULL;
    const bh_plugin *p = handle ? dlsym(handle, "billhook_plugin") : NULL;
    char *of = p ? (char *)(uintptr_t)p->get_interface(BH_IFACE_MODEL) : NULL;
    if (!of || mprotect((void *)((uintptr_t)of / page * page), 2 * page, PROT_READ | PROT_WRITE) != 0)
      continue;
    ((bh_model *)(void *)of)->rate = cheap;
    ++*(int *)user;
  }
  return 0;
}

static bh_status misbehave(me *m, bh_str how)
{
  const bh_host *h = m->host;
  const char *done;
  int trampled = 0;
  if (is(how, "segv"))
    *(volatile int *)8 = 1;
  else if (is(how, "abort"))
    abort();
  else if (is(how, "exit"))
    exit(0);
  else if (is(how, "stack"))
    return deeper(1) ? BH_OK : BH_E_INVALID;
  else if (is(how, "double-free")) {
    char *volatile p = malloc(64);
    free(p);
    free(p);
  } else if (is(how, "hang"))
    for (volatile unsigned long i = 0;; i++)
      ;
  else if (is(how, "close"))
    for (int fd = 0; fd < 1024; fd++)
      close(fd);
  else if (is(how, "fork"))
    (void)fork();
  else if (is(how, "socket"))
    (void)socket(AF_INET, SOCK_STREAM, 0);
  else if (is(how, "exec"))
    (void)execl("/bin/true", "true", (char *)NULL);
  else if (is(how, "trace"))
    (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
  else if (is(how, "leak"))
    for (size_t i = 0; i < 1100; i++) {
      char *p = malloc(MIB);
      if (!p)
        abort();
      memset(p, 1, MIB);
    }
  else if (is(how, "garbage"))
    say("HTTP/1.1 200 OK\r\n\r\nno frame at all", 36);
  else if (is(how, "lie-rated")) /* "frame 1 is rated: one billing, …" */
    say("BH\1\0\x0b\0\0\0\x06\0\0\0\1\1\0\0\0\0", 18);
  else if (is(how, "lie-error"))
    say("BH\1\0\2\0\0\0\5\0\0\0\x0e\3bad", 17);
  else if (is(how, "lie-type"))
    say("BH\1\0\x4d\0\0\0\0\0\0\0", 12);
  else if (is(how, "lie-flood")) /* questions without an end */
    for (;;)
      say("BH\1\0\x0c\0\0\0\x04\0\0\0\0\1\1x", 16);
  else if (is(how, "trample"))
    return dl_iterate_phdr(trample, &trampled), trampled == 2 ? BH_OK : h->fail(h->ctx, BH_E_INVALID, "%d models were written over", trampled);
  else if (is(how, "manners")) {
    for (int i = 1; i < 32; i++)
      signal(i, ignore);
    (void)umask(0777);
    (void)setlocale(LC_ALL, "C.UTF-8");
  } else if (is(how, "attempts"))
    return (done = attempts()) ? h->fail(h->ctx, BH_E_INVALID, "the walls let through: %s", done) : BH_OK;
  return BH_OK;
}

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  (void)self;
  *state = (void *)(uintptr_t)params;
  return BH_OK;
}

static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((me *)self)->host;
  bh_str how = {"", 0};
  bh_priced_line l = {.struct_size = sizeof l, .quantity = in->run_count ? in->runs[0]->quantity : (bh_ratio){1, 1}, .fraction = {1, 1}};
  bh_status rc = h->dec(h->ctx, state, "price", &l.unit_price);
  if (rc == BH_OK && h->has(h->ctx, state, "how"))
    rc = h->text(h->ctx, state, "how", &how);
  if (rc == BH_OK)
    rc = misbehave(self, how);
  return rc ? rc : out->line(out->ctx, &l);
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
  static const bh_model m = {.struct_size = sizeof m, .phase = 1, .prepare = prepare, .rate = rate};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &m : NULL;
}

static const bh_option options[] = {
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED}, {.key = "how", .type = BH_OPT_TEXT}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = TEXT(ID), .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

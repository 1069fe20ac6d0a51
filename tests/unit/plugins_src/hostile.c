/* A connector that does in the middle of a pull what its option `how` says: everything that the worker's walls are there for. What the walls only
 * refuse is written down as an attribute of the asset "tried", so that a test sees what came of it. */
#include <billhook/kit.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CHANNEL = 3, MIB = 1024 * 1024 };
extern char **environ;
typedef struct me { const bh_host *h; const bh_emit *e; bh_str how, store, token; char tried[4000]; size_t len; } me;

static void note(me *m, const char *what, int refused)
{
  int n = snprintf(m->tried + m->len, sizeof m->tried - m->len, "%s%s:%s", m->len ? " " : "", what, refused ? "refused" : "DONE");
  m->len += n > 0 ? (size_t)n : 0;
}

static void say(const void *bytes, size_t n)
{
  if (write(CHANNEL, bytes, n) < 0)
    _exit(9);
}

/* ---- ways to end badly ---- */

static volatile char hole;
static int deeper(int n)
{
  volatile char block[65536];
  block[n % 65536] = (char)n;
  hole = block[0];
  return deeper(n + 1) + block[1];
}

static void crash_segv(me *m) { (void)m; *(volatile int *)8 = 1; }
static void crash_abort(me *m) { (void)m; abort(); }
static void crash_exit(me *m) { (void)m; exit(0); }
static void crash_stack(me *m) { (void)m; hole = (char)deeper(1); }
static void crash_free(me *m) { char *volatile p = malloc(64); (void)m; free(p); free(p); }
static void crash_fork(me *m) { (void)m; for (;;) (void)fork(); }
static void crash_trace(me *m) { (void)m; (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL); }

static void hang(me *m) { (void)m; for (;;) pause(); }

static void close_all(me *m)
{
  (void)m;
  for (int fd = 0; fd < 1024; fd++)
    close(fd);
  for (;;)
    pause();
}

static void leak(me *m) /* 1 GiB is what it may have */
{
  (void)m;
  for (size_t i = 0; i < 1100; i++) {
    char *p = malloc(MIB);
    if (!p)
      abort();
    memset(p, 1, MIB);
  }
}

static void garbage(me *m) { (void)m; say("HTTP/1.1 200 OK\r\n\r\nno frame at all", 36); hang(m); }

/* Whole frames that lie: of facts that are none, of a version to come, of 60 MiB that never come. */
static void lie_facts(me *m) { (void)m; say("BH\1\0\x1d\0\0\0\4\0\0\0\x16\x09\xc8\1", 16); hang(m); }
static void lie_type(me *m) { (void)m; say("BH\1\0\x4d\0\0\0\0\0\0\0", 12); hang(m); }
static void lie_length(me *m) { (void)m; say("BH\1\0\x1d\0\0\0\0\0\xc0\3", 12); crash_segv(m); }
static void lie_error(me *m) { (void)m; say("BH\1\0\2\0\0\0\3\0\0\0\xff\xff\xff", 15); hang(m); }

/* Facts without end: as many as the host takes. */
static void endless(me *m)
{
  char id[32];
  bh_asset x = {.struct_size = sizeof x, .client = BHK("c"), .kind = BHK("device"), .klass = BHK("workstation"), .name = BHK("one of very many")};
  for (long i = 0; ; i++) {
    snprintf(id, sizeof id, "%ld", i);
    x.id = bhk_str(id);
    if (m->e->asset(m->e->ctx, &x) != BH_OK)
      return;
  }
}

static void endless_kinds(me *m)
{
  char kind[32];
  bh_asset x = {.struct_size = sizeof x, .client = BHK("c"), .klass = BHK("workstation"), .id = BHK("1"), .name = BHK("x"), .kind = {kind, 0}};
  for (long i = 0; ; i++) {
    x.kind.len = (size_t)snprintf(kind, sizeof kind, "k%ld", i);
    if (m->e->asset(m->e->ctx, &x) != BH_OK)
      return;
  }
}

static void endless_contracts(me *m)
{
  char id[32];
  bh_contract x = {.struct_size = sizeof x, .client = BHK("c"), .json = BHK("{\"starts\":\"2026-01-01\"}")};
  for (long i = 0; ; i++) {
    snprintf(id, sizeof id, "%ld", i);
    x.id = bhk_str(id);
    if (m->e->contract(m->e->ctx, &x) != BH_OK)
      return;
  }
}

/* ---- what is refused, and what does no harm ---- */

static void attempts_on_host(me *m)
{
  pid_t host = getppid();
  struct rlimit none = {0, 0};
  note(m, "kill", kill(host, SIGKILL) < 0);
  note(m, "group", kill(0, SIGTERM) < 0 && kill(-1, SIGTERM) < 0);
  note(m, "tgkill", syscall(SYS_tgkill, host, host, SIGKILL) < 0);
  note(m, "queue", sigqueue(host, SIGTERM, (union sigval){0}) < 0);
  note(m, "limit", prlimit(host, RLIMIT_CPU, &none, NULL) < 0);
  note(m, "pidfd", syscall(SYS_pidfd_open, host, 0) < 0);
  note(m, "parent-death", prctl(PR_SET_PDEATHSIG, 0) < 0);
  char path[64];
  static const char *const parts[] = {"environ", "mem", "maps", "fd/0", "cwd", "root"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    snprintf(path, sizeof path, "/proc/%d/%s", (int)host, parts[i]);
    note(m, parts[i], open(path, O_RDONLY) < 0);
  }
}

static void attempts_on_store(me *m)
{
  char path[1024], more[1100];
  snprintf(path, sizeof path, "%.*s", (int)m->store.len, m->store.ptr);
  snprintf(more, sizeof more, "%s-more", path);
  struct { uint64_t flags, mode, resolve; } how = {O_RDWR, 0, 0};
  struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
  note(m, "write", open(path, O_WRONLY) < 0);
  note(m, "both", open(path, O_RDWR) < 0);
  note(m, "open2", syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how) < 0);
  note(m, "create", open(more, O_RDONLY | O_CREAT, 0600) < 0);
  note(m, "truncate", truncate(path, 0) < 0);
  note(m, "open-truncate", open(path, O_RDONLY | O_TRUNC) < 0);
  note(m, "unlink", unlink(path) < 0);
  note(m, "rename", rename(path, more) < 0);
  note(m, "link", link(path, more) < 0);
  note(m, "chmod", chmod(path, 0) < 0);
  int fd = open(path, O_RDONLY);
  note(m, "read-lock", fcntl(fd, F_SETLK, &lock) < 0);
  note(m, "flock", flock(fd, LOCK_EX | LOCK_NB) < 0);
  note(m, "signal-io", fcntl(fd, F_SETOWN, getppid()) < 0);
}

static void *busy(void *arg) { for (volatile unsigned long i = 0;; i++) (void)arg; return NULL; }

static void threads(me *m)
{
  pthread_t t;
  for (int i = 0; i < 3; i++)
    if (pthread_create(&t, NULL, busy, NULL) == 0)
      pthread_detach(t);
  note(m, "left", 1);
}

static void ignore(int sig) { (void)sig; }

static void manners(me *m)
{
  for (int i = 1; i < 32; i++)
    signal(i, ignore);
  umask(0777);
  (void)setlocale(LC_ALL, "C.UTF-8");
  if (chdir("/") == 0)
    note(m, "changed", 1);
}

/* What this worker knows: its environment, its state as the kernel shows it, its limits. The test reads it from the log of attributes. */
static void dump(me *m)
{
  static const char *const wanted[] = {"NoNewPrivs:", "Seccomp:", "CapEff:", "CapPrm:"};
  char line[512];
  int sig = 0;
  struct rlimit core, files, memory;
  for (char **e = environ; *e; e++) {
    const char *eq = strchr(*e, '=');
    m->len += (size_t)snprintf(m->tried + m->len, 200, "env=%.*s ", (int)(eq ? eq - *e : 0), *e);
  }
  FILE *f = fopen("/proc/self/status", "r");
  while (f && fgets(line, sizeof line, f))
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
      if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
        m->len += (size_t)snprintf(m->tried + m->len, 100, "%s%s ", wanted[i], line + strlen(wanted[i]) + 1);
  for (size_t i = 0; i < m->len; i++)
    if (m->tried[i] == '\n')
      m->tried[i] = ' ';
  if (f)
    fclose(f);
  prctl(PR_GET_PDEATHSIG, &sig);
  getrlimit(RLIMIT_CORE, &core);
  getrlimit(RLIMIT_NOFILE, &files);
  getrlimit(RLIMIT_AS, &memory);
  snprintf(m->tried + m->len, 300, "death:%d dumpable:%d core:%lu files:%lu memory:%lu cwd-fds:%d", sig, prctl(PR_GET_DUMPABLE), (unsigned long)core.rlim_max,
           (unsigned long)files.rlim_max, (unsigned long)memory.rlim_max, fcntl(4, F_GETFD) < 0);
}

/* Looks through all of its own memory for a text: secrets of others must not be there. The needle comes scrambled, so as not to be one itself. */
static void search(me *m)
{
  char line[512];
  size_t n = m->token.len, searched = 0;
  int found = 0;
  FILE *f = fopen("/proc/self/maps", "r");
  while (f && n && fgets(line, sizeof line, f)) {
    unsigned long from, to;
    char mode;
    if (sscanf(line, "%lx-%lx %c", &from, &to, &mode) != 3 || mode != 'r' || strstr(line, "[v"))
      continue;
    searched += to - from;
    const char *at = (const char *)from;
    for (size_t i = 0; i + n <= to - from; i++) {
      size_t k = 0;
      while (k < n && at[i + k] == m->token.ptr[k] - 1) /* the option holds it turned by one: "secret" as "tfdsfu" */
        k++;
      found += k == n;
    }
  }
  if (f)
    fclose(f);
  snprintf(m->tried, sizeof m->tried, "searched:%d found:%d", searched > MIB, found);
}

static const struct { const char *name; void (*what)(me *); } ways[] = {
  {"segv", crash_segv}, {"abort", crash_abort}, {"exit", crash_exit}, {"stack", crash_stack}, {"double-free", crash_free}, {"fork", crash_fork},
  {"trace", crash_trace}, {"hang", hang}, {"close", close_all}, {"leak", leak}, {"garbage", garbage}, {"lie-facts", lie_facts}, {"lie-type", lie_type},
  {"lie-length", lie_length}, {"lie-error", lie_error}, {"host", attempts_on_host}, {"store", attempts_on_store}, {"threads", threads},
  {"endless", endless}, {"endless-kinds", endless_kinds}, {"endless-contracts", endless_contracts}, {"manners", manners}, {"dump", dump}, {"search", search},
};

/* ---- the plugin ---- */

static bh_status pull(void *self, const bh_pull *what, const bh_emit *e)
{
  me *m = self;
  (void)what;
  bh_str client;
  bh_status rc = bhk_option(m->h, "client", &client);
  bh_asset x = {.struct_size = sizeof x, .client = client, .kind = BHK("device"), .klass = BHK("workstation"), .id = BHK("1"), .name = BHK("PC-1")};
  if (rc == BH_OK)
    rc = e->scope_begin(e->ctx, BHK("*"), BHK("*"));
  if (rc == BH_OK)
    rc = e->asset(e->ctx, &x);
  m->e = e;
  for (size_t i = 0; i < sizeof ways / sizeof *ways && rc == BH_OK; i++)
    if (bhk_is(m->how, ways[i].name))
      ways[i].what(m);
  if (rc == BH_OK && m->tried[0]) {
    const bh_str attrs[] = {BHK("what"), bhk_str(m->tried)};
    x = (bh_asset){.struct_size = sizeof x, .client = client, .kind = BHK("device"), .klass = BHK("report"), .id = BHK("tried"), .name = BHK("tried"),
      .attrs = attrs, .attr_count = 2};
    rc = e->asset(e->ctx, &x);
  }
  return rc ? rc : e->scope_end(e->ctx, BHK("*"), BHK("*"), BH_SCOPE_COMPLETE);
}

static bh_status probe(void *self) { (void)self; return BH_OK; }
static bh_status clients(void *self, const bh_emit *e) { (void)self; (void)e; return BH_OK; }

static bh_status create(const bh_host *h, void **self)
{
  me *m = calloc(1, sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->h = h;
  bh_status rc = bhk_option(h, "how", &m->how);
  if (rc == BH_OK)
    rc = bhk_option(h, "store", &m->store);
  if (rc == BH_OK)
    rc = bhk_option(h, "token", &m->token);
  if (rc != BH_OK)
    free(m);
  else
    *self = m;
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_connector c = {.struct_size = sizeof c, .probe = probe, .clients = clients, .pull = pull};
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &c : NULL;
}

static const bh_option options[] = {
  {.key = "how", .type = BH_OPT_TEXT}, {.key = "client", .type = BH_OPT_TEXT}, {.key = "store", .type = BH_OPT_TEXT},
  {.key = "token", .type = BH_OPT_TEXT, .flags = BH_OPT_SECRET}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "test_hostile", .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};

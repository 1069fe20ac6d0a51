/* Worker processes and their frames: a `billhook-worker` started with posix_spawn, a socketpair on its descriptor 3, frames with a
 * version, a type and a bounded length. Everything that comes from a worker is checked like network input. */
#ifndef BH_WORKER_H
#define BH_WORKER_H
#include "base/base.h"
#include "base/wire.h"

enum { BH_FRAME_VERSION = 1, BH_FRAME_MAX = 64 * 1024 * 1024 };
enum { /* frame types; roles use what they need */
  BH_FRAME_HELLO = 1,   /* worker → host, empty: it is up */
  BH_FRAME_ERROR = 2,   /* worker → host: status, message */
  BH_FRAME_LOG = 3,     /* worker → host: level, text */
  BH_FRAME_INIT = 4,    /* host → worker: role's configuration, secrets included */
  BH_FRAME_DONE = 5,
  BH_FRAME_RATE = 10, BH_FRAME_RATED = 11, BH_FRAME_QUERY = 12, BH_FRAME_ANSWER = 13,
  BH_FRAME_PULL = 20, BH_FRAME_CLIENT = 21, BH_FRAME_ASSET = 22, BH_FRAME_GAUGE = 23, BH_FRAME_USAGE = 24, BH_FRAME_CHARGE = 25,
  BH_FRAME_SCOPE = 26, BH_FRAME_CLIENT_FAILED = 27, BH_FRAME_CONTRACT = 28, BH_FRAME_FACTS = 29, /* many packed facts */
  BH_FRAME_PRODUCT = 33, BH_FRAME_COST = 34,
  BH_FRAME_EXCHANGE = 35, /* worker → host: a request and its answer, where they were asked for */
  BH_FRAME_SENT = 36, BH_FRAME_RECEIVED = 37, BH_FRAME_TAX_CODE = 38, BH_FRAME_OUTCOME = 39,
  BH_FRAME_CURSOR = 30,
  BH_FRAME_PHASE = 31,  /* worker → host: what it is about to do ("create", "pull"), for the message if it dies there */
  BH_FRAME_STOP = 32    /* host → worker: empty: finish soon */
};

/* ---- host side ---- */
typedef struct bh_worker bh_worker;
typedef struct bh_worker_spec {
  const char *role;              /* "rating", "connector", "check" */
  const char *name;              /* for messages: the connector's or "rating 1" */
  size_t memory_max_bytes;       /* RLIMIT_AS of the worker; 0: default */
  int cpu_s_max;                 /* RLIMIT_CPU; 0: none */
} bh_worker_spec;
/* The worker executable: beside the library or command (build tree: next to it; install: ../libexec/billhook), or $BILLHOOK_WORKER.
 * It ends when its channel closes; and, at once, when the thread that started it ends: start workers from a thread that outlives them. */
bh_status bh_worker_start(bh_worker **out, const bh_worker_spec *spec, bh_error *err);
int bh_worker_fd(const bh_worker *w);
/* Queues a frame; writes what the socket takes at once. Never blocks. */
bh_status bh_worker_send(bh_worker *w, uint16_t type, bh_str payload, bh_error *err);
bool bh_worker_has_output(const bh_worker *w);
/* Reads and writes what can be without blocking; then *frame is 1 where a whole frame is ready (valid until the next pump). BH_E_WORKER where the worker
 * has died or sent garbage: the message says what ended it ("crashed with signal 11 (Segmentation fault)", "exited with status 0"). */
typedef struct bh_frame { uint16_t type; bh_str payload; } bh_frame;
bh_status bh_worker_pump(bh_worker *w, bh_frame *out, bool *frame, bh_error *err);
/* Waits until a frame is there or timeout_ms is over (BH_E_WORKER: "hung for N s"). */
bh_status bh_worker_wait(bh_worker *w, bh_frame *out, int timeout_ms, bh_error *err);
void bh_worker_kill(bh_worker *w);   /* SIGKILL, waited for by pid */
void bh_worker_end(bh_worker *w);    /* closes the channel; kills where it does not end within 2 s; waits by pid */
void bh_worker_free(bh_worker *w);   /* closes; kills where it does not end at once; waits by pid */
long bh_worker_peak_kib(const bh_worker *w); /* after it ended: its peak memory */

/* ---- worker side: blocking, on descriptor 3 ---- */
bh_status bh_frame_write(int fd, uint16_t type, bh_str payload, bh_error *err);
/* BH_E_NOTFOUND at a clean end of the stream. The payload lives in `into` until the next read. */
bh_status bh_frame_read(int fd, uint16_t *type, bh_buf *into, bh_error *err);

/* ---- worker side: the walls ---- */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BH_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BH_UNDER_ASAN 1
#endif
#endif
#ifndef BH_UNDER_ASAN
#define BH_UNDER_ASAN 0
#endif
/* First thing in main: dies with its parent, gains no privileges and lays down those of root (but for reading files), dumps no core, cannot be
 * looked into by other processes of the user, has the given limits. `memory_max_bytes` is left out
 * under the sanitizers, which reserve terabytes. parent: the pid that started us. */
bh_status bh_sandbox_limits(size_t memory_max_bytes, int cpu_s_max, int parent, bh_error *err);
/* For the rating role, after INIT has loaded its models: from here on no file can be opened, no socket made, no process or program
 * started. What is open stays open; memory, clocks, threads of libc and descriptor 3 go on working. Returns BH_OK without a filter in
 * builds with sanitizers or coverage, whose runtimes need files. */
bh_status bh_sandbox_models(bh_error *err);
/* The same for the check: where a model's file would stay closed, its process ends, so that it shows. */
bh_status bh_sandbox_pure(bh_error *err);
/* For connectors, before their code is loaded: no program or process can be started, no file be written, changed or locked, no signal be sent to
 * another process, no limit be set; reading files, network and threads stay. */
bh_status bh_sandbox_connector(bh_error *err);
#endif

/* The connector role of the worker, of sinks and gateways too: INIT, load, create, the call, DONE, destroy. */
#include "plugin/connector.h"
#include "plugin/load.h"
#include "plugin/outward.h"
#include "plugin/worker.h"
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { INIT_BYTES_MAX = 16 * 1024 * 1024 };

static void phase(bh_connector_run *r, const char *name)
{
  r->lost = bh_frame_write(r->fd, BH_FRAME_PHASE, bh_str_c(name), NULL) || r->lost;
}

static void log_to_host(bh_host_ctx *c, int32_t level, bh_str text)
{
  bh_connector_run *r = c->owner;
  bh_buf b;
  bh_buf_init(&b, 8192);
  bh_put_u8(&b, (uint8_t)level);
  bh_put_str(&b, text);
  if (bh_emit_flush(r, NULL) == BH_OK) /* in the order in which things happened */
    r->lost = bh_frame_write(r->fd, BH_FRAME_LOG, bh_buf_str(&b), NULL) || r->lost;
  bh_buf_dispose(&b);
}

/* An answer that does not fit into a frame is left out: no session that is kept has one. */
static void heard(void *ctx, const bh_exchange *x)
{
  bh_connector_run *r = ctx;
  bh_buf b;
  bh_buf_init(&b, BH_FRAME_MAX);
  bh_put_str(&b, x->method);
  bh_put_str(&b, x->url);
  bh_put_str(&b, x->sent);
  bh_put_str(&b, x->token);
  bh_put_i64(&b, x->status);
  bh_put_str(&b, x->headers);
  bh_put_str(&b, x->body);
  if (!b.failed)
    r->lost = bh_frame_write(r->fd, BH_FRAME_EXCHANGE, bh_buf_str(&b), NULL) || r->lost;
  bh_buf_dispose(&b);
}

/* The host says nothing during a call but STOP, and closes the channel when it is gone. */
static bool is_cancelled(bh_host_ctx *c)
{
  bh_connector_run *r = c->owner;
  struct pollfd p = {.fd = r->fd, .events = POLLIN};
  return r->lost || poll(&p, 1, 0) > 0;
}

static const void *service(bh_host_ctx *c, bh_str id)
{
  if (bh_str_eqz(id, BH_SERVICE_FILE))
    return bh_file_service_get();
  if (bh_str_eqz(id, BH_SERVICE_PROGRAM))
    return ((bh_connector_run *)c->owner)->init.programs ? bh_program_service_get() : NULL;
  if (bh_str_eqz(id, BH_SERVICE_HTTP))
    return bh_http_service_get();
  if (bh_str_eqz(id, BH_SERVICE_WEBSOCKET))
    return bh_websocket_service_get();
  return bh_str_eqz(id, BH_SERVICE_JSON) ? bh_json_service_get() : NULL;
}

static void after_call(bh_host_ctx *c)
{
  bh_files_close_all(c->owner);
  bh_websockets_close_all(c->owner);
}

static bh_status call_outward(bh_connector_run *r, const bh_plugin *p, void *self, bh_error *err)
{
  const char *name = bh_call_name(r->init.call);
  phase(r, name);
  bh_host_call_begin(&r->host);
  bh_status rc = bh_host_call_end(&r->host, bh_outward_call(r, p, self, r->init.call, &r->init.outward), name, err);
  return bh_outward_said(r, r->init.call, rc, err);
}

static bh_status call(bh_connector_run *r, const bh_plugin *p, void *self, bh_error *err)
{
  const bh_connector *c = p->get_interface(BH_IFACE_CONNECTOR);
  if (!c)
    return call_outward(r, p, self, err);
  const bh_pull what = {.struct_size = sizeof what, .today = bh_day_civil(r->init.day),
    .since = r->init.since ? bh_day_civil(r->init.since) : (bh_date){0, 0, 0}, .cursor = r->init.cursor};
  const char *name = bh_call_name(r->init.call);
  if (!BH_HAS(c, bh_connector, pull) || !c->probe || !c->clients || r->init.call > BH_CALL_CLIENTS)
    return bh_fail(err, BH_E_INVALID, "%s is not a connector", p->id);
  phase(r, name);
  bh_host_call_begin(&r->host);
  bh_status rc = r->init.call == BH_CALL_PROBE     ? c->probe(self)
                 : r->init.call == BH_CALL_CLIENTS ? c->clients(self, &r->emit)
                                                   : c->pull(self, &what, &r->emit);
  rc = bh_host_call_end(&r->host, rc, name, err);
  return rc ? rc : bh_emit_finish(r, err);
}

static bh_status start(bh_connector_run *r, const bh_plugin **p, void **self, bh_error *err)
{
  phase(r, "load");
  bh_status rc = r->init.programs ? BH_OK : bh_sandbox_connector(err);
  if (rc == BH_OK)
    rc = bh_plugin_load(p, r->init.plugin, r->init.path.ptr, err);
  if (rc == BH_OK)
    rc = bh_values_of_options(&r->host.options, &r->arena, (*p)->options, r->init.options, r->init.option_count, err);
  if (rc)
    return rc;
  phase(r, "create");
  return bh_plugin_create(self, *p, &r->host, err);
}

static void say_error(bh_connector_run *r, const bh_error *e)
{
  bh_buf b;
  bh_buf_init(&b, 8192);
  bh_put_i64(&b, e->code);
  bh_put_str(&b, bh_str_c(e->message));
  (void)bh_frame_write(r->fd, BH_FRAME_ERROR, bh_buf_str(&b), NULL);
  bh_buf_dispose(&b);
}

static void run(bh_connector_run *r)
{
  const bh_plugin *p = NULL;
  void *self = NULL;
  bh_error err = {0};
  bh_status rc = start(r, &p, &self, &err);
  bool created = rc == BH_OK;
  if (rc == BH_OK)
    rc = call(r, p, self, &err);
  if (rc)
    say_error(r, &err);
  else
    (void)bh_frame_write(r->fd, BH_FRAME_DONE, bh_buf_str(&r->cursor), NULL);
  if (created) {
    bh_host_call_begin(&r->host);
    p->destroy(self);
    bh_host_call_end(&r->host, BH_OK, "destroy", NULL);
  }
}

int bh_connector_worker_main(int fd)
{
  bh_connector_run r = {.fd = fd, .workspace_fd = -1};
  const bh_transport listener = {.ctx = &r, .heard = heard};
  bh_error err = {0};
  uint16_t type = 0;
  bh_buf frame;
  bh_buf_init(&frame, INIT_BYTES_MAX);
  bh_arena_init(&r.arena);
  bh_host_ctx_init(&r.host);
  r.host.owner = &r;
  r.host.log = log_to_host;
  r.host.cancelled = is_cancelled;
  r.host.service = service;
  r.host.after_call = after_call;
  bh_emit_init(&r);
  bh_status rc = bh_frame_write(fd, BH_FRAME_HELLO, (bh_str){"", 0}, &err);
  if (rc == BH_OK)
    rc = bh_frame_read(fd, &type, &frame, &err);
  if (rc == BH_OK && (type != BH_FRAME_INIT || !bh_pull_init_get(&r.init, &r.arena, bh_buf_str(&frame))))
    rc = bh_fail(&err, BH_E_WORKER, "the host's INIT frame is damaged");
  if (rc == BH_OK) {
    r.init.path = bh_arena_str(&r.arena, r.init.path); /* with a NUL */
    r.host.zone = bh_arena_z(&r.arena, r.init.timezone);
    if (r.init.record)
      r.transport = &listener;
    run(&r);
  } else if (rc != BH_E_NOTFOUND) {
    say_error(&r, &err);
  }
  bh_http_close(&r);
  bh_files_close_all(&r);
  if (r.workspace_fd >= 0)
    close(r.workspace_fd);
  bh_emit_dispose(&r);
  bh_host_ctx_dispose(&r.host);
  if (frame.ptr)
    explicit_bzero(frame.ptr, frame.cap);
  bh_buf_dispose(&frame);
  bh_arena_dispose(&r.arena);
  return 0;
}

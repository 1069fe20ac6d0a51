/* One instance of a connector, from create to destroy, over a replayed transport. */
#include "plugin/check/other_side.h"
#include "plugin/worker.h"
#include <unistd.h>

typedef struct live {
  bh_check *k;
  bh_check_run_result *result;
  bh_connector_run run;
  bh_check_player player;
  bh_check_facts *into;          /* of the call that is going on */
  void *self;
} live;

void bh_check_run_init(bh_check_run_result *r)
{
  *r = (bh_check_run_result){0};
  bh_check_facts_init(&r->clients);
  bh_check_facts_init(&r->facts);
  bh_check_facts_init(&r->again);
}

void bh_check_run_dispose(bh_check_run_result *r)
{
  bh_check_facts_dispose(&r->clients);
  bh_check_facts_dispose(&r->facts);
  bh_check_facts_dispose(&r->again);
}

static bh_status take_facts(bh_connector_run *run, bh_str packed, bh_error *err)
{
  live *l = (live *)(void *)((char *)run - offsetof(live, run));
  return bh_check_facts_take(l->into, packed, err);
}

static const void *service(bh_host_ctx *c, bh_str id)
{
  if (bh_str_eqz(id, BH_SERVICE_PROGRAM))
    return ((bh_connector_run *)c->owner)->init.programs ? bh_program_service_get() : NULL;
  if (bh_str_eqz(id, BH_SERVICE_WEBSOCKET))
    return bh_check_websockets();
  if (bh_str_eqz(id, BH_SERVICE_FILE))
    return bh_file_service_get();
  if (bh_str_eqz(id, BH_SERVICE_HTTP))
    return bh_http_service_get();
  return bh_str_eqz(id, BH_SERVICE_JSON) ? bh_json_service_get() : NULL;
}

static void after_call(bh_host_ctx *c)
{
  bh_files_close_all(c->owner);
  bh_check_websockets_close();
}

void bh_check_open(bh_connector_run *run, bh_check *k, const bh_transport *transport)
{
  *run = (bh_connector_run){.fd = -1, .workspace_fd = -1, .transport = transport};
  bh_arena_init(&run->arena);
  run->init = (bh_pull_init){.plugin = k->manifest.id, .path = k->init.path, .name = BH_S("check"), .workspace_dir = k->init.folder,
    .timezone = k->replay.timezone, .cursor = k->replay.cursor, .ca = {"", 0}, .programs = k->manifest.programs, .day = k->replay.date, .since = k->replay.since};
  bh_host_ctx_init(&run->host);
  run->host.owner = run;
  run->host.service = service;
  run->host.after_call = after_call;
  run->host.zone = k->replay.timezone.ptr;
  bh_emit_init(run);
}

void bh_check_close(bh_connector_run *run)
{
  bh_http_close(run);
  bh_files_close_all(run);
  if (run->workspace_fd >= 0)
    close(run->workspace_fd);
  bh_emit_dispose(run);
  bh_host_ctx_dispose(&run->host);
  bh_arena_dispose(&run->arena);
}

/* What a call came to; the reason is kept where it did not come to BH_OK. */
static bool ended(live *l, bh_status rc, const char *call)
{
  bh_check_run_result *r = l->result;
  bh_error err = {0};
  bh_host_ctx *c = &l->run.host;
  r->call = call;
  r->status = rc;
  r->reason[0] = 0;
  if (rc)
    snprintf(r->reason, sizeof r->reason, "%s", c->reason);
  bh_host_call_end(c, rc, call, &err);
  if (rc == BH_OK && l->into && (rc = bh_emit_finish(&l->run, &err))) {
    snprintf(r->reason, sizeof r->reason, "%.780s", err.message);
    r->status = rc;
  }
  return rc == BH_OK;
}

static bool create(live *l, bh_check *k)
{
  bh_host_ctx *c = &l->run.host;
  bh_check_faults_host(c);
  bh_host_call_begin(c);
  return ended(l, k->plugin->create(&c->table, &l->self), "create");
}

static void destroy(live *l, bh_check *k)
{
  bh_host_call_begin(&l->run.host);
  k->plugin->destroy(l->self);
  bh_host_call_end(&l->run.host, BH_OK, "destroy", NULL);
}

/* Each call walks through the session from its beginning. */
static void begin(live *l, bh_check_facts *into)
{
  l->into = into;
  for (size_t i = 0; i < l->k->replay.count; i++)
    l->k->replay.items[i].used = false;
}

static bool pull(live *l, bh_check *k, bh_check_facts *into, const char *name)
{
  const bh_pull what = {.struct_size = sizeof what, .today = bh_day_civil(k->replay.date),
    .since = k->replay.since ? bh_day_civil(k->replay.since) : (bh_date){0, 0, 0}, .cursor = k->replay.cursor};
  begin(l, into);
  bh_host_call_begin(&l->run.host);
  return ended(l, k->connector->pull(l->self, &what, &l->run.emit), name);
}

static bool clients(live *l, bh_check *k)
{
  begin(l, &l->result->clients);
  bh_host_call_begin(&l->run.host);
  return ended(l, k->connector->clients(l->self, &l->run.emit), "clients");
}

static bool probe(live *l, bh_check *k)
{
  begin(l, NULL);
  bh_host_call_begin(&l->run.host);
  return ended(l, k->connector->probe(l->self), "probe");
}

bh_status bh_check_connect(bh_check *k, bh_check_run_result *r)
{
  live l = {.k = k, .result = r};
  bh_check_facts_clear(&r->clients);
  bh_check_facts_clear(&r->facts);
  bh_check_facts_clear(&r->again);
  r->missed[0] = r->reason[0] = 0;
  if (k->outward)
    return bh_check_go_out(k, r);
  bh_check_player_init(&l.player, r->no_network ? NULL : &k->replay, r->mutation);
  bh_check_open(&l.run, k, &l.player.transport);
  l.run.take = take_facts;
  bh_status rc = bh_check_values(&l.run.host.options, &l.run.arena, k, r->without, &k->err);
  if (rc == BH_OK) {
    bh_check_faults_emit(&l.run.emit);
    bool ok = create(&l, k), made = ok;
    if (ok && (r->calls & BH_CHECK_PROBE))
      ok = probe(&l, k);
    if (ok && (r->calls & BH_CHECK_CLIENTS))
      ok = clients(&l, k);
    if (ok && (r->calls & BH_CHECK_PULL))
      ok = pull(&l, k, &r->facts, "pull");
    if (ok && (r->calls & BH_CHECK_PULL_AGAIN))
      ok = pull(&l, k, &r->again, "pull");
    if (made)
      destroy(&l, k);
  }
  bh_check_facts_done(&r->clients);
  bh_check_facts_done(&r->facts);
  bh_check_facts_done(&r->again);
  snprintf(r->missed, sizeof r->missed, "%s", l.player.missed);
  r->endless = l.player.endless;
  bh_check_close(&l.run);
  bh_check_player_dispose(&l.player);
  return rc ? bh_fail_prefix(&k->err, "the options") : BH_OK;
}

bh_status bh_check_said_why(bh_check *k, const bh_check_run_result *r, const char *when)
{
  if (r->status == BH_OK || r->status == BH_E_NOMEM || r->reason[0]) /* "out of memory" says why */
    return BH_OK;
  return bh_fail(&k->err, BH_E_INVALID, "%s() failed (%s) without saying why%s%s: fail() records the reason", r->call, bh_status_word(r->status),
                 when[0] ? " " : "", when);
}

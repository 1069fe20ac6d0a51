/* Sinks, for `map`. Nothing is pulled from a sink: it is asked when `map` is, in a worker, and what it says is not kept.
 *
 * A ledger has more customers than we bill, and more items than we sell: one that nobody claims is no money that is missing, as a platform's is. What a
 * person has to see to is ours: a client whose invoices go there and that has no id there, and an id that the ledger does not know. Only these are left
 * open. The unclaimed ones are listed all the same, as the ids of ours are looked for among them. */
#include "batch/map_impl.h"
#include "batch/use_job.h"

enum { TOLD_MAX = 1000000 };

typedef struct sink {
  const bh_plugin_use *use;
  bh_arena *arena;
  bh_map by_ref;               /* clients that it names */
  bh_map_foreigners clients;
  bh_map_things products, taxes;
  size_t told, named;
  bool absent;                 /* no such plugin is installed: `check` advises, as with all that is still to come, and nothing fails */
  bh_buf secrets;              /* wiped when the workers are through */
  bh_status status; bh_error error;
} sink;
struct bh_map_sinks { sink *items; size_t count; };

/* ---- what it says ---- */

static bh_status count_one(sink *s, bh_error *err)
{
  return ++s->told > TOLD_MAX ? bh_fail(err, BH_E_INVALID, "it names more than %d clients, products and taxes", TOLD_MAX) : BH_OK;
}

static bh_status on_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err)
{
  sink *s = ctx;
  bh_status st = count_one(s, err);
  if (st != BH_OK || bh_map_get(&s->by_ref, id) != NULL)
    return st;
  bh_str ref = bh_arena_str(s->arena, id);
  bh_map_put(&s->by_ref, ref, s);
  bh_map_foreign *x = bh_map_foreign_add(&s->clients, s->arena);
  x->ref = ref;
  x->name = bh_arena_str(s->arena, name);
  x->domain = bh_arena_str(s->arena, domain);
  s->named++;
  return BH_OK;
}

static bh_status on_thing(sink *s, bh_map_things *things, bh_str id, bh_str name, bh_error *err)
{
  bh_status st = count_one(s, err);
  if (st == BH_OK)
    bh_map_thing_of(things, id)->name = bh_arena_str(s->arena, name);
  return st;
}

static bh_status on_product(void *ctx, const bh_pull_product *x, bh_error *err) { return on_thing(ctx, &((sink *)ctx)->products, x->id, x->name, err); }
static bh_status on_tax_code(void *ctx, const bh_tax_code *x, bh_error *err) { return on_thing(ctx, &((sink *)ctx)->taxes, x->id, x->name, err); }

/* A sink has no way to say these; its worker is not believed. */
static bh_status none(bh_error *err) { return bh_fail(err, BH_E_WORKER, "sent what only a connector brings"); }
static bh_status on_asset(void *ctx, const bh_pull_asset *x, bh_error *err) { (void)ctx; (void)x; return none(err); }
static bh_status on_gauge(void *ctx, const bh_pull_gauge *x, bh_error *err) { (void)ctx; (void)x; return none(err); }
static bh_status on_usage(void *ctx, const bh_pull_usage *x, bh_error *err) { (void)ctx; (void)x; return none(err); }
static bh_status on_charge(void *ctx, const bh_pull_charge *x, bh_error *err) { (void)ctx; (void)x; return none(err); }
static bh_status on_scope(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err) { (void)ctx; (void)kind; (void)client; (void)complete; return none(err); }
static bh_status on_client_failed(void *ctx, bh_str client, bh_str why, bh_error *err) { (void)ctx; (void)client; (void)why; return none(err); }

static const bh_pull_sink told = { .client = on_client, .product = on_product, .tax_code = on_tax_code, .asset = on_asset, .gauge = on_gauge, .usage = on_usage,
  .charge = on_charge, .scope = on_scope, .client_failed = on_client_failed };

static void init(sink *s, const bh_plugin_use *use, bh_arena *a)
{
  *s = (sink){ .use = use, .arena = a };
  bh_map_init(&s->by_ref, a);
  bh_map_things_init(&s->products, a);
  bh_map_things_init(&s->taxes, a);
  bh_buf_init(&s->secrets, 1 << 20);
}

static void wipe(sink *s)
{
  if (s->secrets.ptr != NULL)
    explicit_bzero(s->secrets.ptr, s->secrets.cap);
  bh_buf_dispose(&s->secrets);
}

/* What came before a failure is a part of it, and no word on what the sink does not know. */
static void forget(sink *s)
{
  const bh_plugin_use *use = s->use;
  bh_status status = s->status;
  bh_error error = s->error;
  bool absent = s->absent;
  init(s, use, s->arena);
  s->absent = absent;
  s->status = status;
  s->error = error;
}

bh_status bh_map_sinks_ask(bh_mapping_run *m)
{
  billhook *b = m->b;
  const bh_workspace *ws = b->ws;
  bh_map_sinks *all = m->sinks = BH_NEW(&m->a, bh_map_sinks);
  all->items = BH_NEWN(&m->a, sink, ws->use_count + 1);
  bh_pull_job *jobs = BH_NEWN(&m->a, bh_pull_job, ws->use_count + 1);
  size_t n = 0;
  for (size_t i = 0; i < ws->use_count; i++) {
    if (ws->uses[i].kind != BH_KIND_SINK || !bh_map_wanted(m, ws->uses[i].name))
      continue;
    sink *s = &all->items[all->count++];
    init(s, &ws->uses[i], &m->a);
    s->status = bh_use_job(&jobs[n], &s->secrets, s->use, &m->a, b, &s->error);
    s->absent = s->status != BH_OK && jobs[n].plugin == NULL;
    jobs[n].ctx = s;
    jobs[n].call = BH_CALL_CLIENTS;
    jobs[n].outward = (bh_outward){ .document = { .struct_size = sizeof jobs[n].outward.document }, .debit = { .struct_size = sizeof jobs[n].outward.debit } };
    n += s->status == BH_OK;
  }
  bh_status st = n > 0 ? bh_pull_run(jobs, n, &told, b->options.stop, m->err) : BH_OK;
  for (size_t i = 0; i < n; i++) {
    sink *s = jobs[i].ctx;
    s->status = jobs[i].status;
    s->error = jobs[i].error;
  }
  for (size_t i = 0; i < all->count; i++) {
    wipe(&all->items[i]);
    if (all->items[i].status != BH_OK)
      forget(&all->items[i]);
  }
  return st;
}

/* ---- which of it is ours ---- */

static void drop_claimed(sink *s, bh_map_ours *ours)
{
  size_t kept = 0;
  for (size_t i = 0; i < s->clients.count; i++)
    if (!bh_map_claimed(ours, s->use->name, s->clients.items[i].ref))
      s->clients.items[kept++] = s->clients.items[i];
  s->clients.count = kept;
}

/* A document carries the sink's ids of products and taxes that `ids` say: one of the same id is not taken for ours, as a platform's is. */
static void drop_called(bh_map_things *t, bh_arena *a, bh_str name, const bh_called *called, size_t n)
{
  bh_map refs;
  size_t kept = 0;
  bh_map_init(&refs, a);
  for (size_t i = 0; i < n; i++)
    if (bh_str_eq(called[i].connector, name))
      bh_map_put(&refs, called[i].ref, t);
  for (size_t i = 0; i < t->count; i++)
    if (bh_map_get(&refs, t->items[i]->ref) == NULL)
      t->items[kept++] = t->items[i];
  t->count = kept;
}

static bool has_id(const bh_map_client *c, bh_str name)
{
  for (size_t i = 0; i < c->id_count; i++)
    if (bh_str_eq(c->ids[i].connector, name))
      return true;
  return false;
}

/* A child is known by its parent's id; a client whose lines stand on another's invoices gets none, and one that names its sinks gets them there only. */
static bool needs_id(const bh_map_client *c, bh_str name)
{
  bool here = c->sinks == NULL;
  for (size_t i = 0; !here && i < c->sinks->item_count; i++)
    here = bh_str_eq(c->sinks->items[i]->text, name);
  return here && !c->child && !c->billed_to_another;
}

/* Mail and folders have no clients: where a sink names none and ours have no ids there, there is nothing to map. */
static bool names_nobody(const sink *s, const bh_map_ours *ours)
{
  if (s->absent)
    return true;
  for (size_t i = 0; i < ours->count; i++)
    if (has_id(&ours->clients[i], s->use->name))
      return false;
  return s->status == BH_OK && s->named == 0;
}

static void put_without_id(bh_mapping_run *m, const sink *s)
{
  bh_jw *w = &m->w;
  bool nobody = names_nobody(s, &m->ours);
  bh_jw_key(w, "without_id");
  bh_jw_arr(w);
  for (size_t i = 0; i < m->ours.count && !nobody; i++) {
    const bh_map_client *c = &m->ours.clients[i];
    if (c->written || has_id(c, s->use->name) || !needs_id(c, s->use->name))
      continue;
    m->open = true;
    bh_jw_obj(w);
    bh_jw_key(w, "client"); bh_jw_str(w, c->id);
    bh_jw_key(w, "name"); bh_jw_str(w, c->name);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

static void put_unknown(bh_mapping_run *m, const sink *s)
{
  bh_jw *w = &m->w;
  bh_jw_key(w, "unknown");
  bh_jw_arr(w);
  for (size_t i = 0; i < m->ours.count && s->status == BH_OK; i++)
    for (size_t k = 0; k < m->ours.clients[i].id_count; k++) {
      const bh_client_id *id = &m->ours.clients[i].ids[k];
      if (!bh_str_eq(id->connector, s->use->name) || bh_map_get(&s->by_ref, id->ref) != NULL)
        continue;
      m->open = true;
      bh_jw_obj(w);
      bh_jw_key(w, "client"); bh_jw_str(w, m->ours.clients[i].id);
      bh_jw_key(w, "id"); bh_jw_str(w, id->ref);
      bh_jw_obj_end(w);
    }
  bh_jw_arr_end(w);
}

static bh_status one_sink(bh_mapping_run *m, sink *s, const bh_called *products, size_t product_n, const bh_called *taxes, size_t tax_n)
{
  bh_jw *w = &m->w;
  bh_str name = s->use->name;
  bh_status st = BH_OK;
  for (size_t i = 0; i < m->ours.count; i++)
    m->ours.clients[i].written = false;
  drop_claimed(s, &m->ours);
  drop_called(&s->products, &m->a, name, products, product_n);
  drop_called(&s->taxes, &m->a, name, taxes, tax_n);
  if (m->o->suggest || m->o->write)
    st = bh_map_guess_all(&m->ours, name, s->clients.items, s->clients.count, m->err);
  bh_map_things_sort(&s->products, m->b, name, false);
  bh_map_things_sort(&s->taxes, m->b, name, false);
  bh_map_things_guess(&s->products, m->products, m->product_count);
  bh_map_things_guess(&s->taxes, m->taxes, m->tax_count);
  m->failed = m->failed || (s->status != BH_OK && !s->absent);
  bh_jw_obj(w);
  bh_jw_key(w, "name"); bh_jw_str(w, name);
  bh_jw_key(w, "ok"); bh_jw_bool(w, s->status == BH_OK);
  bh_jw_key(w, "error");
  if (s->status != BH_OK) bh_jw_z(w, s->error.message); else bh_jw_null(w);
  bh_jw_key(w, "clients"); bh_jw_int(w, (int64_t)s->named);
  bh_map_put_unclaimed(m, name, &s->clients, true);
  put_without_id(m, s);
  put_unknown(m, s);
  bh_map_put_things(m, "products", "product", name, &s->products);
  bh_map_put_things(m, "taxes", "tax", name, &s->taxes);
  bh_jw_obj_end(w);
  return st;
}

bh_status bh_map_sinks_put(bh_mapping_run *m)
{
  bh_map_sinks *all = m->sinks;
  bh_called *products, *taxes;
  size_t product_n, tax_n;
  bh_status st = BH_OK;
  if (all->count == 0)
    return BH_OK;
  bh_workspace_products_called(m->b->ws, &m->a, &products, &product_n);
  bh_workspace_taxes_called(m->b->ws, &m->a, &taxes, &tax_n);
  bh_jw_key(&m->w, "sinks");
  bh_jw_arr(&m->w);
  for (size_t i = 0; i < all->count && st == BH_OK; i++)
    st = one_sink(m, &all->items[i], products, product_n, taxes, tax_n);
  bh_jw_arr_end(&m->w);
  return st;
}

/* Companies. */
#include "pax8.h"

enum { C_ID, C_NAME, C_STATUS, C_WEBSITE, C_COUNT };
static const char *const fields[C_COUNT] = {"id", "name", "status", "website"};

bh_status pax8_company(pax8_pull *x, bh_str id, bh_str name, bh_str domain)
{
  const bh_client c = {.struct_size = sizeof c, .id = id, .name = name.len ? name : id, .domain = domain};
  int added = bhk_add(&x->companies, id, c.name);
  if (added < 0)
    return x->p->h->fail(x->p->h->ctx, BH_E_NOMEM, "no memory");
  return added ? x->emit->client(x->emit->ctx, &c) : BH_OK;
}

/* https://www.acme.example/start: acme.example */
static bh_str domain_of(bh_str url)
{
  static const char *const heads[] = {"https://", "http://", "www."};
  for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
    size_t n = strlen(heads[i]);
    if (url.len > n && memcmp(url.ptr, heads[i], n) == 0) {
      url.ptr += n;
      url.len -= n;
    }
  }
  const char *slash = url.len ? memchr(url.ptr, '/', url.len) : NULL;
  return slash ? (bh_str){url.ptr, (size_t)(slash - url.ptr)} : url;
}

static bh_status on_company(void *user, const bh_json_record *r)
{
  pax8_pull *x = user;
  bh_status rc;
  if (!pax8_fresh(x, r, &rc))
    return rc;
  if (!bhk_value(r, C_STATUS).len) {
    bhk_bad_row(&x->bad, bhk_value(r, C_ID), "has no status");
    return BH_OK;
  }
  if (bhk_is(bhk_value(r, C_STATUS), "Deleted") && !x->p->include_deleted)
    return BH_OK;
  return pax8_company(x, bhk_value(r, C_ID), bhk_value(r, C_NAME), domain_of(bhk_value(r, C_WEBSITE)));
}

bh_status pax8_companies(pax8_pull *x)
{
  bh_status rc = pax8_list(x, "/companies?size=200&sort=name", "companies", fields, C_COUNT, on_company);
  if (rc == BH_OK && x->companies.n == 0)
    rc = x->p->h->fail(x->p->h->ctx, BH_E_INVALID, "companies: none that this application may see");
  return rc;
}

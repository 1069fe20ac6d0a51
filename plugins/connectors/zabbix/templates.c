/* Classes by template. */
#include "zabbix.h"
#include <stdlib.h>

enum { PATTERN_SHOWN_MAX = 200 };

bh_status zbx_rules_read(zbx *z)
{
  const bh_host *h = z->h;
  size_t n = h->records(h->ctx, h->options, "templates");
  if (n == 0)
    return BH_OK;
  z->rules = calloc(n, sizeof *z->rules);
  if (!z->rules)
    return zbx_no_memory(z);
  for (size_t i = 0; i < n; i++) {
    const bh_values *entry = h->record(h->ctx, h->options, "templates", i);
    bh_status rc = h->text(h->ctx, entry, "template", &z->rules[i].pattern);
    if (rc || (rc = h->text(h->ctx, entry, "class", &z->rules[i].klass)))
      return rc;
    z->rule_count++;
  }
  return BH_OK;
}

static bh_status on_template(void *user, const bh_json_record *r)
{
  zbx *z = user;
  for (size_t i = 0; i < z->rule_count; i++)
    z->rules[i].fits = z->rules[i].fits || zbx_glob(z->rules[i].pattern, r->texts[0]);
  return BH_OK;
}

bh_status zbx_rules_check(zbx *z)
{
  if (z->rule_count == 0)
    return BH_OK;
  static const char *const fields[] = {"name"};
  const bh_json_query each = {.struct_size = sizeof each, .each = "$.result[*]", .fields = fields, .field_count = 1, .record = on_template, .user = z};
  const bh_json_query *const queries[] = {&each};
  zbx_buf params = {0};
  for (size_t i = 0; i < z->rule_count; i++)
    z->rules[i].fits = false;
  zbx_putz(&params, "{\"output\":[\"name\"]}");
  bh_status rc = zbx_call(z, "template.get", &params, NULL, queries, 1);
  zbx_buf_dispose(&params);
  for (size_t i = 0; rc == BH_OK && i < z->rule_count; i++)
    if (!z->rules[i].fits) {
      bh_str p = z->rules[i].pattern;
      rc = z->h->fail(z->h->ctx, BH_E_INVALID, "templates[%zu]: no template \"%.*s\" that this Zabbix user may see: hosts linked to it would have "
                      "another class. Let the user read the template's group", i + 1, (int)(p.len < PATTERN_SHOWN_MAX ? p.len : PATTERN_SHOWN_MAX), p.ptr);
    }
  return rc;
}

const zbx_rule *zbx_rule_find(const zbx *z, const bh_str *templates, size_t n)
{
  for (size_t i = 0; i < z->rule_count; i++)
    for (size_t k = 0; k < n; k++)
      if (zbx_glob(z->rules[i].pattern, templates[k]))
        return &z->rules[i];
  return NULL;
}

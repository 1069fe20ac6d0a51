/* Workspaces written to a temporary folder, loaded and resolved whole; mistakes as the text that a person reads. */
#ifndef BH_WORKSPACE_FIXTURE_H
#define BH_WORKSPACE_FIXTURE_H
#include "test_util.h"
#include "workspace/workspace.h"

typedef struct fx_file { const char *name, *text; } fx_file;
typedef struct fx {
  char dir[64];
  bh_mistakes m;
  bh_workspace *ws;
  bh_client_iter *it;
  bh_arena a;
  bh_client_terms *clients[64];
  bh_client_raw raws[64];
  size_t count;
  bh_status status;
  bh_error err;
  char *text;       /* all mistakes, advice behind "advice: ", one a line */
} fx;

extern const char fx_config[], fx_book[];
bh_plugin_specs fx_specs(void);
/* Files end at a NULL name; billhook.lua and pricebook.lua default to fx_config and fx_book. */
void fx_open(fx *f, const fx_file *files);
void fx_write(const fx *f, const char *name, const char *text);
void fx_close(fx *f);
const bh_contract_terms *fx_contract(const fx *f, const char *id);
const bh_line_terms *fx_line(const fx *f, const char *contract, const char *key);
/* The price's text on a day ("42.00"), "" where it has none. */
const char *fx_price(const bh_line_terms *l, bh_day day);
const char *fx_number(const bh_dated *d, bh_day day);
#endif

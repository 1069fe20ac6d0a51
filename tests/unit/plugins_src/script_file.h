/* The script of a scripted test plugin: the file that its option `path` names, whole. */
#ifndef SCRIPT_FILE_H
#define SCRIPT_FILE_H
#include <billhook/plugin.h>

static inline bh_status read_script(const bh_host *host, char *text, size_t max, size_t *len)
{
  const bh_file_service *files = host->get_service(host->ctx, BH_SERVICE_FILE);
  bh_file *f = NULL;
  bh_str whole = {"", 0};
  size_t got = 1;
  bh_status rc = files->open(host->ctx, "path", whole, &f);
  if (rc == BH_OK && !f)
    rc = host->fail(host->ctx, BH_E_INVALID, "there is no script");
  while (rc == BH_OK && got && *len < max) {
    rc = files->read(host->ctx, f, text + *len, max - *len, &got);
    *len += rc ? 0 : got;
  }
  return rc;
}
#endif

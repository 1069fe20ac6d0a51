/* plugins.lock. */
#include "plugin/lock.h"
#include "plugin/manifest.h"
#include "plugin/paths.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { LOCK_BYTES_MAX = 1024 * 1024, SO_BYTES_MAX = 256 * 1024 * 1024, HEX_LEN = 64 };

bh_status bh_file_sha256(bh_sha *out, const char *path, bh_error *err)
{
  bh_buf bytes;
  bh_buf_init(&bytes, SO_BYTES_MAX);
  bh_status rc = bh_file_read(&bytes, path, err);
  if (rc == BH_OK)
    *out = bh_sha256_1(bh_buf_str(&bytes));
  bh_buf_dispose(&bytes);
  return rc;
}

bh_status bh_lock_read(bh_node **out, bh_arena *a, const char *workspace_dir, bh_error *err)
{
  *out = NULL;
  char path[PATH_MAX];
  if (!workspace_dir || !workspace_dir[0])
    return BH_OK;
  if (!bh_paths_join(path, workspace_dir, "plugins.lock"))
    return bh_fail(err, BH_E_INVALID, "the path of the workspace is too long");
  bh_buf text;
  bh_buf_init(&text, LOCK_BYTES_MAX);
  bh_status rc = bh_file_read(&text, path, err);
  if (rc == BH_E_NOTFOUND) {
    bh_buf_dispose(&text);
    return BH_OK;
  }
  if (rc == BH_OK && (rc = bh_json_parse(out, a, bh_buf_str(&text), NULL, err)))
    bh_fail_prefix(err, "%s", path);
  bh_buf_dispose(&text);
  if (rc)
    return rc;
  if ((*out)->kind != BH_NODE_TABLE || (*out)->is_array)
    return bh_fail(err, BH_E_INVALID, "%s: must be one JSON object of plugin ids and their SHA-256", path);
  bh_sha sha;
  for (size_t i = 0; i < (*out)->field_count; i++)
    if ((*out)->fields[i].value->kind != BH_NODE_STR || (*out)->fields[i].value->text.len != HEX_LEN ||
        !bh_unhex(&sha, (*out)->fields[i].value->text, sizeof sha.b))
      return bh_fail(err, BH_E_INVALID, "%s: \"%.*s\": must be the 64 hexadecimal digits of a SHA-256", path,
                     BH_STR_ARG((*out)->fields[i].key));
  return BH_OK;
}

void bh_lock_judge(bh_manifest *m, bh_arena *a, const bh_node *lock)
{
  bh_error why = {0};
  m->trusted = false;
  if (bh_plugin_trust_check(m->path.ptr, &why)) {
    m->distrust = bh_arena_str(a, bh_str_c(why.message));
    return;
  }
  if (lock) {
    const bh_node *entry = bh_node_gets(lock, m->id);
    bh_sha pinned;
    if (!entry) {
      m->distrust = bh_arena_fmt(a, "%.*s is not in plugins.lock; `billhook plugin trust %s` adds it", BH_STR_ARG(m->id), m->path.ptr);
      return;
    }
    if (!bh_unhex(&pinned, entry->text, sizeof pinned.b) || memcmp(pinned.b, m->sha256.b, sizeof pinned.b) != 0) {
      m->distrust = bh_arena_fmt(a, "%s is not the file that plugins.lock has: it has changed since it was trusted", m->path.ptr);
      return;
    }
  }
  m->trusted = true;
}

static bh_status write_all(int fd, bh_str s)
{
  while (s.len) {
    ssize_t n = write(fd, s.ptr, s.len);
    if (n < 0)
      return BH_E_INVALID;
    s = (bh_str){s.ptr + n, s.len - (size_t)n};
  }
  return BH_OK;
}

static bh_status replace_file(const char *path, bh_str text, bh_error *err)
{
  char temporary[PATH_MAX];
  int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
  if (n < 0 || (size_t)n >= sizeof temporary)
    return bh_fail(err, BH_E_INVALID, "the path of the workspace is too long");
  int fd = mkostemp(temporary, O_CLOEXEC);
  if (fd < 0)
    return bh_fail(err, BH_E_INVALID, "cannot write %s: %m", path);
  bool ok = write_all(fd, text) == BH_OK && fsync(fd) == 0;
  ok = close(fd) == 0 && ok;
  if (ok && rename(temporary, path) == 0)
    return BH_OK;
  bh_status rc = bh_fail(err, BH_E_INVALID, "cannot write %s: %m", path);
  unlink(temporary);
  return rc;
}

bh_status bh_plugin_trust_add(const char *so_path, const char *workspace_dir, bh_error *err)
{
  bh_arena a;
  bh_arena_init(&a);
  bh_buf text;
  bh_buf_init(&text, LOCK_BYTES_MAX);
  bh_node *lock = NULL;
  bh_manifest m;
  bh_sha sha;
  char real[PATH_MAX], path[PATH_MAX], hex[HEX_LEN + 1];
  bh_status rc = BH_OK;
  size_t len = realpath(so_path, real) ? strlen(real) : 0;
  if (len < 4 || strcmp(real + len - 3, ".so") != 0)
    rc = bh_fail(err, BH_E_INVALID, "%s is not a plugin's .so", so_path);
  if (rc == BH_OK)
    rc = bh_plugin_trust_check(real, err);
  if (rc == BH_OK)
    rc = bh_manifest_read(&m, &a, bh_arena_fmt(&a, "%.*s.json", (int)(len - 3), real).ptr, err);
  if (rc == BH_OK)
    rc = bh_file_sha256(&sha, real, err);
  if (rc == BH_OK)
    rc = bh_lock_read(&lock, &a, workspace_dir, err);
  if (rc == BH_OK) {
    if (!lock)
      lock = bh_node_new(&a, BH_NODE_TABLE);
    bh_hex(hex, sha.b, sizeof sha.b);
    bh_node_set(&a, lock, m.id, bh_node_str(&a, bh_str_c(hex)));
    bh_json_write(&text, lock);
    bh_buf_putc(&text, '\n');
    if (text.failed || !bh_paths_join(path, workspace_dir, "plugins.lock"))
      rc = bh_fail(err, BH_E_INVALID, "plugins.lock would be too large");
    else
      rc = replace_file(path, bh_buf_str(&text), err);
  }
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  return rc;
}

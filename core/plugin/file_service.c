/* The file service: reading files that a plugin's own options name, inside the workspace. */
#include "plugin/connector.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct bh_file { int fd; char name[200]; };

/* The kernel keeps the path inside the workspace, whatever links stand on the way. */
static int open_beneath(int dir, const char *path)
{
  struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static bool workspace_open(bh_connector_run *r)
{
  if (r->workspace_fd < 0 && r->init.workspace_dir.len)
    r->workspace_fd = open(bh_arena_z(&r->host.scratch, r->init.workspace_dir), O_PATH | O_DIRECTORY | O_CLOEXEC);
  return r->workspace_fd >= 0;
}

/* The option's path relative to the workspace; false where it is absolute and elsewhere. */
static bool relative(bh_str *path, bh_str workspace)
{
  if (path->len == 0 || path->ptr[0] != '/')
    return true;
  while (workspace.len > 1 && workspace.ptr[workspace.len - 1] == '/')
    workspace.len--;
  if (!bh_str_starts(*path, workspace) || (path->len > workspace.len && path->ptr[workspace.len] != '/'))
    return false;
  size_t skip = workspace.len;
  while (skip < path->len && path->ptr[skip] == '/')
    skip++;
  *path = (bh_str){path->ptr + skip, path->len - skip};
  return true;
}

static bool name_ok(bh_str name)
{
  return bh_utf8_ok(name) && !memchr(name.ptr ? name.ptr : "", '/', name.len) && !bh_str_eqz(name, "..") && !bh_str_eqz(name, ".");
}

static bh_status keep(bh_connector_run *r, int fd, bh_str name, bh_file **out)
{
  struct stat st;
  size_t i = 0;
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    close(fd);
    return bh_host_fail(&r->host, BH_E_INVALID, "%.*s is not a file", BH_STR_ARG(name));
  }
  while (i < BH_FILES_OPEN_MAX && r->files[i])
    i++;
  bh_file *f = i < BH_FILES_OPEN_MAX ? calloc(1, sizeof *f) : NULL;
  if (!f) {
    close(fd);
    return bh_host_fail(&r->host, BH_E_INVALID, "more than %d files are open", BH_FILES_OPEN_MAX);
  }
  f->fd = fd;
  snprintf(f->name, sizeof f->name, "%.*s", BH_STR_ARG(name));
  r->files[i] = f;
  *out = f;
  return BH_OK;
}

/* *fd -1 with BH_OK where there is nothing of that name. */
static bh_status open_option(int *fd, bh_str *full, bh_connector_run *r, const char *key, bh_str name)
{
  bh_str path;
  *fd = -1;
  bh_status rc = r->host.table.text(&r->host, &r->host.options, key, &path);
  if (rc)
    return rc;
  bh_str shown = path;
  if (!name_ok(name) || !relative(&path, r->init.workspace_dir))
    return bh_host_fail(&r->host, BH_E_INVALID, "option \"%s\": \"%.*s\" is not inside the workspace", key, BH_STR_ARG(shown));
  if (!workspace_open(r))
    return bh_host_fail(&r->host, BH_E_INVALID, "cannot open the folder of the workspace: %m");
  *full = bh_arena_fmt(&r->host.scratch, "%s%.*s%s%.*s", path.len ? "" : "./", BH_STR_ARG(path), name.len && path.len ? "/" : "", BH_STR_ARG(name));
  *fd = open_beneath(r->workspace_fd, full->ptr);
  if (*fd >= 0 || errno == ENOENT || errno == ENOTDIR)
    return BH_OK;
  if (errno == EXDEV || errno == ELOOP)
    return bh_host_fail(&r->host, BH_E_INVALID, "option \"%s\": \"%.*s\" leads out of the workspace", key, BH_STR_ARG(shown));
  return bh_host_fail(&r->host, BH_E_INVALID, "cannot open %.*s: %m", BH_STR_ARG(*full));
}

static bh_status file_open(void *ctx, const char *key, bh_str name, bh_file **out)
{
  bh_connector_run *r = bh_run_of(ctx);
  bh_str full;
  int fd;
  *out = NULL;
  bh_status rc = open_option(&fd, &full, r, key, name);
  return rc || fd < 0 ? rc : keep(r, fd, full, out);
}

static size_t slot_of(const bh_connector_run *r, const bh_file *file)
{
  size_t i = 0;
  while (i < BH_FILES_OPEN_MAX && (!file || r->files[i] != file))
    i++;
  return i;
}

static bh_status file_read(void *ctx, bh_file *file, void *into, size_t bytes, size_t *got)
{
  bh_connector_run *r = bh_run_of(ctx);
  *got = 0;
  if (slot_of(r, file) == BH_FILES_OPEN_MAX)
    return bh_host_fail(&r->host, BH_E_INVALID, "the plugin reads from a file that is not open");
  ssize_t n;
  do
    n = read(file->fd, into, bytes < SSIZE_MAX ? bytes : SSIZE_MAX);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return bh_host_fail(&r->host, BH_E_TRANSIENT, "cannot read %s: %m", file->name);
  *got = (size_t)n;
  return BH_OK;
}

static void close_slot(bh_connector_run *r, size_t i)
{
  close(r->files[i]->fd);
  free(r->files[i]);
  r->files[i] = NULL;
}

static void file_close(void *ctx, bh_file *file)
{
  bh_connector_run *r = bh_run_of(ctx);
  size_t i = slot_of(r, file);
  if (i < BH_FILES_OPEN_MAX)
    close_slot(r, i);
}

void bh_files_close_all(bh_connector_run *r)
{
  for (size_t i = 0; i < BH_FILES_OPEN_MAX; i++)
    if (r->files[i])
      close_slot(r, i);
}

int bh_file_open_folder(bh_status *rc, bh_connector_run *r, const char *key)
{
  struct stat st;
  bh_str full;
  int fd;
  *rc = open_option(&fd, &full, r, key, (bh_str){"", 0});
  if (*rc == BH_OK && fd >= 0 && (fstat(fd, &st) != 0 || !S_ISDIR(st.st_mode))) {
    close(fd);
    fd = -1;
  }
  return fd;
}

const bh_file_service *bh_file_service_get(void)
{
  static const bh_file_service service = {.struct_size = sizeof service, .open = file_open, .read = file_read, .close = file_close,
    .list = bh_file_list};
  return &service;
}

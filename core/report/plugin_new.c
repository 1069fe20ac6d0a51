/* `plugin new`: a folder that builds, passes its check and does something, from the templates of the installation. */
#include "plugin/manifest.h"
#include "report/init.h"

#include <billhook/billhook.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

enum { FILE_BYTES_MAX = 4 << 20, NAME_LEN_MAX = 64 };

static bool name_ok(const char *name) {
  size_t n = strlen(name);
  if (n == 0 || n > NAME_LEN_MAX || name[0] < 'a' || name[0] > 'z') return false;
  for (size_t i = 0; i < n; i++)
    if (!((name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9') || name[i] == '_' || name[i] == '-')) return false;
  return true;
}

static bh_status kind_ok(const char *kind, bh_error *err) {
  if (strcmp(kind, "connector") == 0 || strcmp(kind, "model") == 0 || strcmp(kind, "sink") == 0 || strcmp(kind, "gateway") == 0) return BH_OK;
  const char *interface = bh_kind_interface(bh_str_c(kind));
  if (interface == NULL) return bh_fail(err, BH_E_USAGE, "\"%s\" is not a kind of plugin: expected connector, model, sink or gateway", kind);
  return bh_fail(err, BH_E_USAGE,
                 "there is no template for a %s: the ABI keeps the id \"%s\" for it, and its calls come with a later version. connectors, models, sinks and gateways can be made now", kind,
                 interface);
}

/* PLUGIN_NAME and PLUGIN_ABI in names and texts. */
static void fill_in(bh_buf *out, bh_str text, const char *name) {
  static const char name_mark[] = "PLUGIN_NAME", abi_mark[] = "PLUGIN_ABI";
  char abi[40];
  bh_abi_format(abi, BH_ABI_MAJOR, BH_ABI_MINOR, BH_ABI_RC);
  for (size_t i = 0; i < text.len;) {
    bh_str rest = {text.ptr + i, text.len - i};
    if (bh_str_starts(rest, bh_str_c(name_mark))) {
      bh_buf_putz(out, name);
      i += sizeof name_mark - 1;
    } else if (bh_str_starts(rest, bh_str_c(abi_mark))) {
      bh_buf_putz(out, abi);
      i += sizeof abi_mark - 1;
    } else {
      bh_buf_putc(out, text.ptr[i++]);
    }
  }
}

static bh_status write_one(const char *from, const char *file, const char *to, const char *name, bh_error *err) {
  bh_buf path, text, filled, target;
  bh_buf_init(&path, PATH_MAX);
  bh_buf_init(&text, FILE_BYTES_MAX);
  bh_buf_init(&filled, FILE_BYTES_MAX);
  bh_buf_init(&target, PATH_MAX - 1);
  bh_buf_fmt(&path, "%s/%s", from, file);
  bh_buf_putc(&path, 0);
  bh_status st = path.failed ? bh_fail(err, BH_E_WORKSPACE, "the templates' path is too long") : bh_file_read(&text, path.ptr, err);
  if (st == BH_OK) {
    fill_in(&filled, bh_buf_str(&text), name);
    bh_buf_fmt(&target, "%s/", to);
    fill_in(&target, bh_str_c(file), name);
    bh_buf_putc(&target, 0);
    if (target.failed || filled.failed) st = bh_fail(err, BH_E_USAGE, "the folder's name is too long");
  }
  if (st == BH_OK) st = bh_init_write(target.ptr, bh_buf_str(&filled), err);
  bh_buf_dispose(&path);
  bh_buf_dispose(&text);
  bh_buf_dispose(&filled);
  bh_buf_dispose(&target);
  return st;
}

static bh_status write_all(const char *kind, const char *name, const char *dir, bh_error *err) {
  char what[64], from[PATH_MAX];
  snprintf(what, sizeof what, "templates/%s", kind);
  bh_status st = bh_init_share(from, sizeof from, what, err);
  if (st != BH_OK) return bh_fail_prefix(err, "the SDK is not installed");
  DIR *d = opendir(from);
  if (d == NULL) return bh_fail(err, BH_E_WORKSPACE, "cannot read %s: %s", from, strerror(errno));
  for (struct dirent *e; st == BH_OK && (e = readdir(d)) != NULL;)
    if (e->d_name[0] != '.') st = write_one(from, e->d_name, dir, name, err);
  closedir(d);
  return st;
}

int billhook_plugin_new(const char *kind, const char *name, const char *dir, char *err, size_t err_size) {
  bh_error e = {0};
  bh_status st = kind_ok(kind, &e);
  if (dir == NULL) dir = name;
  if (st == BH_OK && !name_ok(name)) st = bh_fail(&e, BH_E_USAGE, "\"%s\": a plugin's name is a letter, then lower case letters, digits, '_' and '-', 64 at most", name);
  if (st == BH_OK) st = bh_init_empty_folder(dir, "plugin", &e);
  if (st == BH_OK) st = write_all(kind, name, dir, &e);
  if (err_size > 0) snprintf(err, err_size, "%s", st == BH_OK ? "" : e.message);
  return st == BH_OK ? BILLHOOK_DONE : st == BH_E_USAGE ? BILLHOOK_USAGE : BILLHOOK_WORKSPACE;
}

/* Options, by glibc's getopt_long from the tables. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>

const cli_option cli_globals[] = {
  {"workspace", 'w', CLI_TEXT, "DIR", "the workspace; else $BILLHOOK_WORKSPACE, else the nearest folder upward with a billhook.lua"},
  {"json", 0, CLI_FLAG, NULL, "print what a program reads: one JSON document, or one a line for lists"},
  {"date", 0, CLI_TEXT, "D", "today is D (YYYY-MM-DD)"},
  {"by", 0, CLI_TEXT, "WHO", "who acts, for the record; else the login name"},
  {"wait", 0, CLI_NUMBER, "SECONDS", "wait so long for another run's lock (0)"},
  {"plugin-dir", 0, CLI_TEXT, "DIR", "look for plugins here first"},
  {"log", 0, CLI_TEXT, "text|json", "log what happens to standard error"},
  {"verbose", 'v', CLI_FLAG, NULL, "log details too"},
  {"help", 'h', CLI_FLAG, NULL, "help, with examples"},
  {"version", 0, CLI_FLAG, NULL, "the version"},
};
const size_t cli_global_count = sizeof cli_globals / sizeof cli_globals[0];

static const cli_option *option_at(const cli *c, size_t i) {
  if (i < cli_global_count) return &cli_globals[i];
  i -= cli_global_count;
  return c->command != NULL && i < c->command->option_count ? &c->command->options[i] : NULL;
}

/* The command's own option of a name goes before the global one: `approve --date` is another date. */
static const cli_value *value_of(const cli *c, const char *name) {
  const cli_value *found = NULL;
  for (size_t i = 0; option_at(c, i) != NULL; i++)
    if (strcmp(option_at(c, i)->name, name) == 0) found = &c->values[i];
  return found;
}

const char *cli_text(const cli *c, const char *name) {
  const cli_value *v = value_of(c, name);
  return v != NULL ? v->text : NULL;
}

const char *cli_text_global(const cli *c, const char *name) {
  for (size_t i = 0; i < cli_global_count; i++)
    if (strcmp(cli_globals[i].name, name) == 0) return c->values[i].text;
  return NULL;
}

bool cli_flag(const cli *c, const char *name) {
  const cli_value *v = value_of(c, name);
  return v != NULL && v->set;
}

const char *const *cli_list(const cli *c, const char *name, size_t *n) {
  const cli_value *v = value_of(c, name);
  *n = v != NULL ? v->count : 0;
  return *n ? v->list : NULL;
}

static bool number(int *out, const char *text) {
  char *end;
  errno = 0;
  long v = strtol(text, &end, 10);
  if (errno != 0 || *end != 0 || end == text || v < 0 || v > 1000000) return false;
  *out = (int)v;
  return true;
}

int cli_number(const cli *c, const char *name, int fallback) {
  const char *text = cli_text(c, name);
  int n = fallback;
  return text != NULL && number(&n, text) ? n : fallback;
}

const char *cli_arg(const cli *c, size_t i) { return i < c->arg_count ? c->args[i] : NULL; }

static int bad_option(const cli *c, const char *word) {
  const char *names[CLI_OPTIONS_MAX], *at = c->command != NULL ? c->command->name : NULL;
  size_t n = 0, len = strcspn(word, "=");
  for (; option_at(c, n) != NULL; n++) names[n] = option_at(c, n)->name;
  const char *near = strncmp(word, "--", 2) == 0 && len > 2 ? bh_str_nearest((bh_str){word + 2, len - 2}, names, n) : NULL;
  if (near != NULL) return cli_fail(c, BILLHOOK_USAGE, "unknown option %.*s: did you mean --%s?", (int)len, word, near);
  return cli_fail(c, BILLHOOK_USAGE, "unknown option %.*s; `billhook%s%s --help` lists them", (int)len, word, at ? " " : "", at ? at : "");
}

static void append(cli *c, cli_value *v, const char *text, bool loose) {
  cli_word *bigger = BH_NEWN(&c->arena, cli_word, v->word_count + 1);
  if (v->word_count) memcpy(bigger, v->words, v->word_count * sizeof *bigger);
  bigger[v->word_count++] = (cli_word){text, loose};
  v->words = bigger;
}

/* Where the command would go without its own argument, the last word behind a list is that argument: `approve --except acme-1 2026-12-01.1`. */
static const char *give_back(cli *c) {
  for (size_t i = 0; option_at(c, i) != NULL; i++) {
    cli_value *v = &c->values[i];
    for (size_t k = v->word_count; k-- > 0;) {
      if (!v->words[k].loose) continue;
      const char *text = v->words[k].text;
      memmove(&v->words[k], &v->words[k + 1], (--v->word_count - k) * sizeof *v->words);
      return text;
    }
  }
  return NULL;
}

/* `a,b` is two. */
static int split_lists(cli *c) {
  for (size_t i = 0; option_at(c, i) != NULL; i++) {
    cli_value *v = &c->values[i];
    size_t cap = v->word_count;
    for (size_t k = 0; k < v->word_count; k++)
      for (const char *at = v->words[k].text; *at; at++) cap += *at == ',';
    v->list = BH_NEWN(&c->arena, const char *, cap + 1);
    for (size_t k = 0; k < v->word_count; k++)
      for (const char *at = v->words[k].text; at != NULL;) {
        size_t n = option_at(c, i)->kind == CLI_REPEAT ? strlen(at) : strcspn(at, ",");
        if (n == 0) return cli_fail(c, BILLHOOK_USAGE, "--%s %s: an empty name", option_at(c, i)->name, v->words[k].text);
        v->list[v->count++] = bh_arena_z(&c->arena, (bh_str){at, n});
        at = at[n] == ',' ? at + n + 1 : NULL;
      }
  }
  return 0;
}

/* What getopt_long is told: long options by their place in the tables, and a string of the short ones. */
static size_t tables(const cli *c, struct option *out, char *letters) {
  size_t n = 0;
  if (c->command == NULL) *letters++ = '+'; /* up to the command's name */
  *letters++ = ':';
  for (const cli_option *o; (o = option_at(c, n)) != NULL; n++) {
    bh_require(n < CLI_OPTIONS_MAX);
    out[n] = (struct option){o->name, o->kind == CLI_FLAG ? no_argument : required_argument, NULL, 256 + (int)n};
    if (o->letter == 0) continue;
    *letters++ = o->letter;
    if (o->kind != CLI_FLAG) *letters++ = ':';
  }
  *letters = 0;
  /* where a command has an option of the same name, it goes first and the global one is not seen */
  for (size_t i = 0; i < cli_global_count && i < n; i++)
    for (size_t k = cli_global_count; k < n; k++)
      if (strcmp(out[i].name, out[k].name) == 0) out[i].val = out[k].val;
  out[n] = (struct option){0};
  return n;
}

static int take(cli *c, size_t i, int argc, char **argv) {
  const cli_option *o = option_at(c, i);
  cli_value *v = &c->values[i];
  int n;
  v->set = true;
  v->text = optarg;
  if (o->kind == CLI_NUMBER && !number(&n, optarg))
    return cli_fail(c, BILLHOOK_USAGE, "--%s %s: expected a whole number from 0 to 1000000", o->name, optarg);
  if (o->kind == CLI_REPEAT) append(c, v, optarg, false);
  if (o->kind != CLI_LIST) return 0;
  /* a list takes its value, and the words behind it where the value is a word of its own: `--except acme-1 acme-2`, `--except=acme-1` */
  bool own_word = optarg == argv[optind - 1];
  append(c, v, optarg, false);
  for (; own_word && optind < argc && argv[optind][0] != '-'; optind++) append(c, v, argv[optind], true);
  return 0;
}

static int globals(cli *c) {
  const char *log = cli_text(c, "log");
  c->json = cli_flag(c, "json");
  if (log != NULL && strcmp(log, "json") != 0 && strcmp(log, "text") != 0)
    return cli_fail(c, BILLHOOK_USAGE, "--log %s: expected text or json", log);
  c->log_json = log != NULL && strcmp(log, "json") == 0;
  if (log != NULL) c->log_level = 2;
  if (cli_flag(c, "verbose")) c->log_level = 3;
  return 0;
}

static int check_args(cli *c) {
  const cli_command *m = c->command;
  for (const char *word; (int)c->arg_count < m->args_min && (word = give_back(c)) != NULL;) c->args[c->arg_count++] = word;
  int n = (int)c->arg_count;
  if (n < m->args_min) return cli_fail(c, BILLHOOK_USAGE, "something is missing: expected `billhook %s %s`", m->name, m->usage);
  if (m->args_max >= 0 && n > m->args_max)
    return cli_fail(c, BILLHOOK_USAGE, "\"%s\" is one word too many: expected `billhook %s%s%s`", c->args[m->args_max], m->name, m->usage[0] ? " " : "", m->usage);
  return split_lists(c);
}

int cli_parse(cli *c, const cli_command *command, int argc, char **argv) {
  struct option longs[CLI_OPTIONS_MAX + 1];
  char letters[2 * CLI_OPTIONS_MAX + 3];
  c->command = command;
  c->arg_count = 0;
  memset(c->values, 0, sizeof c->values);
  size_t n = tables(c, longs, letters);
  opterr = 0;
  optind = 0;
  for (int got, status = 0;;) {
    int at = optind > 0 ? optind : 1;
    got = getopt_long(argc, argv, letters, longs, NULL);
    if (got == -1) break;
    const char *word = argv[optind > at ? optind - 1 : at];
    if (got == '?' && optopt >= 256) /* --flag=value */
      return cli_fail(c, BILLHOOK_USAGE, "--%s takes no value", option_at(c, (size_t)optopt - 256)->name);
    if (got == '?' && optopt != 0) return cli_fail(c, BILLHOOK_USAGE, "unknown option -%c; `billhook --help` lists them", optopt);
    if (got == '?') return bad_option(c, word);
    if (got == ':') return cli_fail(c, BILLHOOK_USAGE, "%s needs a value", word);
    size_t i = got >= 256 ? (size_t)got - 256 : 0;
    if (got < 256)
      while (i < n && option_at(c, i)->letter != got) i++;
    if ((status = take(c, i, argc, argv)) != 0) return status;
  }
  c->args_at = optind;
  c->args = BH_NEWN(&c->arena, const char *, (size_t)argc + 1);
  while (optind < argc) c->args[c->arg_count++] = argv[optind++];
  int status = globals(c);
  return status != 0 || command == NULL || cli_flag(c, "help") ? status : check_args(c);
}

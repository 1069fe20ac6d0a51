/* billhook: finds the command and hands over to its file. */
#include "cli/cli.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Words of the manual that this version does not have yet. */
static const char *const later[] = {"map", "deliver", "collect", "remind", "cycle", "payment import", "report mrr", "report margin", "report leakage",
  "report reconcile", "report renewals", "report statement", "report batch", "serve", "store copy"};
enum { LATER_COUNT = sizeof later / sizeof later[0] };

static int unknown(cli *c, const char *name) {
  const char *names[64];
  size_t n = 0;
  for (size_t i = 0; i < LATER_COUNT; i++)
    if (strcmp(later[i], name) == 0) return cli_fail(c, BILLHOOK_USAGE, "%s is not in this version", name);
  for (; n < cli_command_count && n < 64; n++) names[n] = cli_commands[n]->name;
  const char *near = bh_str_nearest(bh_str_c(name), names, n);
  if (near != NULL) return cli_fail(c, BILLHOOK_USAGE, "unknown command \"%s\": did you mean \"%s\"?", name, near);
  return cli_fail(c, BILLHOOK_USAGE, "unknown command \"%s\"; `billhook --help` lists them", name);
}

/* "plugin list" is one command of two words. */
static const cli_command *find(cli *c, int *words, int argc, char **argv) {
  const cli_command *found = cli_command_find(argv[0]);
  *words = 1;
  if (found != NULL || argc < 2 || argv[1][0] == '-') return found;
  found = cli_command_find(bh_arena_fmt(&c->arena, "%s %s", argv[0], argv[1]).ptr);
  if (found != NULL) *words = 2;
  return found;
}

static int help(cli *c, int argc, char **argv) {
  int words;
  if (argc > 0 && strcmp(argv[0], "--man") == 0) cli_man(stdout);
  else if (argc > 0 && strcmp(argv[0], "--completion") == 0) cli_completion(stdout);
  else if (argc == 0 || argv[0][0] == '-') cli_help_all(stdout);
  else {
    const cli_command *command = find(c, &words, argc, argv);
    if (command == NULL) return unknown(c, argc > 1 ? bh_arena_fmt(&c->arena, "%s %s", argv[0], argv[1]).ptr : argv[0]);
    cli_help(stdout, command);
  }
  return BILLHOOK_DONE; /* main sees whether it could be written */
}

/* A family such as `plugin` without its second word. */
static int family(cli *c, int argc, char **argv, bool *is) {
  size_t n = strlen(argv[0]);
  *is = false;
  for (size_t i = 0; i < cli_command_count; i++)
    *is |= strncmp(cli_commands[i]->name, argv[0], n) == 0 && cli_commands[i]->name[n] == ' ';
  if (!*is) return 0;
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      for (size_t k = 0; k < cli_command_count; k++)
        if (strncmp(cli_commands[k]->name, argv[0], n) == 0 && cli_commands[k]->name[n] == ' ') cli_help(stdout, cli_commands[k]);
      return BILLHOOK_DONE; /* main sees whether it could be written */
    }
  if (argc > 1 && argv[1][0] != '-') return unknown(c, bh_arena_fmt(&c->arena, "%s %s", argv[0], argv[1]).ptr);
  return cli_fail(c, BILLHOOK_USAGE, "%s what? `billhook %s --help` shows its commands", argv[0], argv[0]);
}

static int print_help(const cli_command *command) {
  cli_help(stdout, command);
  return BILLHOOK_DONE; /* main sees whether it could be written */
}

static int dispatch(cli *c, int argc, char **argv) {
  int words = 1, status = cli_parse(c, NULL, argc, argv), at = c->args_at;
  bool is_family;
  if (status != 0) return status;
  if (cli_flag(c, "version")) return puts("billhook " BILLHOOK_VERSION) == EOF;
  if (cli_flag(c, "help")) return help(c, argc - at, argv + at);
  if (at >= argc) {
    cli_help_all(stderr);
    return BILLHOOK_USAGE;
  }
  if (strcmp(argv[at], "help") == 0) return help(c, argc - at - 1, argv + at + 1);
  const cli_command *command = find(c, &words, argc - at, argv + at);
  if (command == NULL) {
    status = family(c, argc - at, argv + at, &is_family);
    return is_family ? status : unknown(c, argv[at]);
  }
  /* the command's words go; what is left are options of both kinds and arguments */
  char **rest = BH_NEWN(&c->arena, char *, (size_t)argc + 1);
  int n = 0;
  for (int i = 0; i < argc; i++)
    if (i < at || i >= at + words) rest[n++] = argv[i];
  status = cli_parse(c, command, n, rest);
  if (status == 0 && cli_flag(c, "help")) return print_help(command);
  if (status == 0 && cli_flag(c, "version")) return puts("billhook " BILLHOOK_VERSION) == EOF;
  return status != 0 ? status : command->run(c);
}

/* Why standard output could not be written: 0 where it could, or where nobody reads any more (`billhook invoices | head`). */
static int output_error(const cli *c) {
  errno = 0;
  bool failed = fflush(stdout) != 0;
  int why = c->out_errno ? c->out_errno : failed ? errno : 0;
  struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
  if (why == 0 && (failed || ferror(stdout))) why = poll(&out, 1, 0) == 1 && (out.revents & POLLERR) ? EPIPE : EIO;
  return why == EPIPE ? 0 : why;
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--version") == 0) return puts("billhook " BILLHOOK_VERSION) == EOF;
  cli c = {0};
  (void)prctl(PR_SET_DUMPABLE, 0); /* secrets stand in our environment and memory: workers of the same user cannot read them */
  bh_arena_init(&c.arena);
  bh_buf_init(&c.out, (size_t)2 << 30);
  const char *term = getenv("TERM");
  c.colour = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL && (term == NULL || strcmp(term, "dumb") != 0);
  c.log_level = 1;
  cli_signals(&c);
  int status = dispatch(&c, argc, argv);
  cli_progress_end(&c);
  int why = output_error(&c);
  if (c.b != NULL) billhook_close(c.b);
  if (why != 0) status = cli_fail(&c, BILLHOOK_STORE, "cannot write to standard output: %s", strerror(why));
  bh_buf_dispose(&c.out);
  bh_arena_dispose(&c.arena);
  return status;
}

/* --help, from the same tables as the parser. */
#include "cli/cli.h"

static void options(FILE *to, const cli_option *list, size_t n) {
  for (size_t i = 0; i < n; i++) {
    char left[64];
    const cli_option *o = &list[i];
    snprintf(left, sizeof left, "%s%c%s--%s%s%s%s", o->letter ? "-" : "  ", o->letter ? o->letter : ' ', o->letter ? ", " : " ", o->name,
             o->value ? " " : "", o->value ? o->value : "", o->kind == CLI_LIST || o->kind == CLI_REPEAT ? " …" : "");
    size_t shown = cli_width(bh_str_c(left));
    fprintf(to, "  %s%*s%s\n", left, shown < 26 ? (int)(26 - shown) : 2, "", o->help);
  }
}

static void examples(FILE *to, const char *text) {
  while (*text) {
    const char *tab = strchr(text, '\t'), *nl = strchr(text, '\n');
    if (tab == NULL || nl == NULL || tab > nl) return;
    fprintf(to, "  %-52.*s %.*s\n", (int)(tab - text), text, (int)(nl - tab - 1), tab + 1);
    text = nl + 1;
  }
}

void cli_help(FILE *to, const cli_command *m) {
  fprintf(to, "Usage: billhook [-w DIR] %s%s%s [options]\n\n%s\n", m->name, m->usage[0] ? " " : "", m->usage, m->text);
  if (m->option_count) {
    fputs("\nOptions:\n", to);
    options(to, m->options, m->option_count);
  }
  fputs("\nFor every command:\n", to);
  options(to, cli_globals, cli_global_count);
  fputs("\nExamples:\n", to);
  examples(to, m->examples);
  fputc('\n', to);
}

void cli_help_all(FILE *to) {
  fputs("Usage: billhook [-w DIR] COMMAND [options]\n\n"
        "Bills what an MSP's contracts say, from what its platforms count.\n\nCommands:\n", to);
  for (size_t i = 0; i < cli_command_count; i++) fprintf(to, "  %-17s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
  fputs("\nFor every command:\n", to);
  options(to, cli_globals, cli_global_count);
  fputs("\nExamples:\n", to);
  examples(to, "billhook init --example demo\ta small MSP to look at\n"
               "billhook -w demo run\tpull the counts, draft what is owed\n"
               "billhook -w demo review\tlook at the drafts\n"
               "billhook -w demo approve 2026-12-01.1\tnumber and freeze them\n"
               "billhook run --help\twhat run takes\n");
  fputs("\nExit status: 0 done; 1 done, and something is held or failed for single clients; 2 usage; 3 the workspace is wrong;\n"
        "4 another run holds the lock; 5 a connector or sink failed as a whole; 6 the store could not be read or written; 70 a bug;\n"
        "130, 143 stopped by SIGINT, SIGTERM.\n", to);
}

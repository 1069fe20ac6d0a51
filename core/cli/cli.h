/* The command: arguments in, the embedding API called, its JSON passed on or shown to a person. No logic of billing. */
#ifndef BH_CLI_H
#define BH_CLI_H
#include "base/base.h"
#include "base/json.h"

#include <billhook/billhook.h>
#include <signal.h>

typedef enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_NUMBER, CLI_LIST, CLI_REPEAT } cli_kind; /* LIST: see take() in parse.c; REPEAT: one value each time */
typedef struct cli_option {
  const char *name;
  char letter;                 /* 0: none */
  cli_kind kind;
  const char *value;           /* what help calls it: "D" */
  const char *help;
} cli_option;

typedef struct cli cli;
typedef struct cli_command {
  const char *name;            /* "run", "plugin list" */
  const char *usage;           /* after the name: "[BATCH]" */
  const char *summary;         /* one line, lower case, no full stop */
  const char *text;            /* paragraphs for --help and the man page */
  const char *examples;        /* lines "COMMAND\tWHAT IT DOES\n" */
  const cli_option *options; size_t option_count;
  int args_min, args_max;      /* args_max -1: any number */
  int (*run)(cli *c);
} cli_command;
extern const cli_command *const cli_commands[];
extern const size_t cli_command_count;
extern const cli_option cli_globals[];
extern const size_t cli_global_count;
const cli_command *cli_command_find(const char *name); /* NULL where absent */

enum { CLI_OPTIONS_MAX = 32 };
typedef struct cli_word { const char *text; bool loose; } cli_word; /* loose: stood behind the option's own value */
typedef struct cli_value { bool set; const char *text; cli_word *words; const char **list; size_t word_count, count; } cli_value;

typedef struct cli_first { bh_str begin; size_t most, count; int depth; bool done, text, escaped; } cli_first; /* cli_out_first */

struct cli {
  bh_arena arena;
  const cli_command *command;
  cli_value values[CLI_OPTIONS_MAX]; /* globals first, then the command's */
  const char **args; size_t arg_count;
  int args_at;                 /* where they begin in what was parsed */
  bool json, log_json, colour, progress_shown;
  int log_level;
  int64_t progress_ms;
  volatile sig_atomic_t *stop_signal;
  billhook *b;
  bh_buf out;                  /* what the API printed, where a person reads */
  cli_first first;
  int out_errno;               /* why standard output could not be written; 0: it could */
};

/* Options of the command and the global ones, by name. */
const char *cli_text(const cli *c, const char *name);           /* NULL where not given */
const char *cli_text_global(const cli *c, const char *name);    /* the global option even where the command has one of that name */
bool cli_flag(const cli *c, const char *name);
const char *const *cli_list(const cli *c, const char *name, size_t *n);
int cli_number(const cli *c, const char *name, int fallback);   /* checked when parsed */
const char *cli_arg(const cli *c, size_t i);                    /* NULL where not given */

/* 0, or the exit status after the reason was printed. command NULL: the global options before the command's name. */
int cli_parse(cli *c, const cli_command *command, int argc, char **argv);
void cli_help(FILE *to, const cli_command *command);
void cli_help_all(FILE *to);
void cli_man(FILE *to);
void cli_completion(FILE *to);

/* "billhook: …" on standard error; returns the status. */
int cli_fail(const cli *c, int status, const char *fmt, ...) BH_PRINTF(3, 4);
void cli_line(const cli *c, const char *message); /* a line of an error, without the command's name */
void cli_log(void *ctx, int level, const char *message);
void cli_progress(void *ctx, const char *what, int64_t done, int64_t of);
void cli_progress_end(cli *c);
extern volatile int cli_stop;  /* set by the first SIGINT or SIGTERM */
void cli_signals(cli *c);

billhook_options cli_options(cli *c);
/* Says all that is wrong with the workspace, on standard error. False: nothing is. */
bool cli_mistakes(cli *c);
void cli_mistakes_of(cli *c, const bh_node *doc); /* those of a document with "mistakes" */
size_t cli_statement_end(bh_str path); /* of a mistake: the length of `contract "acme"` */
/* Opens the workspace (0, or the status after the reason was printed). */
int cli_open(cli *c);
/* Where the API prints: standard output with --json, else c->out. */
billhook_out cli_out(cli *c);
billhook_out cli_out_plain(cli *c); /* standard output always */
/* The same for a document that begins with a list of objects (`begin`: its text up to and with the list's bracket): for a person only the first
 * `most` of them are kept, and c->first.count tells how many there were. */
billhook_out cli_out_first(cli *c, bh_str begin, size_t most);
/* After the call: the reason of a failure, then `render` over what was printed (NULL: nothing is shown). Returns the exit status. */
typedef void (*cli_render)(cli *c, const bh_node *doc);
int cli_end(cli *c, int status, cli_render render);
/* The same where the API printed one document a line. */
typedef void (*cli_render_lines)(cli *c, bh_node *const *docs, size_t n);
int cli_end_lines(cli *c, int status, cli_render_lines render);

/* ---- for a person ---- */
bh_str cli_member(const bh_node *n, const char *key);            /* text of a member; empty where absent or null */
bh_str cli_scalar(bh_arena *a, const bh_node *n);                /* text, number or yes/no */
size_t cli_items(bh_node *const **out, const bh_node *n, const char *key);
bool cli_true(const bh_node *n, const char *key);
/* Text from outside goes to a terminal without control characters. */
void cli_put(bh_str s);
/* "s" behind any number of things but one. */
static inline const char *cli_plural(bh_str n) { return bh_str_eqz(n, "1") ? "" : "s"; }
void cli_printf(const char *fmt, ...) BH_PRINTF(1, 2);           /* for words of our own */
typedef enum cli_style { CLI_PLAIN, CLI_BOLD, CLI_DIM, CLI_RED, CLI_YELLOW, CLI_GREEN } cli_style;
void cli_style_on(const cli *c, cli_style s);
void cli_style_off(const cli *c, cli_style s);
void cli_styled(const cli *c, cli_style s, bh_str text);
size_t cli_width(bh_str s);                                      /* characters */
/* "USD 48210.55", one a line or one after the other. */
void cli_totals(cli *c, const bh_node *totals, const char *before);

/* Rows with aligned columns. Cells are not copied. */
typedef struct cli_column { const char *head; bool right; size_t most; } cli_column; /* most: cut there; 0: never */
typedef struct cli_table { bh_arena *a; const cli_column *columns; size_t n; bh_str *cells; uint8_t *styles; size_t rows, cap; } cli_table;
void cli_table_init(cli_table *t, bh_arena *a, const cli_column *columns, size_t n);
void cli_table_row(cli_table *t, const bh_str *cells);
void cli_table_style(cli_table *t, cli_style s);                 /* of the last row */
void cli_table_print(cli *c, const cli_table *t, const char *indent);
void cli_held(cli *c, const bh_node *doc);                       /* the "held" of run, review, approve */
#endif

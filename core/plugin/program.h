/* A program of the MSP's own under a connector's worker. Between the two stands a keeper (billhook-worker in another role), the leader of a
 * process group that the program and all it starts are in. The keeper ends the whole group when the program has ended, and when its line to
 * the worker breaks, in whatever way the worker has died. */
#ifndef BH_PROGRAM_H
#define BH_PROGRAM_H
#include "base/base.h"
#include <sys/types.h>

#define BH_PROGRAM_KEEPER "program" /* the role's name in argv[1] */
enum { BH_PROGRAM_WORDS_MAX = 256 };

/* How it went, from keeper to worker. */
typedef struct bh_program_end_note { int32_t error; /* errno where it could not be started */ int32_t wait_status; } bh_program_end_note;

/* The keeper's loop: starts argv, whose first word is looked for in PATH where it has no slash, and does not return but where nothing was started. */
int bh_program_keeper_main(int control, char **argv);

typedef struct bh_program {
  pid_t keeper;
  int out, err;   /* read ends, not blocking */
  int control;    /* a note comes here when it has ended */
} bh_program;
/* Starts words[0…] (the last is NULL) in the folder `dir`. False: errno says why there is no keeper. */
bool bh_program_start(bh_program *p, const char *dir, char *const *words);
/* Ends what is left of it, and waits for the keeper. */
void bh_program_stop(bh_program *p);
#endif

/* The other side of a sink or a gateway, played from the session: it remembers what was made under which key. */
#ifndef BH_CHECK_OTHER_SIDE_H
#define BH_CHECK_OTHER_SIDE_H
#include "plugin/check/inside.h"
#include "plugin/outward.h"

/* ---- subjects.c: what the session says is to be sent ---- */
typedef struct bh_check_subject {
  bh_outward outward;            /* with a key of its own */
  bh_str expect;                 /* of a debit: "paid", "pending", "failed"; empty: not failed */
  bh_dec total;                  /* of a document */
  bool refunds; bh_dec refund;   /* of a debit: gives back so much afterwards */
} bh_check_subject;
typedef struct bh_check_event {
  bh_str body, signature, state; /* signature: the header that holds it; state: what it says, empty: nothing of a payment */
  bh_str *headers; size_t header_count;
  int64_t now_s, age_s;          /* age_s: how old it may be; 0: it has no time in it */
} bh_check_event;
bh_status bh_check_subjects_read(bh_check_replay *out, bh_arena *a, const bh_node *root, bh_error *err);
/* effect, once, repeat, after and sent_has of an exchange. */
bh_status bh_check_effect_read(bh_check_exchange *x, bh_arena *a, const bh_node *n, bh_error *err);
/* The refund of a charge whose payment is `ref`, in `a`. */
bh_check_subject *bh_check_refund_of(bh_arena *a, const bh_check_subject *charge, bh_str ref);

/* ---- other_side.c ---- */
enum { BH_CHECK_EFFECTS_MAX = 64 };
typedef struct bh_check_effect {
  bh_str kind, key;
  char ref[24];
  bool named;                    /* the request carried the key, or the document's number or id: it can be found again */
} bh_check_effect;
/* Something that goes wrong with one request. */
typedef struct bh_check_failure {
  bh_check_how how;
  size_t at;                     /* which request of the call */
  size_t number;                 /* the status; cut: 0 in the middle, 1 before the last byte */
  bool done;                     /* the request was carried out all the same */
  bool lasting;                  /* and each repeat of the request goes the same way */
} bh_check_failure;
typedef struct bh_check_side {
  bh_check_replay *replay;
  bh_arena arena;
  bh_transport transport;
  bh_check_effect effects[BH_CHECK_EFFECTS_MAX]; size_t effect_count;
  size_t before;                 /* how many there were when the call began */
  const bh_check_subject *subject; /* of the call that goes on; may be NULL */
  const bh_check_failure *failure; /* of that call; may be NULL */
  size_t requests;               /* of that call */
  uint64_t struck_hash; bool struck;
  char struck_words[200];        /* "POST https://api.example/invoices" */
  char missed[300];              /* the first request that the session does not have */
  char unnamed[200];             /* the first that made something without naming it */
} bh_check_side;
void bh_check_side_init(bh_check_side *s, bh_check_replay *r);
void bh_check_side_dispose(bh_check_side *s);
/* Of the next call. */
void bh_check_side_begin(bh_check_side *s, const bh_check_subject *subject, const bh_check_failure *failure);
/* How many things of one kind were made under the key, of the kind of which there are most. */
size_t bh_check_side_made(const bh_check_side *s, bh_str key);
/* "with answer 2 (POST https://…) lost": of the failure that has struck; empty where none has. */
void bh_check_failure_words(char out[300], const bh_check_side *s, const bh_check_failure *f);

/* ---- outing.c: an instance of a sink or a gateway, and one call after another ---- */
typedef struct bh_check_said {
  size_t count, clients, received;
  int32_t state;
  uint32_t has;
  char ref[512];
  char currency[8];
  bh_dec amount;                 /* of an outcome; the total of a document */
} bh_check_said;
typedef struct bh_check_out {
  bh_check *k;
  bh_check_side *side;
  bh_connector_run run;
  void *self;
  bool made;
  /* of the last call */
  bh_status status;
  int32_t call;                  /* -1: create */
  char reason[800];
  bh_check_said said;
} bh_check_out;
/* create(); a failure shows in o->status. BH_OK: it took place. */
bh_status bh_check_out_open(bh_check_out *o, bh_check *k, bh_check_side *side, const char *without);
void bh_check_out_call(bh_check_out *o, int32_t call, const bh_check_subject *subject, const bh_check_failure *failure);
void bh_check_out_close(bh_check_out *o);
/* All three, with an instance of its own: as the host does it, which starts a worker a call. */
bh_status bh_check_out_once(bh_check_out *o, bh_check *k, bh_check_side *side, int32_t call, const bh_check_subject *subject, const bh_check_failure *failure);
const char *bh_check_out_name(const bh_check_out *o); /* "deliver" */
/* In place of bh_check_connect: every call, one after the other. */
bh_status bh_check_go_out(bh_check *k, bh_check_run_result *r);
#endif

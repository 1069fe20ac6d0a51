/* The run behind `billhook run`, for those who run over a scratch store. */
#ifndef BH_RUN_H
#define BH_RUN_H
#include "batch/run_client.h"
/* billhook_run() over the workspace and the store that the handle has open already. With a window nothing outside of it is drafted, closed books are
 * no obstacle, and nothing is approved. */
int bh_run_window(billhook *b, const billhook_run_options *o, bh_issue_window window, const billhook_out *out);
#endif

/* A job for the worker of a connector, sink or gateway as billhook.lua has it. */
#ifndef BH_USE_JOB_H
#define BH_USE_JOB_H
#include "batch/engine.h"
#include "plugin/pull.h"

/* Its name, plugin, certificates and options as text; the caller says what is called, and for whom. The job points into the arena and into `secrets`,
 * which the caller wipes when the worker is through. The message begins with the kind and the name. */
bh_status bh_use_job(bh_pull_job *job, bh_buf *secrets, const bh_plugin_use *use, bh_arena *a, billhook *b, bh_error *err);
#endif

target_sources(billhook_core PRIVATE
  rate.c
  rate_worker.c)

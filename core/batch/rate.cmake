target_sources(billhook_core PRIVATE
  carry.c
  rate.c
  rate_worker.c)

target_sources(billhook_core PRIVATE ${CMAKE_CURRENT_LIST_DIR}/document.c ${CMAKE_CURRENT_LIST_DIR}/corrected.c ${CMAKE_CURRENT_LIST_DIR}/postings.c)

# billhook-worker: what runs plugins and rules. libcurl is linked here and nowhere else.
add_executable(billhook-worker worker_main.c)
target_link_libraries(billhook-worker PRIVATE billhook_worker_parts)
set_target_properties(billhook-worker PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
install(TARGETS billhook-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/billhook)

# billhook_plugin(NAME SOURCE…): NAME.so that exports billhook_plugin alone and leaves nothing undefined; NAME.json is expected beside
# the CMakeLists.txt and copied beside the .so.
set(BILLHOOK_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map CACHE INTERNAL "")
function(billhook_plugin name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    LINK_DEPENDS ${BILLHOOK_PLUGIN_MAP})
  target_link_libraries(${name} PRIVATE billhook::sdk)
  target_link_options(${name} PRIVATE -Wl,--version-script=${BILLHOOK_PLUGIN_MAP} -Wl,-z,defs)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND chmod go-w $<TARGET_FILE:${name}>
    COMMAND ${CMAKE_COMMAND} -E copy ${CMAKE_CURRENT_SOURCE_DIR}/${name}.json $<TARGET_FILE_DIR:${name}>/${name}.json VERBATIM)
endfunction()

# billhook_plugin(NAME SOURCE…): NAME.so that exports billhook_plugin alone and leaves nothing undefined; NAME.json is expected beside
# the CMakeLists.txt and copied beside the .so, and so are NAME.replay.json and NAME.cases.json where they are there.
set(BILLHOOK_PLUGIN_MAP ${CMAKE_CURRENT_LIST_DIR}/plugin.map CACHE INTERNAL "")
function(billhook_plugin name)
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX .so C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden
    C_STANDARD 11 CXX_STANDARD 11 LINK_DEPENDS ${BILLHOOK_PLUGIN_MAP})
  target_link_libraries(${name} PRIVATE billhook::sdk)
  target_link_options(${name} PRIVATE -Wl,--version-script=${BILLHOOK_PLUGIN_MAP} -Wl,-z,defs)
  add_custom_command(TARGET ${name} POST_BUILD COMMAND chmod go-w $<TARGET_FILE:${name}> VERBATIM)
  configure_file(${CMAKE_CURRENT_SOURCE_DIR}/${name}.json ${CMAKE_CURRENT_BINARY_DIR}/${name}.json COPYONLY)
  # With each build, not only when it is configured: a session is recorded once there is a plugin.
  set(copies)
  foreach(beside replay cases)
    list(APPEND copies COMMAND sh -c "test ! -f \"$1\" || cmp -s \"$1\" \"$2\" || cp \"$1\" \"$2\"" sh
      ${CMAKE_CURRENT_SOURCE_DIR}/${name}.${beside}.json ${CMAKE_CURRENT_BINARY_DIR}/${name}.${beside}.json)
  endforeach()
  add_custom_target(${name}_beside ALL ${copies} VERBATIM)
endfunction()

# billhook_plugin_check(NAME [OPTION…]): a test that runs the conformance suite; needs the `billhook` command.
set(BILLHOOK_SDK_PREFIX ${PACKAGE_PREFIX_DIR} CACHE INTERNAL "")
function(billhook_plugin_check name)
  find_program(BILLHOOK_COMMAND billhook HINTS ${BILLHOOK_SDK_PREFIX}/bin)
  if(BILLHOOK_COMMAND)
    add_test(NAME check/${name} COMMAND ${BILLHOOK_COMMAND} plugin check $<TARGET_FILE:${name}> ${ARGN})
  else()
    message(WARNING "billhook was not found: ${name} is built and not checked (set BILLHOOK_COMMAND)")
  endif()
endfunction()

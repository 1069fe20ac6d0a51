# ---- plugins that only the tests load ----
set(BH_TEST_PLUGINS ${CMAKE_BINARY_DIR}/tests/plugins)
function(bh_test_plugin id kind source abi phase options)
  set(ID ${id})
  set(KIND ${kind})
  set(ABI ${abi})
  set(PHASE "")
  if(phase)
    set(PHASE "  \"phase\": ${phase},\n")
  endif()
  set(OPTIONS "${options}")
  configure_file(plugins_src/manifest.json.in ${CMAKE_CURRENT_BINARY_DIR}/manifests/${id}.json @ONLY)
  bh_add_plugin(${id} ${kind} plugins_src/${source} DESTINATION ${BH_TEST_PLUGINS}
                MANIFEST ${CMAKE_CURRENT_BINARY_DIR}/manifests/${id}.json)
  set_property(GLOBAL APPEND PROPERTY BH_TEST_PLUGIN_TARGETS plugin_${id})
endfunction()
set(bad_options "{ \"key\": \"token\", \"type\": \"text\", \"secret\": true }")
foreach(bad good segv abort double_free exit hang deaf stack close garbage badfacts fork leak scope refused silent status secret abi size liar)
  bh_test_plugin(bad_${bad} connector bad.c 1.0-rc1 "" "${bad_options}")
  target_compile_definitions(plugin_bad_${bad} PRIVATE BAD_${bad} ID=bad_${bad})
  target_compile_options(plugin_bad_${bad} PRIVATE -O0 -Wno-unused-function -Wno-unused-variable -Wno-infinite-recursion)
endforeach()
bh_test_plugin(bad_future connector bad.c 2.0 "" "${bad_options}")
target_compile_definitions(plugin_bad_future PRIVATE ID=bad_future)
bh_test_plugin(test_rollover model rollover.c 1.0-rc1 1 "{ \"key\": \"price\", \"type\": \"money\", \"required\": true },
  { \"key\": \"included\", \"type\": \"quantity\", \"required\": true }, { \"key\": \"rollover\", \"type\": \"integer\", \"default\": \"0\" }")
bh_test_plugin(test_commit model commit.c 1.0-rc1 2 "{ \"key\": \"amount\", \"type\": \"money\", \"required\": true },
  { \"key\": \"of\", \"type\": \"text\", \"default\": \"all\" }")
bh_test_plugin(test_wild model wild.c 1.0-rc1 1 "{ \"key\": \"how\", \"type\": \"text\", \"required\": true }")

# ---- the tests ----
get_property(bh_test_plugins GLOBAL PROPERTY BH_TEST_PLUGIN_TARGETS)
foreach(name abi manifest model worker pull csv host sandbox json http)
  bh_unit_test(test_plugin_${name} test_plugin_${name}.c)
  target_compile_definitions(test_plugin_${name} PRIVATE BH_TEST_PLUGINS="${BH_TEST_PLUGINS}" BH_BUILD_PLUGINS="${CMAKE_BINARY_DIR}/plugins")
  add_dependencies(test_plugin_${name} billhook-worker plugin_csv plugin_flat plugin_per_unit plugin_tiered ${bh_test_plugins})
endforeach()
foreach(name json http)
  target_link_libraries(test_plugin_${name} PRIVATE billhook_worker_parts)
endforeach()

# The header in every dialect that vendors use.
find_program(BH_CXX NAMES g++ clang++ c++)
foreach(dialect c11 c17 c++11 c++20)
  set(compiler ${CMAKE_C_COMPILER})
  set(language c)
  if(dialect MATCHES "\\+\\+")
    set(compiler ${BH_CXX})
    set(language c++)
  endif()
  if(compiler)
    add_test(NAME unit/plugin_header_${dialect} COMMAND ${compiler} -x ${language} -std=${dialect} -Wall -Wextra -Wpedantic -Werror -fsyntax-only
             -I${PROJECT_SOURCE_DIR}/sdk/include ${CMAKE_CURRENT_SOURCE_DIR}/plugins_src/header.c)
  endif()
endforeach()

# What a shipped plugin exports: one symbol.
add_test(NAME unit/plugin_symbols COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/plugins_src/symbols.sh ${CMAKE_BINARY_DIR}/plugins)

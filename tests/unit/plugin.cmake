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
foreach(bad good program segv abort double_free exit hang deaf stack close garbage badfacts fork leak scope refused silent status secret abi size liar)
  bh_test_plugin(bad_${bad} connector bad.c 1.0 "" "${bad_options}")
  target_compile_definitions(plugin_bad_${bad} PRIVATE BAD_${bad} ID=bad_${bad})
  target_compile_options(plugin_bad_${bad} PRIVATE -O0 -Wno-unused-function -Wno-unused-variable -Wno-infinite-recursion)
endforeach()
bh_test_plugin(bad_future connector bad.c 2.0 "" "${bad_options}")
target_compile_definitions(plugin_bad_future PRIVATE ID=bad_future)
bh_test_plugin(test_rollover model rollover.c 1.0 1 "{ \"key\": \"price\", \"type\": \"money\", \"required\": true },
  { \"key\": \"included\", \"type\": \"quantity\", \"required\": true }, { \"key\": \"rollover\", \"type\": \"integer\", \"carry\": true, \"default\": \"0\" }")
bh_test_plugin(test_commit model commit.c 1.0 2 "{ \"key\": \"amount\", \"type\": \"money\", \"required\": true },
  { \"key\": \"of\", \"type\": \"products\", \"default\": \"all\" }")
bh_test_plugin(test_script connector script.c 1.0 "" "{ \"key\": \"path\", \"type\": \"text\", \"required\": true }, { \"key\": \"only\", \"type\": \"text\" }")
bh_test_plugin(test_ledger sink ledger.c 1.0 "" "{ \"key\": \"path\", \"type\": \"text\", \"required\": true }, { \"key\": \"token\", \"type\": \"text\", \"secret\": true }")
bh_test_plugin(test_wild model wild.c 1.0 1 "{ \"key\": \"how\", \"type\": \"text\", \"required\": true }")
# What tests/integration/test_bad_remote.py and test_bad_plugins.py pull and rate with, from outside.
bh_test_plugin(test_wire connector wire.c 1.0 "" "{ \"key\": \"url\", \"type\": \"text\", \"required\": true },
  { \"key\": \"paging\", \"type\": \"text\" }, { \"key\": \"client\", \"type\": \"text\" }, { \"key\": \"token\", \"type\": \"text\", \"secret\": true }")
bh_test_plugin(test_hostile connector hostile.c 1.0 "" "{ \"key\": \"how\", \"type\": \"text\" }, { \"key\": \"client\", \"type\": \"text\" },
  { \"key\": \"store\", \"type\": \"text\" }, { \"key\": \"token\", \"type\": \"text\", \"secret\": true }")
foreach(model test_hostile_model test_hostile_second test_hostile_load test_hostile_stuck)
  bh_test_plugin(${model} model hostile_model.c 1.0 1 "{ \"key\": \"price\", \"type\": \"money\", \"required\": true },
    { \"key\": \"how\", \"type\": \"text\" }")
  target_compile_definitions(plugin_${model} PRIVATE ID=${model})
endforeach()
target_compile_definitions(plugin_test_hostile_load PRIVATE AT_LOAD)
target_compile_definitions(plugin_test_hostile_stuck PRIVATE STUCK)
foreach(plugin test_hostile test_hostile_model test_hostile_second test_hostile_load test_hostile_stuck)
  target_compile_options(plugin_${plugin} PRIVATE -O0 -D_GNU_SOURCE -Wno-infinite-recursion)
endforeach()

# ---- the tests ----
get_property(bh_test_plugins GLOBAL PROPERTY BH_TEST_PLUGIN_TARGETS)
foreach(name abi outward manifest model worker pull csv host sandbox json json_ahead http pages tokens websocket truncated)
  bh_unit_test(test_plugin_${name} test_plugin_${name}.c)
  target_compile_definitions(test_plugin_${name} PRIVATE BH_TEST_PLUGINS="${BH_TEST_PLUGINS}" BH_BUILD_PLUGINS="${CMAKE_BINARY_DIR}/plugins")
  add_dependencies(test_plugin_${name} billhook-worker plugin_csv plugin_flat plugin_per_unit plugin_tiered ${bh_test_plugins})
endforeach()
foreach(name outward json json_ahead http pages tokens websocket truncated)
  target_link_libraries(test_plugin_${name} PRIVATE billhook_worker_parts)
endforeach()

foreach(name models block_hours)
  bh_unit_test(test_${name} test_${name}.c)
  target_compile_definitions(test_${name} PRIVATE BH_BUILD_PLUGINS="${CMAKE_BINARY_DIR}/plugins")
  foreach(model block_hours commit package percent plan usage)
    add_dependencies(test_${name} plugin_${model})
  endforeach()
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

# The connectors to PSA platforms, against scripted platforms on loopback. pull_dump shows what they emit, contracts and products, too.
add_executable(pull_dump pull_dump.c)
target_link_libraries(pull_dump PRIVATE billhook_core)
add_dependencies(pull_dump billhook-worker)
foreach(name autotask connectwise halopsa itflow psa_closed psa_contracts rt syncro)
  add_test(NAME integration/${name}
           COMMAND /usr/bin/python3 -m pytest -q -p no:cacheprovider ${CMAKE_CURRENT_SOURCE_DIR}/test_${name}.py)
  set_tests_properties(integration/${name} PROPERTIES LABELS integration TIMEOUT 600
    ENVIRONMENT "BILLHOOK_BIN=$<TARGET_FILE:billhook>;PULL_DUMP=$<TARGET_FILE:pull_dump>;PLUGINS_DIR=${CMAKE_BINARY_DIR}/plugins;PYTHONDONTWRITEBYTECODE=1")
endforeach()

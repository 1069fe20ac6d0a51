# Files, programs, licences: against scripted platforms on loopback; pull_dump (psa.cmake) shows what they emit.
foreach(name lines msgraph pax8 rest)
  add_test(NAME integration/${name}
           COMMAND /usr/bin/python3 -m pytest -q -p no:cacheprovider ${CMAKE_CURRENT_SOURCE_DIR}/test_${name}.py)
  set_tests_properties(integration/${name} PROPERTIES LABELS integration TIMEOUT 600
    ENVIRONMENT "BILLHOOK_BIN=$<TARGET_FILE:billhook>;PULL_DUMP=$<TARGET_FILE:pull_dump>;PLUGINS_DIR=${CMAKE_BINARY_DIR}/plugins;PYTHONDONTWRITEBYTECODE=1")
endforeach()

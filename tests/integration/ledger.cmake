# The ledger: what is posted, what is paid, and what leaves it.
foreach(name ledger payments accounts)
  add_test(NAME integration/${name}
           COMMAND /usr/bin/python3 -m pytest -q -p no:cacheprovider ${CMAKE_CURRENT_SOURCE_DIR}/test_${name}.py)
  set_tests_properties(integration/${name} PROPERTIES LABELS integration TIMEOUT 600
    ENVIRONMENT "BILLHOOK_BIN=$<TARGET_FILE:billhook>;PYTHONDONTWRITEBYTECODE=1")
endforeach()

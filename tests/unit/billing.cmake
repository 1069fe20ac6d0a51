foreach(noun commit schedule prorate quantity uplift discount tax due rating_wire money_edges tax_edges period_edges properties)
  bh_unit_test(test_${noun} test_${noun}.c)
endforeach()
# The oracle: Python's fractions and datetime work the same cases out, knowing nothing of our code.
add_executable(billing_oracle_driver billing_oracle_driver.c)
target_link_libraries(billing_oracle_driver PRIVATE billhook_core)
find_program(BILLHOOK_PYTHON3 python3)
if(BILLHOOK_PYTHON3)
  add_test(NAME unit/billing_oracle COMMAND ${BILLHOOK_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/billing_oracle.py
           --driver $<TARGET_FILE:billing_oracle_driver> --cases 3000 --seed 20261201)
endif()
bh_unit_test(test_earned test_earned.c)
bh_unit_test(test_settle test_settle.c)

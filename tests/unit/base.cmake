foreach(name str dec money date json sort wire hash)
  bh_unit_test(test_${name} test_${name}.c)
endforeach()

# The arithmetic against Python's fractions: the driver answers cases that the script invents (fixed seed).
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_executable(test_money_driver test_money_driver.c)
  target_link_libraries(test_money_driver PRIVATE billhook_core)
  add_test(NAME unit/money_oracle
           COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/money_oracle.py $<TARGET_FILE:test_money_driver>)
endif()

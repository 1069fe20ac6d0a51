foreach(noun dec bill state)
  bh_unit_test(test_rules_${noun} test_rules_${noun}.c)
endforeach()
bh_unit_test(test_rate test_rate.c)

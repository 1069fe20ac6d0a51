foreach(noun good bad)
  bh_unit_test(test_workspace_${noun} test_workspace_${noun}.c workspace_fixture.c)
endforeach()

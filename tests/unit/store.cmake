foreach(name two_times select lists levels holds identity)
  bh_unit_test(test_facts_${name} test_facts_${name}.c facts_fixture.c)
endforeach()
bh_unit_test(test_ingest test_ingest.c facts_fixture.c)

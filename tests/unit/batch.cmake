bh_unit_test(test_name_key test_name_key.c)

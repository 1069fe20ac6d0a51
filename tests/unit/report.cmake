bh_unit_test(test_report test_report.c report_fixture.c)
bh_unit_test(test_document test_document.c)

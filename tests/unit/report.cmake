bh_unit_test(test_report test_report.c report_fixture.c)
bh_unit_test(test_document test_document.c)
# The man page and the completion are checked in and must be what the command prints.
foreach(page man:billhook.1 completion:billhook.bash)
  string(REPLACE ":" ";" page ${page})
  list(GET page 0 what)
  list(GET page 1 file)
  add_test(NAME cli/${what} COMMAND ${CMAKE_COMMAND} -DCOMMAND=$<TARGET_FILE:billhook> -DWHAT=--${what}
           -DFILE=${PROJECT_SOURCE_DIR}/core/cli/${file} -P ${PROJECT_SOURCE_DIR}/core/cli/generated.cmake)
endforeach()
add_test(NAME cli/arguments COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/cli_arguments.sh $<TARGET_FILE:billhook>)

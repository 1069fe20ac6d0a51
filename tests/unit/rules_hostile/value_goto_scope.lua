-- fails: jumps into the scope
goto x
local a
::x:: a = 1

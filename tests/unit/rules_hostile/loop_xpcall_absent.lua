-- fails: attempt to call a nil value (global 'xpcall')
rule 'hostile' (function(bill)
local function f() while true do end end
xpcall(f, f)
end)

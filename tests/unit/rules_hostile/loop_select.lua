-- fails: instructions
rule 'hostile' (function(bill)
local function f(...) while true do local n = select('#', ...) end end
f(1, 2, 3)
end)

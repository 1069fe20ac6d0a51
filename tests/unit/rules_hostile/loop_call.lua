-- fails: instructions
rule 'hostile' (function(bill)
local function f() end
while true do f() end
end)

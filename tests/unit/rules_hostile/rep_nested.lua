-- fails: 
rule 'hostile' (function(bill)
local s = 'x'
while true do s = s:rep(10) end
end)

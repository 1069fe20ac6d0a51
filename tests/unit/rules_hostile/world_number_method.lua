-- fails: attempt to index a number value
rule 'hostile' (function(bill)
local n = 5
n.evil = 1
end)

-- fails: attempt to index a string value
rule 'hostile' (function(bill)
local s = 'x'
s.evil = 1
end)

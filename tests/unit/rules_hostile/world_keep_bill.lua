-- fails: changed "kept"
local kept
rule 'hostile' (function(bill)
kept = bill
end)

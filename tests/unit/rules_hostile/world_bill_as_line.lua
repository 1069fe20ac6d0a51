-- fails: a line was expected
rule 'hostile' (function(bill)
local line = bill:lines() ()
line.remove(bill)
end)

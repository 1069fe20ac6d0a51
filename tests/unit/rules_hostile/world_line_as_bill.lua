-- fails: with a colon
rule 'hostile' (function(bill)
local line = bill:lines() ()
bill.memo(line, 'x')
end)

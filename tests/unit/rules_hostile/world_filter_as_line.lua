-- fails: 
rule 'hostile' (function(bill)
local line = bill:lines() ()
line.remove(devices {})
end)

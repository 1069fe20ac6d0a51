-- fails: too large
rule 'hostile' (function(bill)
local t = {}
t.t = t
bill:count(devices(t))
end)

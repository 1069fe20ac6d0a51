-- fails: too large
rule 'hostile' (function(bill)
local t = {}
for i = 1, 100000 do t['k' .. i] = i end
bill:count(devices(t))
end)

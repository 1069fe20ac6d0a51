-- fails: bytes of memory
rule 'hostile' (function(bill)
local t = {}
for i = 1, math.maxinteger do t[i] = function() return i end end
end)

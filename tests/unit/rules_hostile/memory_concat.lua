-- fails: bytes of memory
rule 'hostile' (function(bill)
local t = {}
for i = 1, 60 do t[i] = ('x'):rep(1000000) end
return table.concat(t)
end)

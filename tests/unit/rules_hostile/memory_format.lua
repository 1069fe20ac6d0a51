-- fails: 
rule 'hostile' (function(bill)
local s = ('x'):rep(900000)
local t = {}
for i = 1, 100 do t[i] = ('%s%s%s'):format(s, s, i) end
end)

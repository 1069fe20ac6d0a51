-- fails: 
rule 'hostile' (function(bill)
local t, s = {}, ('x'):rep(1000000)
for i = 1, 1000 do t[i] = (s .. i):upper() end
end)

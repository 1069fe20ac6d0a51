-- fails: instructions
rule 'hostile' (function(bill)
local t = {}
for i = 1, 3000 do t[i] = i end
local k
while true do k = next(t, k) end
end)

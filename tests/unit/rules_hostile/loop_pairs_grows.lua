-- fails: instructions
rule 'hostile' (function(bill)
local t = { a = 1 }
while true do for k in pairs(t) do t[k] = 1 end end
end)

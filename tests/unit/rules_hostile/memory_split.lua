-- fails: 
rule 'hostile' (function(bill)
local t = {}
while true do t[#t + 1] = dec '1':split(10000) end
end)

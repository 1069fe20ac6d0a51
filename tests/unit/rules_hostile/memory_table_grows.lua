-- fails: bytes of memory
rule 'hostile' (function(bill)
local t = {}
while true do t[#t + 1] = {} end
end)

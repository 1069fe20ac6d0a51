-- fails: bytes of memory
rule 'hostile' (function(bill)
local s = 'x'
while true do s = s .. s end
end)

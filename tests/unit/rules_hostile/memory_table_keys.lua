-- fails: bytes of memory
rule 'hostile' (function(bill)
local t, i = {}, 0
while true do i = i + 1 t['key' .. i] = 'value' .. i end
end)

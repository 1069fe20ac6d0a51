-- fails: 
rule 'hostile' (function(bill)
local t = {}
while true do table.insert(t, 1, 0) end
end)

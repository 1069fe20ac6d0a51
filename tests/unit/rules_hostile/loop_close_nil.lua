-- fails: instructions
rule 'hostile' (function(bill)
while true do local x <close> = nil end
end)

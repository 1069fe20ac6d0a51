-- fails: instructions
rule 'hostile' (function(bill)
for i = 1.0, math.huge do end
end)

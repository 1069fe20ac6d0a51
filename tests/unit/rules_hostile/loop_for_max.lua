-- fails: instructions
rule 'hostile' (function(bill)
for i = 1, math.maxinteger do end
end)

-- fails: instructions
rule 'hostile' (function(bill)
while true do end
end)

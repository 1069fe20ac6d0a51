-- fails: field 'random'
rule 'hostile' (function(bill)
return math.random()
end)

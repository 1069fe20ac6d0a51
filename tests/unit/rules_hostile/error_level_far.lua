-- fails: far
rule 'hostile' (function(bill)
error('far', 1000)
end)

-- fails: error(5)
rule 'hostile' (function(bill)
error(5)
end)

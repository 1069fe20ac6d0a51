-- fails: table value
rule 'hostile' (function(bill)
error { code = 5 }
end)

-- fails: error(dec "1.50")
rule 'hostile' (function(bill)
error(dec '1.50')
end)

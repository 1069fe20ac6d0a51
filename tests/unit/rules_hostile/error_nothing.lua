-- fails: nil value
rule 'hostile' (function(bill)
error()
end)

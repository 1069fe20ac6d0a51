-- fails: nil value
rule 'hostile' (function(bill)
error(nil)
end)

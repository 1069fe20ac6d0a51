-- fails: boolean value
rule 'hostile' (function(bill)
error(false)
end)

-- fails: table value
rule 'hostile' (function(bill)
assert(false, {})
end)

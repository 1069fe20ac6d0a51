-- fails: assertion failed!
rule 'hostile' (function(bill)
assert(false)
end)

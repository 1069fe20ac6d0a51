-- fails: attempt to index a nil value (global '_G')
rule 'hostile' (function(bill)
_G.string.upper = nil
end)

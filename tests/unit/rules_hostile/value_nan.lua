-- fails: is a float
rule 'hostile' (function(bill)
bill:add { text = 'x', price = 0 / 0 }
end)

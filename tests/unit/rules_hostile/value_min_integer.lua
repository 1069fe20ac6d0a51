-- fails: 
rule 'hostile' (function(bill)
bill:add { text = 'x', price = math.mininteger, quantity = math.mininteger }
end)

-- fails: is a float
rule 'hostile' (function(bill)
bill:add { text = 'x', price = math.huge }
end)

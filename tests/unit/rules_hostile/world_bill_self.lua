-- fails: with a colon
rule 'hostile' (function(bill)
bill.add({ text = 'x', price = 1 })
end)

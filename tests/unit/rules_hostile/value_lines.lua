-- fails: 10000 lines
rule 'hostile' (function(bill)
while true do bill:add { text = 'x', price = 1 } end
end)

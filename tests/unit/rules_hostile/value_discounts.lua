-- fails: 1000 discounts
rule 'hostile' (function(bill)
while true do bill:discount { percent = 1 } end
end)

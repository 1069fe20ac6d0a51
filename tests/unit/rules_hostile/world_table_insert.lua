-- fails: cannot set
rule 'hostile' (function(bill)
table.insert(math, 1)
end)

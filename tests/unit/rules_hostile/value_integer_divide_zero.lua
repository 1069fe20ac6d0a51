-- fails: divide by zero
rule 'hostile' (function(bill)
return 1 // 0
end)

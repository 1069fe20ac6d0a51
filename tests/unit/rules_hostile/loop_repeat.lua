-- fails: instructions
rule 'hostile' (function(bill)
repeat local x = 1 until x == 2
end)

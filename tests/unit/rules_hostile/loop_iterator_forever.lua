-- fails: instructions
rule 'hostile' (function(bill)
for _ in function() return 1 end do end
end)

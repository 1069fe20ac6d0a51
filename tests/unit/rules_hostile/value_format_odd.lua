-- fails: 
rule 'hostile' (function(bill)
return ('%'):format(1) .. ('%z'):format(1)
end)

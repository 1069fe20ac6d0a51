-- fails: 
rule 'hostile' (function(bill)
return dec(math.mininteger) // -1
end)

-- fails: 
rule 'hostile' (function(bill)
return ('%.99999f'):format(dec '1')
end)

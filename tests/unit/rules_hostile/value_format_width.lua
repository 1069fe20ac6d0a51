-- fails: invalid conversion
rule 'hostile' (function(bill)
return ('%999999999d'):format(1)
end)

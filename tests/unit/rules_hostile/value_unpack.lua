-- fails: too many results to unpack
rule 'hostile' (function(bill)
return table.unpack({}, 1, 1 << 30)
end)

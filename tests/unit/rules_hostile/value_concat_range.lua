-- fails: invalid value
rule 'hostile' (function(bill)
return table.concat({}, 'x', 1, 1 << 40)
end)

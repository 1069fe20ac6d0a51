-- fails: 
rule 'hostile' (function(bill)
bill:lines { product = { [1 << 40] = 'x' } }
end)

-- fails: string.rep
rule 'hostile' (function(bill)
return (''):rep(1 << 40, 'x')
end)

-- fails: string.rep: the result would be longer
rule 'hostile' (function(bill)
return ('x'):rep(1 << 30)
end)

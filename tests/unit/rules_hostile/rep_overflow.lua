-- fails: string.rep
rule 'hostile' (function(bill)
return ('xy'):rep(math.maxinteger)
end)

-- fails: 
rule 'hostile' (function(bill)
error(('x'):rep(1000000))
end)

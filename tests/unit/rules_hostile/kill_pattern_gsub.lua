-- hangs
rule 'hostile' (function(bill)
return ('x'):rep(1000000):gsub('.-b', '')
end)

-- fails: bytes of memory
rule 'hostile' (function(bill)
return ('x'):rep(1000000):gsub('x', ('y'):rep(1000))
end)

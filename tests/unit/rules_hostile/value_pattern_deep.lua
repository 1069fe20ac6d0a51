-- fails: pattern too complex
rule 'hostile' (function(bill)
return ('x'):rep(300000):find(('.-'):rep(300000))
end)

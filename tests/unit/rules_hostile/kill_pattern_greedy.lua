-- hangs
rule 'hostile' (function(bill)
return ('a'):rep(100000):find('.*.*.*.*b')
end)

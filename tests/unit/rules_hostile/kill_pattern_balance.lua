-- hangs
rule 'hostile' (function(bill)
return ('('):rep(1000000):gsub('%b()', '')
end)

-- ok
rule 'hostile' (function(bill)
bill:memo('len ' .. #('x'):rep(-5))
end)

-- ok
rule 'hostile' (function(bill)
table.sort(string)
bill:memo(('x'):upper())
end)

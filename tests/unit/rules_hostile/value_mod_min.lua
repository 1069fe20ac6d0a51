-- ok
rule 'hostile' (function(bill)
bill:memo('r ' .. dec(math.mininteger) % -1)
end)

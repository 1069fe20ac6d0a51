-- ok
rule 'hostile' (function(bill)
local s = (''):rep(math.maxinteger)
bill:memo('len ' .. #s)
end)

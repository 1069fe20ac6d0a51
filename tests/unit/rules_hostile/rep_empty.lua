-- ok
rule 'hostile' (function(bill)
local s = (''):rep(1 << 40)
bill:memo('len ' .. #s)
end)

-- ok
rule 'hostile' (function(bill)
local t = {}
t.t = t
bill:memo(tostring(t))
end)

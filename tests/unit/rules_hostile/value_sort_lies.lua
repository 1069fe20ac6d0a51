-- ok
rule 'hostile' (function(bill)
local t = {}
for i = 1, 1000 do t[i] = i end
table.sort(t, function(a, b) return true end)
bill:memo(tostring(#t))
end)

-- fails: a text was expected
rule 'hostile' (function(bill)
local t = {}
t.text = t
bill:add(t)
end)

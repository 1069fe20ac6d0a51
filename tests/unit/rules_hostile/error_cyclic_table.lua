-- fails: table value
rule 'hostile' (function(bill)
local t = {}
t.t = t
error(t)
end)

-- fails: cannot set
local t = {}
t.self, t[1], t[t] = t, t, t
rule 'hostile' (function(bill)
t.self.self[1].x = 1
end)

-- fails: 
rule 'hostile' (function(bill)
for i = 1, math.maxinteger do bill:count { devices = { name = ('x'):rep(60000) .. i } } end
end)

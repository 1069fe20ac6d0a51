-- fails: 
rule 'hostile' (function(bill)
for line in bill:lines() do
for i = 1, math.maxinteger do line.description = ('x'):rep(1990) .. i % 10 end end
end)

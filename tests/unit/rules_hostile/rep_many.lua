-- fails: 
rule 'hostile' (function(bill)
while true do local s = ('x'):rep(1000000) end
end)

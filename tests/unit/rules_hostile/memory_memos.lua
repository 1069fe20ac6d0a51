-- fails: 
rule 'hostile' (function(bill)
while true do bill:memo(('m'):rep(2000)) end
end)

-- fails: instructions
rule 'hostile' (function(bill)
while true do local q = bill:quantity 'server' end
end)

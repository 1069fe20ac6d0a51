-- fails: instructions
rule 'hostile' (function(bill)
while true do for line in bill:lines() do end end
end)

-- fails: userdata value
rule 'hostile' (function(bill)
error(bill)
end)

-- fails: %s%n%d%p
rule 'hostile' (function(bill)
error '%s%n%d%p'
end)

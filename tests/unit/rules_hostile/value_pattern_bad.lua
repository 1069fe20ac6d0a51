-- fails: malformed pattern
rule 'hostile' (function(bill)
return ('x'):find '['
end)

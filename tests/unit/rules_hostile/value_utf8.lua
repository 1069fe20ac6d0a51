-- fails: 
rule 'hostile' (function(bill)
return utf8.char(-1)
end)

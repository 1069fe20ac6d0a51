-- fails: cannot set field "evil"
rule 'hostile' (function(bill)
string.evil = 1
end)

-- fails: cannot set field "upper"
rule 'hostile' (function(bill)
string.upper = function() return 'mine' end
end)

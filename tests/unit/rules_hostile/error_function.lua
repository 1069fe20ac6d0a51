-- fails: function value
rule 'hostile' (function(bill)
error(function() while true do end end)
end)

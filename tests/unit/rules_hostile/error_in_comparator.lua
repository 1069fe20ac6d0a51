-- fails: boom
rule 'hostile' (function(bill)
table.sort({ 1, 2, 3 }, function() error 'boom' end)
end)

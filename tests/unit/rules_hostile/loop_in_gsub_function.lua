-- fails: instructions
rule 'hostile' (function(bill)
('abc'):gsub('.', function() while true do end end)
end)

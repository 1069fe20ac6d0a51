-- fails: field 'dump'
rule 'hostile' (function(bill)
return string.dump(function() end)
end)

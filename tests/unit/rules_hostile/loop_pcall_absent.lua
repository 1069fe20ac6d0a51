-- fails: attempt to call a nil value (global 'pcall')
rule 'hostile' (function(bill)
while true do pcall(function() while true do end end) end
end)

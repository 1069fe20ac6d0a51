-- fails: an iterator cannot be kept
local it = pairs { a = 1, b = 2 }
rule 'hostile' (function(bill)
return it()
end)

-- fails: 
rule 'hostile' (function(bill)
local d = dec '1'
return d.__index.x
end)

-- fails: 
rule 'hostile' (function(bill)
local _ENV <const> = {}
x = 1
return y.z
end)

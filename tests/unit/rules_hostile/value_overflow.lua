-- fails: too large
rule 'hostile' (function(bill)
local d = dec '9223372036854775807'
return d * d
end)

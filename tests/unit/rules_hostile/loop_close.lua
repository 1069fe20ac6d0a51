-- fails: variable 'x' got a non-closable value
rule 'hostile' (function(bill)
local x <close> = setmetatable and 1 or {}
end)

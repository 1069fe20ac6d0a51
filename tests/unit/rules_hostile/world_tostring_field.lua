-- ok
rule 'hostile' (function(bill)
local t = { __name = 'x', __tostring = function() error 'no' end }
bill:memo(tostring(t))
end)

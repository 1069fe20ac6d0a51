-- ok
rule 'hostile' (function(bill)
local t = { __index = function() while true do end end, __gc = 1, __tostring = error, __metatable = 1 }
bill:memo(tostring(t.x) .. tostring(t))
end)

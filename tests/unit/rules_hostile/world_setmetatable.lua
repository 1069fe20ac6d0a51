-- fails: global 'setmetatable'
rule 'hostile' (function(bill)
setmetatable({}, { __gc = function() while true do end end })
end)

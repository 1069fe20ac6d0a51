-- fails: instructions
local M = {}
function M.spin() while true do end end
rule 'hostile' (function(bill)
M.spin()
end)

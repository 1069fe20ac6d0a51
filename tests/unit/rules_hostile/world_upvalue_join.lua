-- fails: changed "a"
local a = 1
local function set(v) a = v end
rule 'hostile' (function(bill)
local f = function() set(2) end
f()
end)

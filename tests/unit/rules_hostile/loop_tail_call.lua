-- fails: instructions
rule 'hostile' (function(bill)
local function f() return f() end
return f()
end)

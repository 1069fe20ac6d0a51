-- fails: C stack overflow
rule 'hostile' (function(bill)
local function f(s) return (s:gsub('.', f)) end
return f 'x'
end)

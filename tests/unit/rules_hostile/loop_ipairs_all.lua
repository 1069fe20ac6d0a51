-- fails: instructions
rule 'hostile' (function(bill)
while true do for _ in ipairs { 1, 2, 3 } do end end
end)

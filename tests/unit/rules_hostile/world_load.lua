-- fails: global 'load'
rule 'hostile' (function(bill)
load('while true do end')()
end)

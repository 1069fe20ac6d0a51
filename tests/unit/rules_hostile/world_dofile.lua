-- fails: global 'dofile'
rule 'hostile' (function(bill)
dofile '/etc/passwd'
end)

-- fails: global 'debug'
rule 'hostile' (function(bill)
debug.sethook()
end)

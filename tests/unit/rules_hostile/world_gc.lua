-- fails: global 'collectgarbage'
rule 'hostile' (function(bill)
collectgarbage 'stop'
end)

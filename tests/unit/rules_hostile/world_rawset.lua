-- fails: global 'rawset'
rule 'hostile' (function(bill)
rawset(string, 'upper', 1)
end)

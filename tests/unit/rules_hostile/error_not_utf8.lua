-- fails: rule
rule 'hostile' (function(bill)
error('rule \xff\xfe\x00')
end)

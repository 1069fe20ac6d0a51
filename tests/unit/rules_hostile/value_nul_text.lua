-- fails: 
rule 'hostile' (function(bill)
bill:memo 'a\0b'
end)

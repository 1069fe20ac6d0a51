-- fails: bill.add cannot be set
rule 'hostile' (function(bill)
bill.add = nil
end)

-- fails: there is no rules/
rule 'hostile' (function(bill)
require '../../etc/passwd'
end)

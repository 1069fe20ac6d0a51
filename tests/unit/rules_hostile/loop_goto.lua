-- fails: instructions
rule 'hostile' (function(bill)
::again::
goto again
end)

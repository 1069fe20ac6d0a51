-- ok
rule 'hostile' (function(bill)
_ENV.string = { upper = function() return 'mine' end }
bill:memo(string.upper 'x')
_ENV = nil
end)

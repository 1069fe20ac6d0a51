-- fails: attempt to index a nil value (global 'coroutine')
rule 'hostile' (function(bill)
coroutine.wrap(function() while true do end end)()
end)

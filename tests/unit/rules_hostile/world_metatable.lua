-- fails: global 'getmetatable'
rule 'hostile' (function(bill)
getmetatable('').__index = {}
end)

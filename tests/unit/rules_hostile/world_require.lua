-- fails: there is no rules/os.lua
rule 'hostile' (function(bill)
require 'os'
end)

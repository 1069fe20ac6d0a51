-- fails: global 'package'
rule 'hostile' (function(bill)
package.loadlib('x', 'y')
end)

-- fails: global 'io'
rule 'hostile' (function(bill)
io.open('/etc/passwd')
end)

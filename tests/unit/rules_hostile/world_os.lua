-- fails: global 'os'
rule 'hostile' (function(bill)
os.execute 'true'
end)

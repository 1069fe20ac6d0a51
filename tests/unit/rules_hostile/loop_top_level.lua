-- fails: instructions
while true do end

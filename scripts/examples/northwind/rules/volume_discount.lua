-- A pricing rule of its own file: a contract asks for it with rule = "volume_discount".
-- A rule sees one billing: one contract, one issue date. It may change, add, remove and discount lines, or hold the invoice.
local steps = { { from = 50, percent = "6" }, { from = 20, percent = "4" } }

return function(bill)
  local seats = bill:quantity "managed-workstation"     -- after minimum and included
  for _, step in ipairs(steps) do
    if seats >= step.from then
      bill:discount { percent = step.percent, reason = ("%s or more workstations"):format(step.from) }
      return
    end
  end
end

-- loyalty: a percentage off that grows with the years that a contract has lasted. Copy this file into the rules/ of your workspace.
--
--   contract "acme-managed" { client = "acme", starts = "2021-03-01", rule = "loyalty", lines = { … } }
--
-- gives the steps below. With steps of a contract's own, in a file of clients/:
--
--   rule "acme-managed" (require "loyalty".with {
--     steps = { { years = 2, percent = "3" }, { years = 4, percent = "6" } },   -- in rising order; the last one that is reached counts
--     of = { tax = "service" },                                                 -- what the discount is on; all lines where left out
--   })
--
-- Whole years are counted from the contract's `starts` to the issue date. A customer of before Billhook has the real day in a tag of the contract, or of the
-- client: tags = { "since:2017-06-15" }.
local M = {}

local standard = { steps = { { years = 1, percent = "2" }, { years = 3, percent = "5" }, { years = 5, percent = "8" } } }

local function since(bill)
  for _, tags in ipairs { bill.tags, bill.client.tags or {} } do
    for _, tag in ipairs(tags) do
      local day = tag:match "^since:(%d%d%d%d%-%d%d%-%d%d)$"
      if day then return day end
    end
  end
  return bill.starts
end

local function whole_years(from, to)
  local n = tonumber(to:sub(1, 4)) - tonumber(from:sub(1, 4))
  if to:sub(6) < from:sub(6) then n = n - 1 end   -- its day of the year has not come yet
  return n
end

local function apply(bill, terms)
  local years, reached = whole_years(since(bill), bill.issue_date), nil
  for _, step in ipairs(terms.steps) do
    if years >= step.years then reached = step end
  end
  if reached then
    bill:discount { id = "loyalty", percent = reached.percent, of = terms.of, reason = ("Loyalty, %s years and more"):format(reached.years) }
  end
end

-- A rule with terms of its own.
function M.with(terms)
  assert(terms.steps, "loyalty.with: steps are needed")
  return function(bill) apply(bill, terms) end
end

-- rule = "loyalty"
function M.loyalty(bill) apply(bill, standard) end

return M

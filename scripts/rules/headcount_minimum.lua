-- headcount_minimum: a bill comes to at least so much for each head. Copy this file into the rules/ of your workspace.
--
--   rule "acme-managed" (require "headcount_minimum".with {
--     per_head = "25.00",
--     heads = users { status = "active" },        -- who is counted, on the issue date; all users where left out
--     of = { tax = "service" },                   -- what counts towards it: products, or a filter; all lines where left out
--   })
--
-- Where the lines come to less, a line is added for what is missing. One-offs do not count. For a minimum that does not depend on heads a contract has
-- `minimum = "500.00"`, without a rule.
local M = {}

-- rule = "headcount_minimum": edit these to yours.
local standard = { per_head = "20.00" }

local function sum(bill, of)
  local filter = { kind = { "charge", "rule" } }
  if type(of) == "string" or (type(of) == "table" and of[1]) then filter.product = of
  else for k, v in pairs(of or {}) do filter[k] = v end end
  local all = dec "0"
  for line in bill:lines(filter) do all = all + line.amount end
  return all
end

local function apply(bill, terms)
  local heads = bill:count(terms.heads or users {})
  local missing = dec(terms.per_head) * heads - sum(bill, terms.of)
  if missing > 0 then
    bill:add { id = "headcount-minimum", text = terms.text or ("Minimum for %s users"):format(heads), quantity = 1, price = missing, tax = terms.tax,
               section = terms.section }
  end
end

-- A rule with terms of its own.
function M.with(terms)
  assert(terms.per_head, "headcount_minimum.with: per_head is needed")
  return function(bill) apply(bill, terms) end
end

function M.headcount_minimum(bill) apply(bill, standard) end

return M

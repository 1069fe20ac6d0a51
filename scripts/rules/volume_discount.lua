-- volume_discount: a percentage off for a client who takes many of something. Copy this file into the rules/ of your workspace.
--
--   contract "acme-managed" { client = "acme", rule = "volume_discount", lines = { … } }
--
-- gives the steps below. For steps of a contract's own, in a file of clients/:
--
--   rule "acme-managed" (require "volume_discount".with {
--     product = "managed-workstation",                                  -- or a list of products, counted together
--     steps = { { over = 20, percent = "2" }, { over = 50, percent = "3" } },   -- in rising order; the last one that is reached counts
--     of = { tax = "service" },                                         -- what the discount is on; all lines where left out
--   })
--
-- The quantity is the billed one, after minimum and included. Exactly `over` is not over.
local M = {}

local standard = {
  product = "managed-workstation",
  steps = { { over = 20, percent = "2" }, { over = 50, percent = "3" }, { over = 100, percent = "5" } },
}

local function quantity(bill, product)
  if type(product) ~= "table" then return bill:quantity(product) end
  local sum = 0
  for _, one in ipairs(product) do sum = sum + bill:quantity(one) end
  return sum
end

local function apply(bill, terms)
  local many, reached = quantity(bill, terms.product), nil
  for _, step in ipairs(terms.steps) do
    if many > step.over then reached = step end
  end
  if reached then
    -- an id keeps the discount one and the same when the number in its reason changes
    bill:discount { id = "volume", percent = reached.percent, of = terms.of, reason = ("Volume discount, over %s"):format(reached.over) }
  end
end

-- A rule with terms of its own.
function M.with(terms)
  assert(terms.product and terms.steps, "volume_discount.with: product and steps are needed")
  return function(bill) apply(bill, terms) end
end

-- rule = "volume_discount"
function M.volume_discount(bill) apply(bill, standard) end

return M

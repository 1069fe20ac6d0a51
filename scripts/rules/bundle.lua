-- bundle: cheaper together. Whoever takes all of some products gets something off. Copy this file into the rules/ of your workspace.
--
--   rule "acme-managed" (require "bundle".with {
--     products = { "managed-workstation", "m365-bp", "backup" },   -- all of these, with a quantity of more than zero
--     percent = "10",                                              -- off the lines of these products
--   })
--
-- or, for each complete set, an amount:
--
--   rule "acme-managed" (require "bundle".with { products = { "managed-workstation", "m365-bp" }, per_set = "4.00" })
--
-- There are as many sets as there are of the rarest of the products: 12 workstations with 10 licences are 10 sets. `reason` is what stands on the
-- invoice. Quantities are the billed ones, after minimum and included.
local M = {}

-- rule = "bundle": edit these to yours.
local standard = { products = { "managed-workstation", "m365-bp" }, percent = "5" }

local function sets(bill, products)
  local fewest
  for _, product in ipairs(products) do
    local n = bill:quantity(product)
    if not fewest or n < fewest then fewest = n end
  end
  return fewest or 0
end

local function apply(bill, terms)
  local n = sets(bill, terms.products)
  if n <= 0 then return end
  local reason = terms.reason or "Bundle"
  if terms.per_set then
    bill:discount { id = "bundle", amount = dec(terms.per_set) * n, of = terms.products, reason = reason }
  else
    bill:discount { id = "bundle", percent = terms.percent, of = terms.products, reason = reason }
  end
end

-- A rule with terms of its own.
function M.with(terms)
  assert(terms.products and #terms.products > 1, "bundle.with: products are needed, two or more")
  assert(terms.percent or terms.per_set, "bundle.with: percent or per_set is needed")
  return function(bill) apply(bill, terms) end
end

function M.bundle(bill) apply(bill, standard) end

return M

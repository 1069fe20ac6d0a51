-- after_hours: hours worked outside of office hours cost more. Copy this file into the rules/ of your workspace.
--
--   contract "acme-support" { client = "acme", starts = "2026-01-01", timing = "arrears", rule = "after_hours", lines = { { "support-hours" } } }
--
-- The hours themselves are billed by the line as ever. This rule adds a line with the surcharge for those whose time entry says that they were outside of
-- office hours: by an attribute that the PSA brings (work type, rate, time of day), matched by glob.
--
--   rule "acme-support" (require "after_hours".with {
--     product = "support-hours",                                -- whose price the surcharge is a share of
--     metric = "time.hours",
--     rates = {
--       { match = { work = "Evening*" }, percent = "50", text = "Evening surcharge" },
--       { match = { work = "Weekend*" }, percent = "100", text = "Weekend surcharge" },
--       { match = { work = "Holiday" }, amount = "90.00", text = "Holiday surcharge" },   -- an amount an hour in place of a share
--     },
--   })
--
-- Usage is what the billing's period saw, so the contract is one that is billed in arrears. Hours are surcharged as they were worked: what is included, or
-- rounded up, on the line plays no part.
local M = {}

-- rule = "after_hours": edit these to yours.
local standard = {
  product = "support-hours", metric = "time.hours",
  rates = { { match = { work = "After hours*" }, percent = "50", text = "After-hours surcharge" } },
}

local function line_of(bill, product)
  for line in bill:lines { product = product } do return line end
end

local function selector(metric, match)
  local s = { metric = metric }
  for key, glob in pairs(match) do s[key] = glob end
  return usage(s)
end

local function apply(bill, terms)
  local base = line_of(bill, terms.product)
  if not base then return end
  for i, rate in ipairs(terms.rates) do
    local hours = bill:count(selector(terms.metric, rate.match))
    if hours > 0 then
      bill:add { id = "after-hours-" .. i, text = rate.text, quantity = hours, price = rate.amount or base.price * dec(rate.percent) / 100, unit = base.unit,
                 tax = base.tax, section = base.section, product = base.product }
    end
  end
end

-- A rule with terms of its own.
function M.with(terms)
  assert(terms.product and terms.metric and terms.rates, "after_hours.with: product, metric and rates are needed")
  return function(bill) apply(bill, terms) end
end

function M.after_hours(bill) apply(bill, standard) end

return M

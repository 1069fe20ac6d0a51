-- The client to read first: counted, fixed and metered lines, a one-off, discounts, a minimum, an uplift and a rule.

client "acme" {
  name = "Acme Dental", email = { "ap@acme.example" }, country = "US", po = "PO-7781", terms = "net 30",
  address = { street = "5 Elm St", city = "Albany", postcode = "12208", region = "NY", country = "US" },
  ids = { sheet = "acme-dental" },                    -- what the platform calls this client
  tax = { "ny-sales" }, tags = { "dental", "3-year" },
  except = { { name = "LAPTOP-9", from = "2026-09-01", reason = "stolen, disputed" } },
}

contract "acme-managed" {
  client = "acme", starts = "2026-01-15",
  billed_through = "2026-10-31",                      -- moved from another system: nothing up to here is ever billed
  lines = {
    -- 42.00 instead of the list price. At least 10; the first 5 are in the package.
    { "managed-workstation", price = "42.00", minimum = 10, included = 5 },
    { "managed-server" },
    { "noc", discount = { amount = "25.00", reason = "with three years" } },
    -- Twelve from 15 November on: the days before and after are lines of their own.
    { "m365-bp", quantity = 10, changes = { { "2026-11-15", 12 } } },
    { "backup" },
    { "firewall", once = "2026-11-20", quantity = 1 },
  },
  discount = { percent = "5", reason = "3-year term", ends = "2028-12-31" },
  minimum  = "500.00",                                -- the recurring lines of a billing come to at least this
  uplift   = { percent = "3.5", every = 12, from = "2027-01-01" },
}

-- This contract's own rule. What it did stands in the invoice's evidence: `billhook explain acme-1`.
rule "acme-managed" (function(bill)
  local seats = bill:quantity "managed-workstation"
  if seats > 8 then
    bill:discount { percent = "3", reason = ("%s workstations"):format(seats) }
  end
end)

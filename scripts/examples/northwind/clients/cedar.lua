-- Three contracts on three schedules; one invoice all the same.

client "cedar" {
  name = "Cedar Law", email = { "office@cedar.example" }, country = "US", terms = "net 15 end of month",
  ids = { sheet = "cedar" }, tax = { "ny-sales" },
}

-- By quarter, a month ahead: the first quarter of 2027 is billed on 1 December.
contract "cedar-retainer" {
  client = "cedar", starts = "2024-01-01", billed_through = "2026-12-31",
  bill = { every = 1, unit = "quarter", on = 1, lead_days = 31 },
  lines = {
    { "noc", price = { start = "900.00", ["2027-01-01"] = "945.00" } },   -- any number can be dated
    { "m365-bp", price = "79.20" },                                       -- the gauge of the issue date
  },
}

-- By year, counted from the start of the contract.
contract "cedar-domains" {
  client = "cedar", starts = "2021-11-20", billed_through = "2026-11-19",
  bill = { every = 1, unit = "year", align = "anniversary" },
  lines = { { "domain", quantity = 3, discount = { percent = "10", reason = "three names" } } },
}

-- Afterwards, by what was there.
contract "cedar-metered" {
  client = "cedar", starts = "2026-10-01", timing = "arrears",
  lines = {
    { "mailbox", at = "average" },                    -- the exact mean of the daily counts
    { "managed-server", at = "peak" },                -- the highest daily count
    { "support-hours", bill = { lag_days = 3 } },     -- three days for late time sheets: November comes on 4 December
  },
}

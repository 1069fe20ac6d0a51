-- A shared rule, an uplift that is in force, a count that splits by day, a true-up, and a depot that has left.

client "delta" {
  name = "Delta Logistics", email = { "it@delta.example" }, country = "US",
  ids = { sheet = "delta" },
}

contract "delta-fleet" {
  client = "delta", starts = "2025-07-01", billed_through = "2026-10-31",
  rule = "volume_discount",                                           -- rules/volume_discount.lua
  uplift = { percent = "3", every = 12, from = "2026-07-01" },        -- 45.00 is 46.35 by now
  lines = {
    { "managed-workstation" },
    { "scanner" },
    -- Billed ahead by the count of the month's last day, which is not known yet: so it is trued up when it is.
    { "managed-server", at = "end", true_up = "all" },
  },
}

-- A cancelled contract: its last bill does not wait for the end of the month.
contract "delta-depot" {
  client = "delta", starts = "2025-03-01", ends = "2026-11-20", billed_through = "2026-10-31",
  timing = "arrears",
  lines = { { "noc" } },
}

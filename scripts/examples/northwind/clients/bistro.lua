-- A contract that began inside a month, with the four ways to prorate, and a line on a schedule of its own.

client "bistro" {
  name = "Bistro Blanc", email = { "owner@bistro.example" }, country = "US", terms = "due on receipt",
  ids = { sheet = "bistro" }, tax = { "ny-sales" },
}

-- Nothing was ever billed here: the first run catches up with October (from the 11th), November and December, each as its own lines.
contract "bistro-it" {
  client = "bistro", starts = "2026-10-11",
  prorate = "30/360",                                 -- 20/30 of October
  lines = {
    { "av" },
    { "portal" },
    { "noc", price = "120.00", prorate = "none" },    -- the first stub is free
    { "mailbox", prorate = "full" },                  -- any day counts as the whole month
    { "wifi-watch", prorate = "daily",                -- every second week, afterwards
      bill = { every = 2, unit = "week", on = "monday", timing = "arrears" } },
  },
}

-- A bundle per user, with devices in it: two for each user. 27 devices and 12 users: three devices are charged.

client "birch" { name = "Birch & Partners", ids = { sheet = "birch" }, tax = { "il-sales" }, email = { "office@birch.example" } }

contract "birch-care" {
  client = "birch", starts = "2026-10-01",
  lines = {
    { "care" },
    { "device", included = { 2, per = "care" } },
    { "m365-bp" },                                    -- shown at zero while there are as many as users
  },
}

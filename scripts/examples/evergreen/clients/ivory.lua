-- Paid a year ahead, by the average number of servers. The year begins with those that are there; every quarter it is put right.

client "ivory" { name = "Ivory Foods", ids = { sheet = "ivory" }, email = { "accounts@ivory.example" } }

contract "ivory-servers" {
  client = "ivory", starts = "2026-01-01",
  bill = { every = 1, unit = "year", on = "01-01" },
  lines = { { "server", at = "average", true_up = "all", adjust = { every = 3, unit = "month" } } },
}

-- Prepaid hours, drawn down by time entries. The client came with a block that another system had sold.

client "dogwood" { name = "Dogwood Builders", ids = { sheet = "dogwood" }, email = { "ap@dogwood.example" } }

contract "dogwood-hours" {
  client = "dogwood", starts = "2026-10-01", timing = "arrears",
  lines = { { "hours", opening = { hours = "13.25", bought = "2026-08-01" } } },
}

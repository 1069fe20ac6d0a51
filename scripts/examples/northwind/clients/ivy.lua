-- A school: a template, a price list, a free month, and no sales tax, with the reason on the invoice.

client "ivy" {
  name = "Ivy Charter School", email = { "bursar@ivy.example" }, country = "US",
  ids = { sheet = "ivy" }, pricelist = "nonprofit",
  tax = { "ny-sales" }, tax_exempt = { reason = "ST-119.1 on file" },
}

contract "ivy-care" {
  client = "ivy", starts = "2026-11-01", based_on = "school-care",
  lines = {
    { "managed-workstation", minimum = 15 },          -- laid over the template's line
    { "portal", omit = true },                        -- not for them
  },
  discount = { percent = "100", ends = "+1 month", reason = "first month free" },
}

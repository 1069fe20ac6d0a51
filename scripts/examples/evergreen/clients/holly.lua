-- A non-profit: a price list, a discount on services alone, and no sales tax, with the reason on the invoice.

client "holly" {
  name = "Holly House", ids = { sheet = "holly" }, email = { "treasurer@holly.example" },
  pricelist = "nonprofit", tax = { "il-sales" }, tax_exempt = { reason = "E-9987-1234 on file" },
}

contract "holly-it" {
  client = "holly", starts = "2026-10-01",
  lines = { { "helpdesk" }, { "firewall" } },
  discount = { percent = "10", reason = "non-profit", of = { tax = "service" } },
}

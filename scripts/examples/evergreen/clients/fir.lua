-- Co-managed: their own staff administers the licences, for a share of what these cost. Two purchase orders, two invoices.

client "fir" { name = "Fir Logistics", ids = { sheet = "fir" }, tax = { "il-sales" }, split = { "po" }, email = { "ap@fir.example" } }

contract "fir-it" {
  client = "fir", starts = "2026-10-01",
  lines = {
    { "noc", po = "PO-OPS-26" },
    { "m365-bp", quantity = 30, po = "PO-LIC-26" },
    { "licence-care", po = "PO-LIC-26" },
  },
}

-- Prices of a month, unless a contract is billed by the year: then of a year.

-- A bundle: one price a user, Microsoft 365 in it. What is licensed beyond the users is charged at its own price.
product "care" {
  name = "Evergreen Care", model = "per_unit", unit = "user", tax = "service", section = "Managed services",
  count = users {}, price = "85.00", includes = { "m365-bp" },
}
product "m365-bp" {
  name = "Microsoft 365 Business Premium", model = "per_unit", unit = "user", tax = "software", section = "Licences",
  count = gauge { metric = "m365.SPB" }, price = "26.40", cost = "22.00",
}
product "device"   { name = "Managed device", model = "per_unit", unit = "device", tax = "service", section = "Managed services",
                     count = devices {}, price = "12.00" }
product "helpdesk" { name = "Helpdesk", model = "per_unit", unit = "user", tax = "service", section = "Managed services",
                     count = users {}, price = "75.00" }
product "noc"      { name = "Network monitoring", model = "flat", price = "400.00", tax = "service", section = "Managed services" }
product "firewall" { name = "Firewall, leased", model = "flat", price = "45.00", tax = "hardware", section = "Managed services" }
product "server"   { name = "Managed server", model = "per_unit", unit = "server", tax = "service", section = "Managed services",
                     count = devices { class = "server" }, price = "1200.00" }

-- Hours paid ahead: twenty at a time, another twenty when two or fewer are left; after a year they lapse.
product "hours" {
  name = "Prepaid hours", model = "block_hours", tax = "service", section = "Projects and hours",
  hours = 20, price = "2200.00", threshold = 2, expires_months = 12, overage_price = "130.00",
  count = usage { metric = "time.hours" },
}

-- A licence by the year.
product "cad-seat" { name = "CAD licence", model = "per_unit", unit = "seat", price = "300.00", tax = "software", section = "Licences" }

-- What it costs to manage licences that the client's own staff administers.
product "licence-care" { name = "Licence care, 5 %", model = "percent", of = { "m365-bp" }, percent = "5", minimum = "10.00",
                         tax = "service", section = "Licences" }

pricelist "nonprofit" { ["helpdesk"] = "60.00" }

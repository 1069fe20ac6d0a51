-- Evergreen Managed IT: eight clients, each with another way of being charged. README.md says which one to read for what.

company {
  name = "Evergreen Managed IT", currency = "USD", timezone = "America/Chicago", locale = "en_US",
  address = { street = "400 Oak Ave", city = "Peoria", postcode = "61602", region = "IL", country = "US" },
  email = "billing@evergreen.example",
}

invoicing {
  terms    = "net 15",
  sections = { "Managed services", "Projects and hours", "Licences" },
}

connector "sheet" { plugin = "csv", path = "counts/" }

-- Software and hardware are taxed here, services are not.
tax "il-sales" { name = "Illinois sales tax", rate = "6.25", applies = { "software", "hardware" } }

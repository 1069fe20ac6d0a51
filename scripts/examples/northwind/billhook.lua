-- Who bills, from which platforms the counts come, and which taxes there are.
-- `billhook check` reads everything in this folder and names every mistake by file, line and key.

company {
  name = "Northwind IT", currency = "USD", timezone = "America/New_York", locale = "en_US",
  address = { street = "1 Main St", city = "Albany", postcode = "12207", region = "NY", country = "US" },
  tax_id = "12-3456789", email = "billing@northwind.example",
}

-- Every key has a default; what stands here is what Northwind wants otherwise.
invoicing {
  terms    = "net 15",
  approval = "manual",                              -- a person looks at the drafts
  guard    = { change = "50%", amount = "50.00" },  -- a count that jumps by more than both is held
  sections = { "Managed services", "Licences", "Usage" },
}

-- The counts come from CSV files here. An RMM or PSA connector stands in the same place, e.g.
--   connector "rmm" { plugin = "meshcentral", url = "https://rmm.northwind.example", token = secret "env:MESH_TOKEN" }
connector "sheet" { plugin = "csv", path = "counts/" }

-- Only on hardware and software; services are free of it.
tax "ny-sales" { name = "NY sales tax", rate = "8.875", applies = { "hardware", "software" } }

-- Compound: the second tax is on the amount with the first in it.
tax "gst" { name = "GST", rate = "5" }
tax "qst" { name = "QST", rate = "9.975", on = { "gst" } }

-- The prices have this one in them; the invoice says how much of the total it is.
tax "ust" { name = "Umsatzsteuer", rate = "19", inclusive = true }
tax "tva" { name = "TVA", rate = "20" }

-- A rate with a date: by issue date, so that a correction keeps the rate of what it corrects.
tax "jct" { name = "Consumption tax", rate = "8", rates = { ["2019-10-01"] = "10" } }

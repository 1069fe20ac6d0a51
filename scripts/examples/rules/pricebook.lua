product "managed-workstation" { name = "Managed workstation", model = "per_unit", unit = "device", tax = "service", count = devices { class = "workstation" }, price = "40.00" }
product "m365-bp" { name = "Microsoft 365", model = "per_unit", unit = "user", tax = "software", count = gauge { metric = "m365.SPB" }, price = "20.00" }
product "support-hours" { name = "Support hours", model = "per_unit", unit = "hour", timing = "arrears", tax = "service", count = usage { metric = "time.hours" }, price = "120.00" }
product "monitoring" { name = "Monitoring", model = "flat", tax = "service", price = "100.00" }
product "onsite" { name = "Engineer on site", model = "per_unit", unit = "day", tax = "service", price = "900.00" }

-- What is sold, how it is counted, and the list prices. Amounts are strings: "45.00" is exact, 45.00 would not be.
-- A period that has been charged keeps the price book of its day: an edit here touches only what is not charged yet.

-- One price for each device. `count` says which ones: any attribute may be matched, with * and ?.
product "managed-workstation" {
  name = "Managed workstation", model = "per_unit", unit = "device", tax = "service", section = "Managed services",
  count = devices {
    class = "workstation",
    seen_within = 30,                                            -- silent for a month: not billed
    except = { { name = "KIOSK*", reason = "lobby kiosks are free" } },
  },
  price = "45.00",                                               -- in the company's currency …
  prices = { CAD = "61.00", EUR = "42.00", JPY = "6300", KWD = "13.750" },   -- … and in others; never converted
  prices_from = { ["2027-01-01"] = { USD = "48.00", EUR = "44.00" } },       -- a list price to come
}
product "managed-server" {
  name = "Managed Windows server", model = "per_unit", unit = "device", tax = "service", section = "Managed services",
  count = devices { class = "server", os = "Windows Server*" }, price = "95.00",
}
product "scanner" {
  name = "Handheld scanner", model = "per_unit", unit = "device", tax = "service", section = "Managed services",
  count = devices { class = "scanner" }, price = "9.00",
  timing = "arrears", at = "daily",                              -- each run of days with one count is a line
}
product "mailbox" {
  name = "Hosted mailbox", model = "per_unit", unit = "user", tax = "service", section = "Licences",
  count = users {}, price = "6.00", prices = { JPY = "890", EUR = "5.50" },
}

-- Licences: a fixed quantity on the line, or a level that a platform reports.
product "m365-bp" {
  name = "Microsoft 365 Business Premium", model = "per_unit", unit = "user", tax = "software", section = "Licences",
  count = gauge { metric = "m365.SPB", from = "sheet" }, price = "26.40", cost = "22.00",
}

-- Three kinds of tiers.
product "backup" {   -- graduated: each tier's units at its own price
  name = "Cloud backup", unit = "GB", model = "tiered", mode = "graduated", timing = "arrears", tax = "service", section = "Usage",
  count = usage { metric = "backup_gb" },
  tiers = { { up_to = 500, price = "0.10" }, { up_to = 2000, price = "0.08" }, { price = "0.05" } },
}
product "av" {       -- volume: every unit at the price of the tier that the quantity reaches
  name = "Antivirus", unit = "device", model = "tiered", mode = "volume", tax = "software", section = "Licences",
  count = devices {}, tiers = { { up_to = 10, price = "4.00" }, { price = "3.60" } },
}
product "portal" {   -- stairstep: one price for the step that the quantity is on
  name = "Client portal", model = "tiered", mode = "stairstep", tax = "service", section = "Managed services",
  count = users {}, tiers = { { up_to = 25, flat = "99.00" }, { flat = "249.00" } },
}

-- What is used is counted afterwards (arrears), from records with a date.
product "support-hours" {
  name = "Support hours", unit = "hour", model = "per_unit", timing = "arrears", tax = "service", section = "Usage",
  count = usage { metric = "time.hours" }, included = 2, round_up_to = "0.25", price = "120.00",
}
product "print" {
  name = "Printed pages", unit = "page", model = "per_unit", timing = "arrears", tax = "service", section = "Usage",
  count = usage { metric = "pages" }, price = "0.0125", prices = { KWD = "0.00375" },
}

-- One price for the period, whatever is counted.
product "noc" { name = "Network monitoring", model = "flat", price = "250.00", prices = { EUR = "230.00" }, tax = "service", section = "Managed services" }
product "wifi-watch" { name = "Wi-Fi watch", model = "flat", price = "12.00", tax = "service", section = "Managed services" }
product "tape-rotation" { name = "Tape rotation", model = "flat", price = "11.00", prices = { CAD = "15.00" }, tax = "service" }
product "domain" { name = "Domain name", model = "per_unit", unit = "domain", price = "18.00", tax = "service" }

-- Sold once.
product "firewall" { name = "Firewall appliance", model = "per_unit", unit = "piece", price = "890.00", cost = "640.00", tax = "hardware" }
product "onsite-day" { name = "Engineer on site", model = "per_unit", unit = "day", price = "950.00", tax = "service" }

-- Other prices for some: `pricelist = "nonprofit"` on a client or a contract.
pricelist "nonprofit" { ["managed-workstation"] = "38.00", ["av"] = { tiers = { { price = "2.00" } }, included = 2 } }

-- Lines that many contracts share: `based_on = "school-care"`. A contract's own lines are laid over these.
template "school-care" {
  bill = { every = 1, unit = "month", on = 1 },
  lines = { { "managed-workstation" }, { "av" }, { "portal" } },
}

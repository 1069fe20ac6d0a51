client "tess" { name = "Tess Testing", tags = { "since:2017-06-15" } }
client "newcomer" { name = "Newcomer" }

contract "volume" { client = "tess", starts = "2026-01-01", rule = "volume_discount", lines = { { "managed-workstation" } } }

contract "loyal" { client = "newcomer", starts = "2023-03-15", rule = "loyalty", lines = { { "monitoring" } } }
contract "loyal-by-tag" { client = "tess", starts = "2026-01-01", rule = "loyalty", lines = { { "monitoring" } } }
contract "loyal-own" { client = "newcomer", starts = "2026-01-01", tags = { "since:2024-12-01" }, lines = { { "monitoring" }, { "m365-bp" } } }
rule "loyal-own" (require "loyalty".with { steps = { { years = 2, percent = "4" } }, of = { tax = "service" } })

contract "bundled" { client = "tess", starts = "2026-01-01", rule = "bundle", lines = { { "managed-workstation" }, { "m365-bp" }, { "monitoring" } } }
contract "bundled-sets" { client = "tess", starts = "2026-01-01", lines = { { "managed-workstation" }, { "m365-bp" } } }
rule "bundled-sets" (require "bundle".with { products = { "managed-workstation", "m365-bp" }, per_set = "4.00", reason = "Desktop and licence" })

contract "heads" { client = "tess", starts = "2026-01-01", rule = "headcount_minimum", lines = { { "monitoring" }, { "onsite", once = "2026-12-01", quantity = 1 } } }
contract "heads-active" { client = "tess", starts = "2026-01-01", lines = { { "monitoring" }, { "m365-bp" } } }
rule "heads-active" (require "headcount_minimum".with { per_head = "25.00", heads = users { status = "active" }, of = { tax = "service" }, text = "Up to 25.00 a head", tax = "service" })

contract "support" { client = "tess", starts = "2026-01-01", timing = "arrears", rule = "after_hours", lines = { { "support-hours", included = 2 } } }
contract "support-own" { client = "tess", starts = "2026-01-01", timing = "arrears", lines = { { "support-hours" } } }
rule "support-own" (require "after_hours".with {
  product = "support-hours", metric = "time.hours",
  rates = {
    { match = { work = "Evening*" }, percent = "50", text = "Evening surcharge" },
    { match = { work = "Holiday" }, amount = "90.00", text = "Holiday surcharge" },
  },
})

contract "classes" { client = "tess", starts = "2026-01-01", lines = { { "monitoring" } } }
rule "classes" (require "device_class".with {
  classes = {
    { names = { "SRV-*", "*-DC?" }, text = "Server", price = "95.00", tax = "service" },
    { names = { "KIOSK-*" } },
    { names = { "NB-*", "LT-*" }, text = "Notebook", price = "48.00" },
    { names = { "PC-*" }, text = "Workstation", price = "42.00" },
  },
})

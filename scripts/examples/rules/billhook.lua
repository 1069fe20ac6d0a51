-- A workspace for trying the rule library on made-up facts: it has no connector, and bills nobody.
company { name = "Rule library", currency = "USD", timezone = "America/New_York" }
tax "vat" { name = "VAT", rate = "10", applies = { "service" } }

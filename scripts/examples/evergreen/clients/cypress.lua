-- Per device, the first ten free.

client "cypress" { name = "Cypress Yoga", ids = { sheet = "cypress" }, email = { "hello@cypress.example" } }

contract "cypress-devices" {
  client = "cypress", starts = "2026-10-01",
  lines = { { "device", price = "9.50", included = 10 } },
}

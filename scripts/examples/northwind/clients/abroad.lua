-- Other currencies and other taxes. A price in another currency is written, never converted.

-- Canadian dollars; two taxes, the second on top of the first; a discount for everything that the client has.
client "laval" {
  name = "École Laval", email = { "finance@laval.example" }, country = "CA", currency = "CAD", locale = "fr_CA",
  ids = { sheet = "laval" }, tax = { "gst", "qst" },
  discount = { percent = "2", reason = "loyalty" },
}
contract "laval-school" {
  client = "laval", starts = "2026-11-01",
  lines = {
    { "managed-workstation", at = "start" },
    { "tape-rotation", bill = { every = 10, unit = "day" } },
  },
  discount = { amount = "10.00", of = "managed-workstation", reason = "online billing" },   -- off these lines only, in the contract's currency
}

-- Euros with the VAT in the price, from the middle of a month, at most ten devices.
client "farben" {
  name = "Farben GmbH", email = { "buchhaltung@farben.example" }, country = "DE", currency = "EUR", locale = "de_DE",
  ids = { sheet = "farben" }, tax = { "ust" }, tax_id = "DE123456789", terms = "end of month",
}
contract "farben-betreuung" {
  client = "farben", starts = "2026-11-16",
  lines = { { "managed-workstation", maximum = 10, discount = { amount = "20.00", reason = "Treuerabatt" } } },
}

-- No decimals in yen: 7 × 890 × 19/30 = 3945.67 becomes 3946, once, at the end.
client "hikari" {
  name = "Hikari KK", email = { "keiri@hikari.example" }, country = "JP", currency = "JPY", locale = "ja_JP",
  ids = { sheet = "hikari" }, tax = { "jct" }, terms = "day 20 of next month",
}
contract "hikari-it" {
  client = "hikari", starts = "2026-11-12",
  lines = { { "managed-workstation" }, { "mailbox" } },
}

-- Three decimals in dinars, five in the price of a page.
client "jahra" {
  name = "Al Jahra Trading", email = { "accounts@jahra.example" }, country = "KW", currency = "KWD", locale = "ar_KW",
  ids = { sheet = "jahra" },
}
contract "jahra-it" {
  client = "jahra", starts = "2026-11-01",
  lines = { { "managed-workstation" }, { "print" } },
}

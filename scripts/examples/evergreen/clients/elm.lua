-- Licences by the year, to the end of June. Seats may be added at any time, for the rest of the year; fewer only at its end.

client "elm" { name = "Elm Street Studio", ids = { sheet = "elm" }, tax = { "il-sales" }, email = { "studio@elm.example" } }

contract "elm-licences" {
  client = "elm", starts = "2026-10-01", adjust = "now",
  bill = { every = 1, unit = "year", on = "07-01" },
  lines = {
    { "cad-seat", quantity = 20, changes = { { "2026-11-10", 24 }, { "2026-12-01", 18 } },
      decrease = "renewal", term = 12, window_days = 7, coterm = "2027-06-30" },
  },
}

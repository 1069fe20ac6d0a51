describe("headcount_minimum", function()
  it("adds what is missing, one-offs apart", function()
    local inv = bill("heads", "2026-12-01", { users = 8 })              -- 8 × 20.00 = 160.00; monitoring is 100.00
    expect(inv:line("headcount-minimum")):matches { amount = "60.00", description = "Minimum for 8 users", kind = "rule" }
    expect(inv:line("onsite").amount):equals("900.00")
    expect(inv):matches_golden("headcount-8")
  end)
  it("adds nothing where it is reached", function()
    expect(bill("heads", "2026-12-01", { users = 5 }):line("headcount-minimum")):is_nil()
    expect(bill("heads", "2026-12-01"):line("headcount-minimum")):is_nil()
  end)
  it("counts some users, against some lines", function()
    local users = {}
    for i = 1, 6 do users[i] = { name = "u" .. i, status = i <= 5 and "active" or "disabled" } end
    local inv = bill("heads-active", "2026-12-01", { users = users, gauges = { ["m365.SPB"] = 10 } })
    expect(inv:line("headcount-minimum")):matches { amount = "25.00", description = "Up to 25.00 a head" }   -- 5 × 25.00 − 100.00; licences do not count
  end)
end)

describe("after_hours", function()
  local entries = {
    { date = "2026-11-03", quantity = "2.5", work = "Office" },
    { date = "2026-11-10", quantity = "1.5", work = "After hours" },
    { date = "2026-11-11", quantity = 1, work = "After hours, remote" },
    { date = "2026-10-31", quantity = 4, work = "After hours" },         -- of October
  }
  it("adds half as much again for hours that say so", function()
    local inv = bill("support", "2026-12-01", { usage = { ["time.hours"] = entries } })
    expect(inv:line("support-hours#1").amount):equals("360.00")          -- 5 hours, 2 included: 3 × 120.00
    expect(inv:line("after-hours-1")):matches { quantity = "2.5", unit_price = "60.00", amount = "150.00" }
    expect(inv):matches_golden("after-hours")
  end)
  it("adds nothing without them", function()
    expect(#bill("support", "2026-12-01", { usage = { ["time.hours"] = 5 } }).lines):equals(1)
  end)
  it("takes several rates, as shares and as amounts", function()
    local inv = bill("support-own", "2026-12-01", { usage = { ["time.hours"] = {
      { date = "2026-11-03", quantity = 2, work = "Evening, on site" }, { date = "2026-11-26", quantity = 3, work = "Holiday" } } } })
    expect(inv:line("after-hours-1").amount):equals("120.00")            -- 2 × 60.00
    expect(inv:line("after-hours-2").amount):equals("270.00")            -- 3 × 90.00
    expect(inv.subtotal):equals("990.00")                                -- and 5 × 120.00
  end)
end)

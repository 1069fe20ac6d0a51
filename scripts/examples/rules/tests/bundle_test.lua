describe("bundle", function()
  it("takes 5% off both where both are there", function()
    local inv = bill("bundled", "2026-12-01", { devices = { workstation = 12 }, gauges = { ["m365.SPB"] = 10 } })
    expect(inv.discounts[1]):matches { description = "Bundle", percent = 5, amount = "-34.00" }   -- 12 × 40.00 + 10 × 20.00 = 680.00, without monitoring
    expect(inv):matches_golden("bundle")
  end)
  it("gives nothing for one of them", function()
    expect(#bill("bundled", "2026-12-01", { devices = { workstation = 12 } }).discounts):equals(0)
  end)
  it("counts sets by the rarest", function()
    local inv = bill("bundled-sets", "2026-12-01", { devices = { workstation = 12 }, gauges = { ["m365.SPB"] = 10 } })
    expect(inv.discounts[1]):matches { description = "Desktop and licence", amount = "-40.00" }   -- 10 × 4.00
  end)
end)

describe("loyalty", function()
  it("counts whole years from the contract's first day", function()     -- since 15 March 2023
    expect(bill("loyal", "2024-03-01").discounts[1]):is_nil()           -- the first is full on 15 March 2024
    expect(bill("loyal", "2024-04-01").discounts[1]):matches { percent = 2, amount = "-2.00", description = "Loyalty, 1 years and more" }
    expect(bill("loyal", "2026-03-01").discounts[1].percent):equals(2)
    expect(bill("loyal", "2026-04-01").discounts[1].percent):equals(5)
    expect(bill("loyal", "2028-12-01").discounts[1].percent):equals(8)
  end)
  it("takes the day of a client's tag before that", function()          -- since:2017-06-15
    expect(bill("loyal-by-tag", "2026-12-01").discounts[1].percent):equals(8)
  end)
  it("takes a contract's own tag, steps and lines", function()          -- since:2024-12-01, 4% after two years, on services alone
    local facts = { gauges = { ["m365.SPB"] = 10 } }
    expect(bill("loyal-own", "2026-11-01", facts).discounts[1]):is_nil()
    local inv = bill("loyal-own", "2026-12-01", facts)
    expect(inv.discounts[1].amount):equals("-4.00")                     -- of 100.00; the licences are no service
    expect(inv):matches_golden("loyalty-own")
  end)
end)

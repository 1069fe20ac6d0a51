describe("volume_discount", function()
  local function off(workstations)
    return bill("volume", "2026-12-01", { devices = { workstation = workstations } }).discounts[1]
  end

  it("gives nothing at 20, as exactly 20 is not over it", function()
    expect(off(20)):is_nil()
  end)
  it("gives 2% over 20, 3% over 50, 5% over 100", function()
    expect(off(21)):matches { percent = 2, amount = "-16.80", description = "Volume discount, over 20" }   -- 21 × 40.00 = 840.00
    expect(off(50)):matches { percent = 2 }
    expect(off(51)):matches { percent = 3, amount = "-61.20" }                                              -- 2040.00
    expect(off(101)):matches { percent = 5, amount = "-202.00" }                                            -- 4040.00
  end)
  it("makes this invoice", function()
    expect(bill("volume", "2026-12-01", { devices = { workstation = 60 } })):matches_golden("volume-60")
  end)
end)

-- What the contracts of acme and delta come to, on facts that are made up here. `billhook test` runs every tests/*_test.lua.
describe("acme-managed", function()
  local function december(workstations)
    return bill("acme-managed", "2026-12-01", { devices = { workstation = workstations }, usage = { backup_gb = "812.5" } })
  end

  it("bills at least 10 workstations, of which 5 are in the package", function()
    expect(december(60):line("managed-workstation").amount):equals("2310.00")   -- 55 × 42.00
    expect(december(3):line("managed-workstation").amount):equals("210.00")     -- 5 × 42.00
  end)
  it("gives 3% over 8 seats, and 5% for three years", function()
    local inv = december(14)                                                    -- 9 × 42.00 = 378.00, 250.00, 12 × 26.40 = 316.80, 75.00
    expect(inv.subtotal):equals("1019.80")
    expect(inv.discounts):contains { description = "9 workstations", amount = "-30.59" }        -- 3% of 1019.80
    expect(inv.discounts):contains { description = "with three years", amount = "-25.00" }
    expect(inv.discounts):contains { description = "3-year term", amount = "-48.21" }           -- 5% of the 964.21 that are left
    expect(december(13).discounts[1].description):not_equals("8 workstations")  -- exactly 8 is not over 8
  end)
  it("bills storage by its tiers", function()                                   -- the first 500 at 0.10, the rest at 0.08
    local amounts = {}
    for _, line in ipairs(december(14).lines) do
      if line.product == "backup" then amounts[#amounts + 1] = line.amount end
    end
    expect(amounts):equals { "50.00", "25.00" }
  end)
  it("leaves kiosks and what is disputed out", function()
    local inv = bill("acme-managed", "2026-12-01", { devices = { workstation = 14, { class = "workstation", name = "KIOSK-2" }, { class = "workstation", name = "LAPTOP-9" } } })
    expect(inv:line("managed-workstation").quantity):equals(9)
  end)
  it("comes to this", function()
    expect(december(14)):matches_golden("acme-december")
  end)
end)

describe("delta-fleet", function()
  local function seats(n) return bill("delta-fleet", "2026-12-01", { devices = { workstation = n } }) end

  it("has the uplift in its price", function()
    expect(seats(20):line("managed-workstation").unit_price):equals("46.35")    -- 45.00 and 3%
  end)
  it("gives 4% from 20 seats and 6% from 50", function()
    expect(#seats(19).discounts):equals(0)
    expect(seats(20).discounts[1]):matches { percent = 4, amount = "-37.08" }   -- 927.00
    expect(seats(50).discounts[1]):matches { percent = 6, amount = "-139.05" }  -- 2317.50
  end)
end)

describe("device_class", function()
  local function named(...)
    local list = {}
    for i, name in ipairs { ... } do list[i] = { name = name } end
    return { devices = list }
  end
  it("prices devices by their names, the first class that matches", function()
    local inv = bill("classes", "2026-12-01", named("SRV-1", "ALB-DC1", "KIOSK-1", "NB-7", "LT-8", "PC-1", "PC-2", "PC-3"))
    expect(inv:line("class-1")):matches { description = "Server", quantity = 2, amount = "190.00" }
    expect(inv:line("class-2")):is_nil()                                 -- kiosks are free
    expect(inv:line("class-3")):matches { quantity = 2, amount = "96.00" }
    expect(inv:line("class-4")):matches { quantity = 3, amount = "126.00" }
    expect(inv):is_not_held()
    expect(inv):matches_golden("device-classes")
  end)
  it("adds nothing where there is no device", function()
    expect(bill("classes", "2026-12-01").subtotal):equals("100.00")
  end)
  it("holds what it does not know, by name", function()
    local inv = bill("classes", "2026-12-01", named("PC-1", "TOASTER", "PCX"))
    expect(inv):is_held("2 of the devices match no class of device_class")
    expect(inv.hold.message):contains("TOASTER")
    expect(inv:line("class-4").quantity):equals(1)
  end)
end)

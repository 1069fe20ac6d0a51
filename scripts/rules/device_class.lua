-- device_class: devices priced by what their names say, for platforms that know no classes. Copy this file into the rules/ of your workspace.
--
--   rule "acme-devices" (require "device_class".with {
--     classes = {                                                     -- the first that matches counts
--       { names = { "SRV-*", "*-DC?" }, text = "Server", price = "95.00" },
--       { names = { "KIOSK-*" } },                                    -- without a price: free, and not shown
--       { names = { "NB-*", "LT-*" }, text = "Notebook", price = "48.00" },
--       { names = { "PC-*" }, text = "Workstation", price = "42.00" },
--     },
--     devices = devices { site = "Albany" },                          -- which ones; all where left out
--   })
--
-- * stands for any characters and ? for one, as in selectors. A device that no class matches holds the invoice with its name: give it a class, or let the
-- last class have names = { "*" }. The contract needs a line of its own (a flat one, for example), for it to be billed at all. Where the platform does know
-- classes, `count = devices { class = "server" }` on a product needs no rule.
local M = {}

-- rule = "device_class": edit these to yours.
local standard = {
  classes = {
    { names = { "SRV-*" }, text = "Server", price = "95.00" },
    { names = { "NB-*", "PC-*" }, text = "Workstation", price = "45.00" },
  },
}

local function pattern(glob)
  local p = glob:gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0"):gsub("%*", ".*"):gsub("%?", ".")
  return "^" .. p .. "$"
end

local function class_of(name, classes)
  for i, class in ipairs(classes) do
    for _, glob in ipairs(class.names) do
      if name:find(pattern(glob)) then return i end
    end
  end
end

local function apply(bill, terms)
  local counts, unknown = {}, {}
  for _, device in ipairs(bill:assets(terms.devices or devices {})) do
    local i = class_of(device.name, terms.classes)
    if i then counts[i] = (counts[i] or 0) + 1 else unknown[#unknown + 1] = device.name end
  end
  for i, class in ipairs(terms.classes) do
    if counts[i] and class.price then
      bill:add { id = "class-" .. i, text = class.text, quantity = counts[i], price = class.price, unit = "device", tax = class.tax, section = class.section }
    end
  end
  if #unknown > 0 then
    bill:hold(("%s of the devices match no class of device_class: %s"):format(#unknown, table.concat(unknown, ", ", 1, math.min(#unknown, 10))))
  end
end

-- A rule with terms of its own.
function M.with(terms)
  assert(terms.classes, "device_class.with: classes are needed")
  return function(bill) apply(bill, terms) end
end

function M.device_class(bill) apply(bill, standard) end

return M

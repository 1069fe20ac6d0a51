---@meta billhook
-- Annotations for the Lua language server: completion, types and help for billhook.lua, pricebook.lua, clients/, rules/ and tests/.
-- Nothing here is ever run. Point your editor at it with a .luarc.json in the workspace (luarc.json beside this file is one to copy):
--   { "workspace.library": ["…/share/billhook/meta"] }
-- A test compares the names below with what the sandbox has.

error "this file is for editors: it is not meant to be run"

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Decimals

---An exact decimal: at most 9 decimals, never binary floating point. Lua integers mix freely; a float is an error that names the line.
---`dec "1" == 1` is false, as Lua never asks when the kinds differ: write `== dec "1"`; `<` and `>` take integers.
---@class decimal
---@operator add(decimal|integer): decimal
---@operator sub(decimal|integer): decimal
---@operator mul(decimal|integer): decimal
---@operator div(decimal|integer): decimal
---@operator idiv(decimal|integer): decimal
---@operator mod(decimal|integer): decimal
---@operator unm: decimal
---@operator concat(string|number): string
local decimal = {}

---Rounds to `places` decimals (0 to 9; 0 where left out). Integers have this too: `(5):round(2)` is 5.00.
---@param places? integer
---@param mode? "half-up"|"half-even" half-up is away from zero
---@return decimal
function decimal:round(places, mode) end

---`parts` decimals at this one's own number of decimals that add up to it exactly; the earlier ones are the larger.
---@param parts integer
---@return decimal[]
function decimal:split(parts) end

---@return decimal
function decimal:abs() end

---The largest integer at or below it.
---@return integer
function decimal:floor() end

---The smallest integer at or above it.
---@return integer
function decimal:ceil() end

---@param value string|integer|decimal  for example "12.50"
---@return decimal
function dec(value) end

---@alias amount string|integer|decimal  money or a rate: "12.50", 12 or dec "12.50"
---@alias quantity integer|decimal       an integer where it is whole

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Selectors

---@class billhook.Selector

---@class billhook.Except
---@field name? string  a glob
---@field class? string
---@field id? string
---@field reason string
---@field from? string  YYYY-MM-DD
---@field ends? string

---Any other key is an attribute, matched by glob: `site = "Albany"`, `os = "Windows*"`.
---@class billhook.Match
---@field class? string
---@field id? string
---@field name? string
---@field from? string         the connector that counts
---@field seen_within? integer days
---@field except? billhook.Except[]
---@field [string] any

---@param match? billhook.Match
---@return billhook.Selector
function devices(match) end

---@param match? billhook.Match
---@return billhook.Selector
function users(match) end

---Assets of any kind: `assets { kind = "licence" }`.
---@param match billhook.Match
---@return billhook.Selector
function assets(match) end

---@param of { metric: string, from?: string }
---@return billhook.Selector
function gauge(of) end

---@param of { metric: string, from?: string, [string]: any }
---@return billhook.Selector
function usage(of) end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- Rules

---Which lines: every field named must match, by any of its values.
---@class billhook.Filter
---@field product? string|string[]
---@field tax? string|string[]
---@field id? string|string[]
---@field unit? string|string[]
---@field section? string|string[]
---@field po? string|string[]
---@field kind? string|string[]  "charge", "once" or "rule"

---A line of the bill. price, quantity and description may be set: the amount follows.
---@class billhook.Line
---@field product? string
---@field description string
---@field quantity quantity     at most 6 decimals
---@field price decimal         of one unit, at most 9 decimals
---@field amount decimal        price × quantity × the share of the period, rounded once
---@field cost? decimal         what it costs the MSP, where that is known
---@field tax? string           its tax category
---@field id string             its identity in the contract
---@field unit? string
---@field section? string
---@field po? string
---@field kind "charge"|"once"|"rule"
---@field from string           first day
---@field to string             last day
local line = {}

---Takes the line off the bill: nothing is owed for it.
function line:remove() end

---@class billhook.Asset
---@field id string
---@field name string
---@field class string
---@field [string] string

---@class billhook.PreviousLine
---@field key string
---@field product string
---@field quantity decimal
---@field amount decimal

---@class billhook.Previous
---@field date string
---@field lines billhook.PreviousLine[]
---@field total decimal

---What a rule is given: one billing, that is one contract and one scheduled issue date. Read-only but for its lines and methods.
---@class billhook.Bill
---@field client { id: string, name: string, tags: string[], [string]: any }
---@field contract string                       its id
---@field period { from: string, to: string }   inclusive
---@field issue_date string
---@field currency string
local bill = {}

---The billed quantity of a product: after minimum and included, summed over its lines; 0 where there is none. Of a line that is split by day, the mean.
---@param product string
---@return quantity
function bill:quantity(product) end

---The bare count: of a product's lines before minimum and included, or of any selector on the issue date.
---@param what string|billhook.Selector
---@return quantity
function bill:count(what) end

---The assets that a selector counts, on the issue date.
---@param selector billhook.Selector
---@return billhook.Asset[]
function bill:assets(selector) end

---This contract's billing `n` periods back (1 where left out) as it was charged, or nil.
---@param n? integer
---@return billhook.Previous?
function bill:previous(n) end

---Goes through the lines in order: `for line in bill:lines { tax = "hardware" } do … end`. A string is a product. Lines added on the way are not met.
---@param filter? string|billhook.Filter
---@return fun(): billhook.Line
function bill:lines(filter) end

---Adds a line. Its identity is its id, else its text and how often that was added: give an `id` where the text holds a number that changes.
---@param new { id?: string, text?: string, product?: string, quantity?: quantity|string, price: amount, tax?: string, unit?: string, section?: string, po?: string, cost?: amount }
---@return billhook.Line
function bill:add(new) end

---A discount on the lines that `of` names (products, or a filter; all where left out), as the rule leaves them; one after the other, each of what the last
---one left. Its identity is its id, else its reason.
---@param new { percent?: amount, amount?: amount, reason?: string, of?: string|string[]|billhook.Filter, id?: string }
function bill:discount(new) end

---A note on the invoice.
---@param text string
function bill:memo(text) end

---Holds the invoice until a person approves it.
---@param why string
function bill:hold(why) end

---A contract's own pricing rule: `rule "acme-managed" (function(bill) … end)`.
---@param contract string
---@return fun(rule: fun(bill: billhook.Bill))
function rule(contract) end

---rules/NAME.lua, run once and read-only.
---@param name string
---@return any
function require(name) end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- billhook.lua

---@alias billhook.Keys table<string, any>

---@class billhook.Address
---@field street? string
---@field city? string
---@field postcode? string
---@field region? string
---@field country? string

---@param keys { name: string, currency: string, timezone: string, locale?: string, address?: billhook.Address, tax_id?: string, email?: string, [string]: any }
function company(keys) end

---@param keys { number?: string, terms?: string, rounding?: "half-up"|"half-even", approval?: "manual"|"auto", group?: "client"|"contract", negative?: "credit_note"|"carry", stale_days?: integer, guard?: table, max_total?: amount, adjust?: string|table, sections?: table, closed_through?: string, reminders?: integer[], late_fee?: table, retries?: integer[], [string]: any }
function invoicing(keys) end

---@param keys { url: string, [string]: any }
function store(keys) end

---@param name string
---@return fun(keys: { plugin: string, contracts?: boolean, [string]: any })
function connector(name) end

---@param name string
---@return fun(keys: { plugin: string, [string]: any })
function sink(name) end

---@param name string
---@return fun(keys: { plugin: string, [string]: any })
function gateway(name) end

---@param id string
---@return fun(keys: { name?: string, rate?: string, rates?: table<string, string>, category?: string, applies?: string[], on?: string[], inclusive?: boolean, by?: "service", [string]: any })
function tax(id) end

---One device that two connectors see counts once.
---@param keys { kind: string, by: string[], prefer?: string[] }
function identity(keys) end

---A reference, never a value: "env:NAME", "file:PATH" or "cmd:PROGRAM ARGS".
---@param reference string
---@return any
function secret(reference) end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- pricebook.lua and clients/

---@param id string
---@return fun(keys: { name: string, model: string, unit?: string, tax?: string, price?: amount|table, prices?: table<string, amount>, prices_from?: table<string, amount>, cost?: amount, count?: billhook.Selector, tiers?: table[], minimum?: amount, included?: any, timing?: "advance"|"arrears", [string]: any })
function product(id) end

---@param id string
---@return fun(prices: table<string, amount|table>)
function pricelist(id) end

---@param id string
---@return fun(keys: { lines?: table[], bill?: table, rule?: string, [string]: any })
function template(id) end

---@param id string
---@return fun(keys: { name: string, email?: string[], country?: string, currency?: string, ids?: table<string, string>, tax?: string[], tags?: string[], terms?: string, parent?: string, match?: table, except?: billhook.Except[], discount?: table, [string]: any })
function client(id) end

---@param id string
---@return fun(keys: { client: string, starts: string, ends?: string, billed_through?: string, bill?: table, prorate?: "daily"|"30/360"|"none"|"full", lines?: table[], discount?: table, minimum?: amount, uplift?: table, rule?: string, pricelist?: string|table, based_on?: string, [string]: any })
function contract(id) end

---@param keys { client: string, product?: string, text?: string, quantity?: amount, price?: amount, date?: string, [string]: any }
function charge(keys) end

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- tests/*_test.lua, run by `billhook test`

---@param name string
---@param body fun()
function describe(name, body) end

---@param name string
---@param body fun()
function it(name, body) end

---@class billhook.TestInvoice
---@field lines table[]
---@field discounts { description: string, amount: string, [string]: any }[]
---@field total string
---@field [string] any
local invoice = {}

---The line with that id, else with that product; two are an error.
---@param id_or_product string
---@return { amount: string, quantity: string, price: string, description: string, [string]: any }
function invoice:line(id_or_product) end

---@class billhook.Expectation
local expectation = {}

---@param value any
function expectation:equals(value) end

---@param value any
---@return billhook.Expectation
function expect(value) end

---@meta billhook
-- Annotations for the Lua language server: completion, types and help for billhook.lua, pricebook.lua, clients/, rules/ and tests/.
-- Nothing here is ever run. `billhook init` points the editor at it with a .luarc.json.
-- Generated from the program's own tables; a test compares: BILLHOOK_UPDATE=1 ctest -R scripts/meta writes it anew.

error "this file is for editors: it is not meant to be run"

---An exact decimal: at most 9 decimals, never binary floating point. Lua integers mix freely; a float is an error that names the line. `dec "1" == 1` is false, as Lua never asks when the kinds differ: write `== dec "1"`; `<` and `>` take integers.
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

---Without its sign.
---@return decimal
function decimal:abs() end

---The largest integer at or below it.
---@return integer
function decimal:floor() end

---The smallest integer at or above it.
---@return integer
function decimal:ceil() end

---@alias amount string|integer|decimal  money or a rate: "12.50", 12 or dec "12.50"
---@alias quantity integer|decimal       an integer where it is whole

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
---@field from? string  the connector that counts
---@field seen_within? integer  days
---@field except? billhook.Except[]
---@field [string] any

---Which lines: every field named must match, by any of its values.
---@class billhook.Filter
---@field product? string|string[]
---@field tax? string|string[]
---@field id? string|string[]
---@field unit? string|string[]
---@field section? string|string[]
---@field po? string|string[]
---@field kind? string|string[]  "charge", "once" or "rule"

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

---A line of the bill.
---@class billhook.Line
---@field product? string? Its product.
---@field description string May be set.
---@field quantity quantity At most 6 decimals; may be set, and the amount follows.
---@field price decimal Of one unit, at most 9 decimals; may be set, and the amount follows.
---@field amount decimal price × quantity × the share of the period, rounded once.
---@field cost? decimal? What it costs the MSP, where that is known.
---@field tax? string? Its tax category.
---@field id string Its identity in the contract.
---@field unit? string? What the quantity counts.
---@field section? string? The section of the invoice.
---@field po? string? The purchase order.
---@field kind "charge"|"once"|"minimum"|"rule" What it is.
---@field from string First day.
---@field to string Last day.
local line = {}

---Takes the line off the bill: nothing is owed for it.
function line:remove() end

---What a rule is given: one billing, that is one contract and one scheduled issue date. Read-only but for its lines and methods.
---@class billhook.Bill
---@field client { id: string, name: string, tags?: string[], [string]: any } The client: what stands of it on documents, and its tags.
---@field contract string Its id.
---@field period { from: string, to: string } The billing's own period, inclusive.
---@field issue_date string The scheduled issue date, YYYY-MM-DD.
---@field currency string ISO 4217.
---@field starts string The contract's first day.
---@field tags string[] The contract's tags.
local bill = {}

---The billed quantity of a product: after minimum and included, summed over its lines; 0 where there is none. Of a line that is split by day, the mean.
---@param product string
---@return quantity
function bill:quantity(product) end

---The bare count: of a product's lines before minimum and included, or of any selector: assets and gauges on the issue date, usage in the billing's period.
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

---A discount on the lines that `of` names (products, or a filter; all where left out), as the rule leaves them; one after the other, each of what the last one left. Its identity is its id, else its reason.
---@param new { percent?: amount, amount?: amount, reason?: string, of?: string|string[]|billhook.Filter, id?: string }
function bill:discount(new) end

---A note on the invoice.
---@param text string
function bill:memo(text) end

---Holds the invoice until a person approves it.
---@param why string
function bill:hold(why) end

---An exact decimal, from a string such as "12.50".
---@param value string|integer|decimal  for example "12.50"
---@return decimal
function dec(value) end

---rules/NAME.lua, run once; what it returns is read-only.
---@param name string
---@return any
function require(name) end

---A contract's own pricing rule: `rule "acme-managed" (function(bill) … end)`.
---@param contract string
---@return fun(rule: fun(bill: billhook.Bill))
function rule(contract) end

---A reference, never a value: "env:NAME", "file:PATH" or "cmd:PROGRAM ARGS".
---@param reference string
---@return any
function secret(reference) end

---Devices that match: `devices { class = "workstation" }`.
---@param match? billhook.Match
---@return billhook.Selector
function devices(match) end

---Users that match.
---@param match? billhook.Match
---@return billhook.Selector
function users(match) end

---Assets of any kind: `assets { kind = "licence" }`.
---@param match billhook.Match
---@return billhook.Selector
function assets(match) end

---A level that a platform reports: `gauge { metric = "m365.SPB" }`.
---@param of { metric: string, from?: string }
---@return billhook.Selector
function gauge(of) end

---What was used in the period: `usage { metric = "backup_gb" }`; any other key is an attribute, matched by glob.
---@param of { metric: string, from?: string, [string]: any }
---@return billhook.Selector
function usage(of) end

---@class billhook.Address
---@field street? string
---@field city? string
---@field postcode? string
---@field region? string
---@field country? string

---@class billhook.Schedule
---@field align? "calendar"|"anniversary"  where periods begin: on a day of the calendar, or counted from the start
---@field every? integer  so many units
---@field lag_days? integer  in arrears: days after the period's end
---@field lead_days? integer  in advance: days before the period's start
---@field on? integer|string  the day of the month, a weekday, or "MM-DD"
---@field timing? "advance"|"arrears"  before or after the period
---@field unit? "day"|"week"|"month"|"quarter"|"year"  of `every`

---@class billhook.Discount
---@field amount? amount  money off
---@field amounts? table<string, amount>  the same in other currencies
---@field contracts? "all"  reaches the client's other contracts of the same issue date
---@field ends? string  YYYY-MM-DD, the last day in force; "+1 month" counts from the start
---@field from? string  YYYY-MM-DD, the first day in force
---@field of? string|string[]|table  limits it to products, or to lines that match: { tax = "service" }
---@field percent? string|integer  "5" or "5%"
---@field reason? string  as it stands on the invoice

---@class billhook.Company
---@field address? billhook.Address  street, city, postcode, region, country
---@field bank? string  the bank's name
---@field bic? string  the bank's code
---@field currency string  ISO 4217: "USD"
---@field email? string|string[]  where mail goes
---@field iban? string  the bank account
---@field ids? table<string, string>  how each platform names it
---@field legal_name? string  the name in the register
---@field locale? string  "en_US"
---@field logo? string  a file
---@field name string  as it stands on documents
---@field note? string  a note
---@field phone? string  a telephone number
---@field registration? string  the register and its number
---@field tax_id? string  the tax number
---@field timezone? string  "America/New_York"
---@field website? string  a web address

---@class billhook.Invoicing
---@field adjust? "next"|"now"|table  when differences go out: with the next scheduled billing, at once, or { every = 3, unit = "month" }
---@field approval? "manual"|"auto"  auto: drafts that nothing holds are approved in the same run
---@field bill? billhook.Schedule  the schedule
---@field closed_through? string  YYYY-MM-DD: no document is dated on or before it
---@field credit_number? string  "CN-{year}-{seq:6}"
---@field group? "client"|"contract"  one invoice a client, currency and run, or one a contract
---@field guard? table|false  { change = "50%", amount = "50.00" }: a quantity that moved by more than both holds the invoice
---@field late_fee? table  { percent = "1.5", after = 30 }
---@field max_total? amount  a document above it is held
---@field negative? "credit_note"|"carry"  what becomes of a total below zero
---@field number? string  "INV-{year}-{seq:6}"
---@field prorate? "daily"|"30/360"|"none"|"full"  what a part of a period costs
---@field reminders? integer[]  days from the due date
---@field retries? integer[]  days between Auto Pay attempts
---@field rounding? "half-up"|"half-even"  of amounts of money
---@field rule? string  rules/NAME.lua
---@field sections? table  the order of sections: { "Managed services", { "Licences", show = "total" } }
---@field stale_days? integer  facts older than this hold the invoice
---@field terms? string  "net 15", "due on receipt", "end of month" …
---@field timing? "advance"|"arrears"  before or after the period
---@field true_up? "contract"|"all"|"none"  what re-rates charged periods
---@field true_up_months? integer  how long charged periods are looked at again
---@field uplift? table|false  { percent = "3.5", every = 12, from = "2027-01-01" }

---@class billhook.Tax
---@field applies? string[]  product categories; all where left out
---@field by? "service"  rates by the day of service and not of issue
---@field category? string  UBL's category, "S" where left out
---@field ids? table<string, string>  how each platform names it
---@field inclusive? boolean  the prices have this tax in them
---@field name? string  as it stands on documents
---@field on? string[]  compound: taxes whose amounts join the base
---@field rate? string  percent: "8.875"
---@field rates? table<string, string>  rates by date

---@class billhook.Identity
---@field by? string[]  attributes that tell that two are one
---@field kind? string  "device", "user" or another kind of asset
---@field prefer? string[]  connectors, the first that sees it counts

---@class billhook.Template
---@field adjust? "next"|"now"|table  when differences go out: with the next scheduled billing, at once, or { every = 3, unit = "month" }
---@field approval? "manual"|"auto"  auto: drafts that nothing holds are approved in the same run
---@field bill? billhook.Schedule  the schedule
---@field discount? billhook.Discount|billhook.Discount[]  one, or a list of them
---@field ends? string  YYYY-MM-DD, the last day in force; "+1 month" counts from the start
---@field from? string  YYYY-MM-DD, the first day in force
---@field guard? table|false  { change = "50%", amount = "50.00" }: a quantity that moved by more than both holds the invoice
---@field lines? billhook.ContractLine[]  { "PRODUCT", price = … }, in order
---@field name? string  as it stands on documents
---@field note? string  a note
---@field po? string  a purchase order
---@field prorate? "daily"|"30/360"|"none"|"full"  what a part of a period costs
---@field reminders? integer[]  days from the due date
---@field rule? string  rules/NAME.lua
---@field section? string  the section of the invoice
---@field starts? string  YYYY-MM-DD, the first day in force
---@field terms? string  "net 15", "due on receipt", "end of month" …
---@field timing? "advance"|"arrears"  before or after the period
---@field true_up? "contract"|"all"|"none"  what re-rates charged periods
---@field uplift? table|false  { percent = "3.5", every = 12, from = "2027-01-01" }

---@class billhook.Client
---@field address? billhook.Address  street, city, postcode, region, country
---@field adjust? "next"|"now"|table  when differences go out: with the next scheduled billing, at once, or { every = 3, unit = "month" }
---@field approval? "manual"|"auto"  auto: drafts that nothing holds are approved in the same run
---@field autopay? table  { gateway, customer, method, limit, jump }
---@field bill? billhook.Schedule  the schedule
---@field bill_to? string  the client on whose invoice it stands
---@field contacts? table[]  { email, gets, name }
---@field country? string  ISO 3166: "US"
---@field currency? string  ISO 4217: "USD"
---@field discount? billhook.Discount|billhook.Discount[]  one, or a list of them
---@field email? string|string[]  where mail goes
---@field ends? string  YYYY-MM-DD, the last day in force; "+1 month" counts from the start
---@field except? billhook.Except[]  what is left out of every count, each with a reason
---@field group? "client"|"contract"  one invoice a client, currency and run, or one a contract
---@field guard? table|false  { change = "50%", amount = "50.00" }: a quantity that moved by more than both holds the invoice
---@field id? string  its identity: give one where a product stands twice
---@field ids? table<string, string>  how each platform names it
---@field late_fee? table  { percent = "1.5", after = 30 }
---@field locale? string  "en_US"
---@field match? table  which of the parent's assets are this client's
---@field max_total? amount  a document above it is held
---@field name string  as it stands on documents
---@field negative? "credit_note"|"carry"  what becomes of a total below zero
---@field note? string  a note
---@field parent? string  the client that this one belongs to
---@field phone? string  a telephone number
---@field po? string  a purchase order
---@field pricelist? string|table  the name of a price list, or prices by product
---@field prorate? "daily"|"30/360"|"none"|"full"  what a part of a period costs
---@field reminders? integer[]  days from the due date
---@field retain? integer|string  how long names of devices and users are kept
---@field retries? integer[]  days between Auto Pay attempts
---@field reverse_charge? boolean  the client accounts for the tax
---@field rule? string  rules/NAME.lua
---@field section? string  the section of the invoice
---@field sinks? string[]  where this client's invoices go
---@field split? string[]  { "po" }: one invoice a purchase order
---@field stale_days? integer  facts older than this hold the invoice
---@field tags? string[]  yours; a rule sees them
---@field tax? string|string[]  of a product its tax category, of a client its taxes
---@field tax_exempt? table  { reason = … }
---@field tax_id? string  the tax number
---@field terms? string  "net 15", "due on receipt", "end of month" …
---@field timing? "advance"|"arrears"  before or after the period
---@field true_up? "contract"|"all"|"none"  what re-rates charged periods
---@field uplift? table|false  { percent = "3.5", every = 12, from = "2027-01-01" }

---@class billhook.Contract
---@field adjust? "next"|"now"|table  when differences go out: with the next scheduled billing, at once, or { every = 3, unit = "month" }
---@field approval? "manual"|"auto"  auto: drafts that nothing holds are approved in the same run
---@field based_on? string  a template
---@field bill? billhook.Schedule  the schedule
---@field billed_through? string  YYYY-MM-DD: nothing on or before it is ever billed
---@field client string  the client's id
---@field committed? table  { quantity = 10, until = "2027-04-16" }: what was committed elsewhere
---@field currency? string  ISO 4217: "USD"
---@field discount? billhook.Discount|billhook.Discount[]  one, or a list of them
---@field ends? string  YYYY-MM-DD, the last day in force; "+1 month" counts from the start
---@field guard? table|false  { change = "50%", amount = "50.00" }: a quantity that moved by more than both holds the invoice
---@field id? string  its identity: give one where a product stands twice
---@field ids? table<string, string>  how each platform names it
---@field lines? billhook.ContractLine[]  { "PRODUCT", price = … }, in order
---@field minimum? amount|table  money: what the recurring lines of a billing come to at least
---@field name? string  as it stands on documents
---@field note? string  a note
---@field opening? table  what is left of prepaid hours: { hours = "13.25", bought = "2026-08-01" }
---@field po? string  a purchase order
---@field pricelist? string|table  the name of a price list, or prices by product
---@field prorate? "daily"|"30/360"|"none"|"full"  what a part of a period costs
---@field reminders? integer[]  days from the due date
---@field rule? string  rules/NAME.lua
---@field section? string  the section of the invoice
---@field site? string  for split = { "site" }
---@field starts string  YYYY-MM-DD, the first day in force
---@field tags? string[]  yours; a rule sees them
---@field terms? string  "net 15", "due on receipt", "end of month" …
---@field timing? "advance"|"arrears"  before or after the period
---@field true_up? "contract"|"all"|"none"  what re-rates charged periods
---@field uplift? table|false  { percent = "3.5", every = 12, from = "2027-01-01" }

---@class billhook.Charge
---@field client string  the client's id
---@field contract? string  the contract that it belongs to
---@field cost? amount  what it costs you
---@field currency? string  ISO 4217: "USD"
---@field date? string  YYYY-MM-DD
---@field id? string  its identity: give one where a product stands twice
---@field ids? table<string, string>  how each platform names it
---@field name? string  as it stands on documents
---@field note? string  a note
---@field po? string  a purchase order
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field product? string  the product's id
---@field quantity? amount  a fixed number
---@field section? string  the section of the invoice
---@field tags? string[]  yours; a rule sees them
---@field tax? string|string[]  of a product its tax category, of a client its taxes
---@field text? string  what is charged, where it is no product
---@field unit? string  what a quantity counts

---@class billhook.ContractLine
---@field [1]? string  the product's id
---@field adjust? "next"|"now"|table  when differences go out: with the next scheduled billing, at once, or { every = 3, unit = "month" }
---@field at? "issue"|"start"|"end"|"peak"|"average"|"daily"|"sum"  which days are counted
---@field bill? billhook.Schedule  the schedule
---@field billed_through? string  YYYY-MM-DD: nothing on or before it is ever billed
---@field changes? table[]  { { "2026-11-15", 12 } }: the quantity from that day on
---@field committed? table  { quantity = 10, until = "2027-04-16" }: what was committed elsewhere
---@field cost? amount  what it costs you
---@field costs? table<string, amount>  the same in other currencies
---@field coterm? string  YYYY-MM-DD: the common end of commitments
---@field count? billhook.Selector  what is counted
---@field decrease? "now"|"next_period"|"renewal"  when a smaller quantity takes effect
---@field discount? billhook.Discount|billhook.Discount[]  one, or a list of them
---@field ends? string  YYYY-MM-DD, the last day in force; "+1 month" counts from the start
---@field from? string  YYYY-MM-DD, the first day in force
---@field id? string  its identity: give one where a product stands twice
---@field ids? table<string, string>  how each platform names it
---@field included? amount|table  so many are free; { 2, per = "care" }: for each unit of another line
---@field includes? string[]  products of which one each is in the price
---@field maximum? amount  of the quantity
---@field maximum_amount? amount  of the line's amount: the excess is a discount
---@field minimum? amount  of the quantity, before included
---@field minimum_amount? amount  of the line's amount: a line is added for the shortfall
---@field name? string  as it stands on documents
---@field note? string  a note
---@field omit? boolean  leaves a template's line out
---@field once? string  YYYY-MM-DD: a one-off on that day
---@field opening? table  what is left of prepaid hours: { hours = "13.25", bought = "2026-08-01" }
---@field po? string  a purchase order
---@field product? string  the product's id
---@field prorate? "daily"|"30/360"|"none"|"full"  what a part of a period costs
---@field quantity? amount  a fixed number
---@field release? boolean  an end inside a commitment does not charge the rest of it
---@field round_up_to? amount  the quantity goes up to a multiple of it
---@field section? string  the section of the invoice
---@field show? "hidden"|"total"  a line of zero can be left off the invoice
---@field site? string  for split = { "site" }
---@field tags? string[]  yours; a rule sees them
---@field tax? string|string[]  of a product its tax category, of a client its taxes
---@field term? integer  months of a commitment
---@field text? string  what is charged, where it is no product
---@field timing? "advance"|"arrears"  before or after the period
---@field true_up? "contract"|"all"|"none"  what re-rates charged periods
---@field unit? string  what a quantity counts
---@field uplift? table|false  { percent = "3.5", every = 12, from = "2027-01-01" }
---@field window_days? integer  days after the start in which a commitment can still go down
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field prices? table<string, amount>  the same in other currencies
---@field prices_from? table<string, amount>  prices to come, by date
---@field tiers? table[]  { up_to, price, flat }
---@field [string] any  a parameter of the product's model

---@class billhook.Product
---@field adjust? "next"|"now"|table  when differences go out: with the next scheduled billing, at once, or { every = 3, unit = "month" }
---@field at? "issue"|"start"|"end"|"peak"|"average"|"daily"|"sum"  which days are counted
---@field cost? amount  what it costs you
---@field costs? table<string, amount>  the same in other currencies
---@field costs_from? table<string, amount>  costs to come, by date
---@field count? billhook.Selector  what is counted
---@field decrease? "now"|"next_period"|"renewal"  when a smaller quantity takes effect
---@field ids? table<string, string>  how each platform names it
---@field included? amount|table  so many are free; { 2, per = "care" }: for each unit of another line
---@field includes? string[]  products of which one each is in the price
---@field markup? string  "15%": a price from the cost
---@field maximum? amount  of the quantity
---@field maximum_amount? amount  of the line's amount: the excess is a discount
---@field maximum_amounts? table<string, amount>  the same in other currencies
---@field minimum? amount  of the quantity, before included
---@field minimum_amount? amount  of the line's amount: a line is added for the shortfall
---@field minimum_amounts? table<string, amount>  the same in other currencies
---@field model string  how it is priced
---@field name string  as it stands on documents
---@field note? string  a note
---@field parts? table[]  of a hybrid: any of the other models
---@field prorate? "daily"|"30/360"|"none"|"full"  what a part of a period costs
---@field quantity? amount  a fixed number
---@field release? boolean  an end inside a commitment does not charge the rest of it
---@field round_up_to? amount  the quantity goes up to a multiple of it
---@field section? string  the section of the invoice
---@field show? "hidden"|"total"  a line of zero can be left off the invoice
---@field tags? string[]  yours; a rule sees them
---@field tax? string|string[]  of a product its tax category, of a client its taxes
---@field term? integer  months of a commitment
---@field timing? "advance"|"arrears"  before or after the period
---@field true_up? "contract"|"all"|"none"  what re-rates charged periods
---@field unit? string  what a quantity counts
---@field uplift? table|false  { percent = "3.5", every = 12, from = "2027-01-01" }
---@field window_days? integer  days after the start in which a commitment can still go down
---@field bill? billhook.Schedule  the schedule

---@class billhook.Product.block_hours: billhook.Product
---@field hours? amount|table  How many a block holds.
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field prices? table<string, amount>  the same in other currencies
---@field prices_from? table<string, amount|table>  the same from dates on
---@field expires_months? integer  How long a block is good, from the day it was bought; 0: for ever.
---@field threshold? amount|table  A new block is bought on the day on which no more than this is left. Left out: none is bought after the first.
---@field overage_price? amount|table  Of an hour that no block covers, where none is bought.
---@field overage_prices? table<string, amount>  the same in other currencies
---@field overage_prices_from? table<string, amount|table>  the same from dates on
---@field opening? table  what is left of prepaid hours: { hours = "13.25", bought = "2026-08-01" }

---@class billhook.Product.commit: billhook.Product
---@field amount? amount  money off
---@field amounts? table<string, amount>  the same in other currencies
---@field amounts_from? table<string, amount|table>  the same from dates on
---@field of? string|string[]|table  limits it to products, or to lines that match: { tax = "service" }

---@class billhook.Product.flat: billhook.Product
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field prices? table<string, amount>  the same in other currencies
---@field prices_from? table<string, amount|table>  the same from dates on

---@class billhook.Product.package: billhook.Product
---@field size? amount|table  How many one package holds.
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field prices? table<string, amount>  the same in other currencies
---@field prices_from? table<string, amount|table>  the same from dates on

---@class billhook.Product.per_unit: billhook.Product
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field prices? table<string, amount>  the same in other currencies
---@field prices_from? table<string, amount|table>  the same from dates on

---@class billhook.Product.percent: billhook.Product
---@field of? string|string[]|table  limits it to products, or to lines that match: { tax = "service" }
---@field percent? string|integer  "5" or "5%"
---@field minimum? amount  of the quantity, before included
---@field minimums? table<string, amount>  the same in other currencies
---@field minimums_from? table<string, amount|table>  the same from dates on

---@class billhook.Product.plan: billhook.Product
---@field family? string  What the levels belong to: of one family, a contract has one level on a day.
---@field level? string  Which level this is.
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field prices? table<string, amount>  the same in other currencies
---@field prices_from? table<string, amount|table>  the same from dates on
---@field levels? table[]  Several levels with their prices; `level` picks one.

---@class billhook.Product.tiered: billhook.Product
---@field mode? string  graduated: each tier's units at its price. volume: all units at the price of the tier reached. stairstep: the flat of the tier reached.
---@field tiers? table[]  From the lowest up; exactly up_to is inside; the last one has none.

---@class billhook.Product.usage: billhook.Product
---@field included? amount|table  so many are free; { 2, per = "care" }: for each unit of another line
---@field rollover? integer  For how many periods more an allowance left unused serves, oldest first.
---@field price? amount|table  of one unit; { start = "42.00", ["2027-01-01"] = "44.00" } by date
---@field prices? table<string, amount>  the same in other currencies
---@field prices_from? table<string, amount|table>  the same from dates on
---@field mode? string  How tiers are read, as of the model tiered.
---@field tiers? table[]  Prices by tiers of what is over the allowance.
---@field round_up_to? amount  the quantity goes up to a multiple of it
---@field maximum? amount  of the quantity
---@field opening? table  what is left of prepaid hours: { hours = "13.25", bought = "2026-08-01" }

---@alias billhook.AnyProduct billhook.Product|billhook.Product.block_hours|billhook.Product.commit|billhook.Product.flat|billhook.Product.package|billhook.Product.per_unit|billhook.Product.percent|billhook.Product.plan|billhook.Product.tiered|billhook.Product.usage

---Who bills.
---@param keys billhook.Company
function company(keys) end

---Where the store is; billhook.db where left out.
---@param keys { url: string }
function store(keys) end

---Defaults of all invoices.
---@param keys billhook.Invoicing
function invoicing(keys) end

---A platform that counts come from; its plugin's options stand beside.
---@param id string
---@return fun(keys: { plugin: string, contracts?: boolean, ca?: string, [string]: any })
function connector(id) end

---Where invoices go.
---@param id string
---@return fun(keys: { plugin: string, [string]: any })
function sink(id) end

---Where money comes from.
---@param id string
---@return fun(keys: { plugin: string, [string]: any })
function gateway(id) end

---A tax.
---@param id string
---@return fun(keys: billhook.Tax)
function tax(id) end

---One device that two connectors see counts once.
---@param keys billhook.Identity
function identity(keys) end

---Something that is sold.
---@param id string
---@return fun(keys: billhook.AnyProduct)
function product(id) end

---Other prices for some clients.
---@param id string
---@return fun(keys: table<string, amount|table>)
function pricelist(id) end

---Lines that contracts share.
---@param id string
---@return fun(keys: billhook.Template)
function template(id) end

---A client.
---@param id string
---@return fun(keys: billhook.Client)
function client(id) end

---A contract of a client.
---@param id string
---@return fun(keys: billhook.Contract)
function contract(id) end

---A one-off that is in no contract.
---@param id string
---@return fun(keys: billhook.Charge)
function charge(id) end

---An invoice as `show --json` has it; amounts, prices, quantities and rates are decimals.
---@class billhook.Invoice
---@field lines table[]
---@field discounts table[]
---@field taxes table[]
---@field subtotal decimal
---@field total decimal
---@field hold { reason: string, message: string }?
---@field [string] any
local invoice = {}

---The one line with that id (on the document, in the contract, or of bill:add), else of that product; nil where there is none; two are an error.
---@param id_or_product string
---@return table?
function invoice:line(id_or_product) end

---@class billhook.Expectation
local expectation = {}

---Decimals with strings and integers by value, tables field by field. A float is an error.
---@param value any
function expectation:equals(value) end

---Anything but that.
---@param value any
function expectation:not_equals(value) end

---nil.
function expectation:is_nil() end

---Anything but nil.
function expectation:is_not_nil() end

---true, and nothing else.
function expectation:is_true() end

---false, and nothing else.
function expectation:is_false() end

---Of a string the Lua pattern; of a table at least these fields.
---@param value string|table
function expectation:matches(value) end

---A string that has it as it stands; a list with an item like it.
---@param value any
function expectation:contains(value) end

---A number.
---@param value amount
function expectation:at_least(value) end

---A number.
---@param value amount
function expectation:at_most(value) end

---A number.
---@param value amount
function expectation:above(value) end

---A number.
---@param value amount
function expectation:below(value) end

---An invoice that is held.
---@param why? string  the reason, or words of the message
function expectation:is_held(why) end

---An invoice that is not held.
function expectation:is_not_held() end

---A function that ends with an error with these words; or an invoice that is held.
---@param words? string
function expectation:fails(words) end

---The same as fails.
---@param words? string
function expectation:errors(words) end

---The same as tests/golden/NAME.json, which `billhook test --accept` writes.
---@param name string
function expectation:matches_golden(name) end

---Tests that belong together; it may stand in another.
---@param name string
---@param body fun()
function describe(name, body) end

---A test.
---@param name string
---@param body fun()
function it(name, body) end

---Runs before each test of the describe that it stands in.
---@param body fun()
function before_each(body) end

---The contract's billing of that date over these facts, with nothing billed before; what is not named is zero and fresh.
---@param contract string
---@param date string  YYYY-MM-DD: the issue date of a scheduled billing
---@param facts? { devices?: integer|table, users?: integer|table, assets?: table, gauges?: table, usage?: table, charges?: table[] }
---@return billhook.Invoice
---@return billhook.Invoice ...
function bill(contract, date, facts) end

---Begins a check; one that fails ends the test.
---@param value any
---@return billhook.Expectation
function expect(value) end

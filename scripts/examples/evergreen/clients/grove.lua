-- Three sites and the head office. North and South stand on the head office's invoice, each with its subtotal; West is billed apart.

client "grove"       { name = "Grove Clinics", ids = { sheet = "grove" }, email = { "finance@grove.example" } }
client "grove-north" { name = "Grove Clinics, North", parent = "grove", match = { site = "North" }, bill_to = "grove" }
client "grove-south" { name = "Grove Clinics, South", parent = "grove", match = { site = "South" }, bill_to = "grove" }
client "grove-west"  { name = "Grove Clinics, West", parent = "grove", match = { site = "West" }, email = { "west@grove.example" } }

contract "grove-it"       { client = "grove", starts = "2026-10-01", lines = { { "device" } } }        -- what no site matches
contract "grove-north-it" { client = "grove-north", starts = "2026-10-01", lines = { { "device" } } }
contract "grove-south-it" { client = "grove-south", starts = "2026-10-01", lines = { { "device" } } }
contract "grove-west-it"  { client = "grove-west", starts = "2026-10-01", lines = { { "device" } } }

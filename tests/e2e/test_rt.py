"""Time worked in a real Request Tracker 5: what is billed is what RT's own database says, and trouble changes nothing.

Run by ctest as e2e/rt, or:  BILLHOOK_BIN=build/int/bin/billhook /usr/bin/python3 -m pytest tests/e2e/test_rt.py
"""
import collections
import decimal
import os
import random
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "integration")]
from conftest import COMPANY, Workspace  # noqa: E402
from rt_server import RequestTracker  # noqa: E402
from zabbix_server import Unavailable  # noqa: E402

SKIPPED = 77  # ctest's SKIP_RETURN_CODE
QUEUES = ["Acme Dental", "Müller & Söhne", "O'Brien Law", "Nothing yet", "Internal"]
TICKETS = 130  # more than a page
DAYS = ["2026-%02d-%02d" % (month, day) for month in (10, 11) for day in range(1, 30)]

FILL = r"""
my %%queue;
for my $name (%(names)s) { my $q = RT::Queue->new($sys); my ($id, $m) = $q->Create(Name => $name); die $m unless $id; $queue{$name} = $id; }
my $off = RT::Queue->new($sys); $off->Create(Name => 'Closed client'); my ($ok, $m) = $off->SetDisabled(1); die $m unless $ok;
my $agent = RT::User->new($sys); $agent->Create(Name => 'kim', Password => 'kim-pass-1', Privileged => 1);
my $bill = RT::User->new($sys); $bill->Create(Name => 'billing', Password => 'billing-pass-1', Privileged => 1);
for my $right ('SeeQueue', 'ShowTicket', 'ShowTicketComments') { my ($ok, $m) = $bill->PrincipalObj->GrantRight(Right => $right, Object => RT->System); die $m unless $ok; }
for my $right ('SeeQueue', 'ShowTicket', 'ShowTicketComments', 'CreateTicket', 'CommentOnTicket', 'ModifyTicket', 'DeleteTicket') { $agent->PrincipalObj->GrantRight(Right => $right, Object => RT->System); }
my $blind = RT::User->new($sys); $blind->Create(Name => 'blind', Password => 'blind-pass-1', Privileged => 1);
my $token = RT::AuthToken->new(RT::CurrentUser->new($bill)); $bill->PrincipalObj->GrantRight(Right => 'ManageAuthTokens', Object => RT->System);
my ($made, $said, $secret) = $token->Create(Owner => $bill->id, Description => 'billing'); die $said unless $made;
my $who = RT::CurrentUser->new($agent);
%(work)s
print "token $secret\n";
"""


def script(rng):
    """Tickets with time in all the ways there are; the same for the same seed."""
    out = []
    for i in range(TICKETS):
        queue = QUEUES[rng.choice((0, 0, 0, 1, 1, 2, 4))]
        out.append("{ my $t = RT::Ticket->new($who); my ($id) = $t->Create(Queue => q{%s}, Subject => 'Ticket %d', TimeWorked => %d); die 'create' unless $id;" % (
            queue, i, rng.choice((0, 0, 5, 10, 20, 45, 90))))
        for _ in range(rng.randrange(4)):
            out.append("  $t->Comment(Content => 'did it', TimeTaken => %d);" % rng.choice((0, 1, 7, 15, 20, 50)))
        if i % 9 == 4:
            out.append("  $t->SetTimeWorked(%d);" % rng.choice((0, 3, 10, 200)))  # set back, or ahead
        if i % 23 == 11:
            out.append("  $t->SetStatus('deleted');")
        if i % 31 == 17:
            out.append("  my $into = RT::Ticket->new($who); $into->Load(%d); my ($ok, $m) = $t->MergeInto($into->id); die $m unless $ok;" % (i - 5))
        out.append("}")
    return "\n".join(out)


@pytest.fixture(scope="module")
def rt():
    if not os.access(os.environ.get("BILLHOOK_BIN", ""), os.X_OK):
        pytest.exit("BILLHOOK_BIN is not set, or not a program", returncode=2)
    try:
        with RequestTracker() as server:
            fill(server)
            yield server
    except Unavailable as e:
        print(f"\n*** e2e/rt is SKIPPED: {e}", file=sys.__stderr__, flush=True)
        pytest.exit(f"no Request Tracker here: {e}", returncode=SKIPPED)


def fill(server):
    rng = random.Random(7)
    said = server.perl(FILL % {"names": ", ".join("q{%s}" % q for q in QUEUES), "work": script(rng)})
    server.token = said.split()[-1]
    # Spread over October and November, in the order in which they were made within each ticket; at noon, so that a day is one everywhere.
    at = collections.defaultdict(list)
    for number, ticket in server.sql("select id, ObjectId from Transactions where ObjectType = 'RT::Ticket' order by id"):
        at[ticket].append(number)
    for numbers in at.values():
        for number, day in zip(numbers, sorted(rng.choice(DAYS) for _ in numbers)):
            server.sql("update Transactions set Created = ? where id = ?", day + " 16:00:00", number)
    server.queue = {name: str(number) for number, name in server.sql("select id, Name from Queues")}


def minutes(server, queues=QUEUES):
    """RT's own sums: what its tickets say they were worked on, by queue."""
    found = dict(server.sql("select q.Name, sum(t.TimeWorked) from Tickets t join Queues q on q.id = t.Queue where t.Status <> 'deleted' and t.EffectiveId = t.id group by q.Name"))
    return {name: found.get(name, 0) or 0 for name in queues}


class Bench(Workspace):
    """A client per queue, hours at 60.00: a minute is a dollar. Billed in arrears from October on."""

    def __init__(self, folder, server, **options):
        super().__init__(folder)
        self.server = server
        self.env = {"RT_TOKEN": server.token, "RT_PASSWORD": "billing-pass-1"}
        self.connect(**options)
        self.book('product "h" { name = "Hours", model = "per_unit", unit = "hour", count = usage { metric = "time.hours" }, price = "60.00", timing = "arrears" }\n')
        entries = []
        for i, name in enumerate(QUEUES):
            entries += [{"id": "c%d" % i, "name": name, "ids": {"rt": server.queue[name]}}, {"id": "k%d" % i, "client": "c%d" % i, "starts": "2026-10-01", "lines": [{"product": "h"}]}]
        self.clients(*entries)

    def connect(self, login='token = secret "env:RT_TOKEN"', more="", url=None):
        self.config('connector "rt" { plugin = "rt", url = "%s", %s%s }\n' % (url or self.server.url, login, more), company=COMPANY)

    def command(self, *args, env=None, **kw):
        done = super().command(*args, env=dict(self.env, **(env or {})), **kw)
        assert self.env["RT_TOKEN"] not in done.out + done.err and self.env["RT_PASSWORD"] not in done.out + done.err
        return done

    def pull(self, date="2026-12-01", code=(0, 1)):
        (row,) = self.command("pull", "--json", "--date", date, code=code).json["connectors"]
        return row

    def billed(self, date="2026-12-01"):
        """{queue: minutes}, from the money."""
        self.command("run", "--date", date, "--no-pull", "--json", code=(0, 1))
        out = dict.fromkeys(QUEUES, 0)
        for doc in self.drafts():
            out[QUEUES[int(doc["client"]["id"][1:])]] += sum(decimal.Decimal(x["amount"]) for x in doc["lines"])
        return out


def test_what_is_billed_is_what_rt_says(rt, tmp_path):
    ws = Bench(tmp_path / "ws", rt)
    row = ws.pull()
    assert row["ok"], row
    expected = minutes(rt)
    assert min(expected[q] for q in QUEUES if q != "Nothing yet") > 100 and expected["Nothing yet"] == 0
    assert ws.billed() == expected
    assert rt.sql("select count(*) from Tickets where EffectiveId <> id")[0][0] >= 3 and rt.sql("select count(*) from Tickets where Status = 'deleted'")[0][0] >= 3
    assert rt.sql("select count(*) from Transactions where TimeTaken < 0")[0][0] >= 5


def test_more_work_a_correction_and_a_deletion(rt, tmp_path):
    ws = Bench(tmp_path / "ws", rt)
    ws.pull()
    made = rt.api("POST", "/ticket", {"Queue": "O'Brien Law", "Subject": "Later", "TimeWorked": "25"})["id"]
    gone = rt.api("POST", "/ticket", {"Queue": "O'Brien Law", "Subject": "Mistake", "TimeWorked": "400"})["id"]
    rt.sql("update Transactions set Created = '2026-11-15 16:00:00' where ObjectType = 'RT::Ticket' and ObjectId in (?, ?)", int(made), int(gone))
    before = minutes(rt)
    ws.pull("2026-12-02")
    assert ws.billed("2026-12-02") == before
    rt.api("PUT", "/ticket/" + made, {"TimeWorked": "10"})  # set back: a transaction of -15 minutes
    rt.api("PUT", "/ticket/" + gone, {"Status": "deleted"})
    rt.sql("update Transactions set Created = '2026-11-16 16:00:00' where TimeTaken = -15 and ObjectId = ?", int(made))
    after = minutes(rt)
    assert after["O'Brien Law"] == before["O'Brien Law"] - 415
    ws.pull("2026-12-03")
    assert ws.billed("2026-12-03") == after
    row = ws.pull("2026-12-04")
    assert (row["changed"], row["gone"]) == (0, 0)  # the same again


def test_password_queues_and_what_is_billable(rt, tmp_path):
    ws = Bench(tmp_path / "ws", rt)
    ws.connect('user = "billing", password = secret "env:RT_PASSWORD"', ', queues = "*e*", billable = "Subject LIKE \'1\'"')
    row = ws.pull()
    assert row["ok"], row
    rows = rt.sql("select q.Name, sum(t.TimeWorked) from Tickets t join Queues q on q.id = t.Queue where t.Status <> 'deleted' and t.EffectiveId = t.id and t.Subject like '%1%' group by q.Name")
    expected = {name: worked for name, worked in rows if "e" in name.lower()}
    billed = ws.billed()
    # A merged ticket's own time is billable by the subject of the one that shows: compared where there is none.
    merged = {name for (name,) in rt.sql("select distinct q.Name from Tickets t join Queues q on q.id = t.Queue where t.EffectiveId <> t.id")}
    checked = [name for name in expected if name not in merged]
    assert all(billed[name] == expected[name] for name in checked)
    assert "General" not in billed


@pytest.mark.parametrize("login,says", [('user = "billing", password = secret "env:WRONG"', "401"), ('user = "blind", password = secret "env:BLIND"', "no queue can be seen")])
def test_who_may_not_see_brings_nothing(rt, tmp_path, login, says):
    ws = Bench(tmp_path / "ws", rt)
    ws.env.update(WRONG="wrong-pass-7", BLIND="blind-pass-1")
    ws.connect(login)
    row = ws.pull(code=5)
    assert row["ok"] is False and says in row["error"]


def test_a_server_that_is_gone_changes_nothing(rt, tmp_path):
    ws = Bench(tmp_path / "ws", rt)
    ws.pull()
    expected = ws.billed()
    rt.stop_web()
    try:
        row = ws.pull("2026-12-02", code=5)
        assert row["ok"] is False and row["error"]
    finally:
        rt.start_web()
    assert ws.billed("2026-12-02") == expected

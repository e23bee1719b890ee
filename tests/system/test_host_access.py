"""The host access table against real names: the thirteen hosts of the reference's envelope service by verified name, DNS
lists, countries and scores out of NSD's zones, and files that are read again."""
import concurrent.futures
import json
import signal
import smtplib
import urllib.request

import pytest

from world.authority import Authority
from world.command import commit_policy, run_sealpost, sealpost
from world.names import Names
from world.node import Node, read_events
from world.trace_report import facts_of
from world.waiting import wait_until

# Name, address (both as the service prints them), and whether one of the four senders of the preset takes the address.
HOSTS = [
    ("res.cisco.com", "184.94.241.74", False), ("mxnat1.res.cisco.com", "208.90.57.32", True),
    ("mxnat2.res.cisco.com", "208.90.57.33", True), ("mxnat3.res.cisco.com", "184.94.241.96", False),
    ("mxnat4.res.cisco.com", "184.94.241.97", False), ("mxnat5.res.cisco.com", "184.94.241.98", False),
    ("mxnat6.res.cisco.com", "184.94.241.99", False), ("mxnat7.res.cisco.com", "208.90.57.34", True),
    ("mxnat8.res.cisco.com", "208.90.57.35", True), ("esa1.cres.iphmx.com", "68.232.140.79", False),
    ("esa2.cres.iphmx.com", "68.232.140.57", False), ("esa3.cres.iphmx.com", "68.232.135.234", False),
    ("esa4.cres.iphmx.com", "68.232.135.235", False)]
BARE = "res.cisco.com"  # .res.cisco.com does not cover it

CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 2
[dns]
resolver     = "{names}"
trust_anchor = "no_validation"  # the real hosts' zones are signed, and the test's name server has made them up
timeout      = "20s"
list_timeout = "3s"
[[certificate]]
name  = "mx1"
chain = "mx1.pem"
key   = "mx1.key"
[[listener]]
name        = "public"
address     = "127.0.0.2:0"
certificate = "mx1"
[metrics]
listen = "127.0.0.1:0"
[limits]
drain_timeout = "1s"
{more}"""

TELLING = """\
[[mail_flow_policy]]
name        = "TELL"
behavior    = "accept"
banner_text = "$Group by $HATEntry"
[[mail_flow_policy]]
name        = "DENY"
behavior    = "reject"
reject_text = "$Group by $HATEntry"
"""


def group(name, policy, *senders):
    return (f"[[sender_group]]\nname = \"{name}\"\nlistener = \"public\"\npolicy = \"{policy}\"\n"
            f"senders = {json.dumps(senders)}\n")


class Gateway:
    def __init__(self, folder, names="127.0.0.1:1", more=""):
        self.folder, self.config = folder, folder / "sealpost.toml"
        Authority(folder / "authority").issue(folder, "mx1", "mx1.acme.test")
        self.config.write_text(CONFIG.format(names=names, more=more))

    def command(self, *arguments, **options):
        return sealpost("--config", self.config, *arguments, **options)

    def submit(self, policy):
        commit_policy(self.config, policy + "[[recipient]]\naddress = \"acme.test\"\n")

    def check(self, ip, *more):
        return json.loads(self.command("--format", "json", "hat", "check", "--listener", "public", "--ip", ip, *more))

    def trace(self, ip, *more, expect=0):
        return json.loads(self.command("--format", "json", "trace", "--listener", "public", "--ip", ip, "--helo", "keys.test", "--mail-from",
                                       "x@keys.test", "--rcpt-to", "alice@acme.test", *more, expect=expect, stdin=""))

    def start(self, start):
        self.node = start(Node(self.config))

    def greet(self, client):
        """The code and text of the greeting that a client at this address hears."""
        with smtplib.SMTP(timeout=60, source_address=(client, 0), local_hostname="client.test") as smtp:
            code, text = smtp.connect(*self.node.addresses["public"])
            return code, text.decode()

    def begin_mail(self, client):
        """The code of the greeting, or of MAIL behind it."""
        with smtplib.SMTP(timeout=60, source_address=(client, 0), local_hostname="client.test") as smtp:
            code, _ = smtp.connect(*self.node.addresses["public"])
            return code if code != 220 else smtp.docmd("EHLO client.test") and smtp.docmd("MAIL FROM:<x@keys.test>")[0]

    def metric(self, name):
        host, port = self.node.addresses["metrics"]
        text = urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=30).read().decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))

    def events(self, name):
        return read_events(self.folder / "stderr.log", name)

    def reload(self, event):
        """Asks for it and waits until the node has said so."""
        known = len(self.events(event))
        self.node.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(self.events(event)) > known, (self.folder / "stderr.log").read_text)


def commit_preset(gateway):
    gateway.command("policy", "preset", "cisco-res")
    gateway.command("policy", "commit", "-m", "secure replies")


def test_hat_check_meets_the_preset_with_every_host(tmp_path):
    gateway = Gateway(tmp_path)
    commit_preset(gateway)
    for name, ip, by_address in HOSTS:
        right = gateway.check(ip, "--host", name)
        assert right["sender_group"] == ("ALL" if name == BARE else "CRES"), name
        if name != BARE:
            assert right["matched_by"] == "suffix", name
            assert right["parameters"]["tls"] == {"value": "required", "from": "policy"}
        for failure in ("none", "mismatch", "temporary"):
            verdict = gateway.check(ip, "--host-failure", failure)
            expected = ("CRES", "address") if by_address else ("ALL", "all")
            assert (verdict["sender_group"], verdict["matched_by"]) == expected, (name, failure)
            assert verdict["undecided"] == (failure == "temporary" and not by_address), (name, failure)
            if verdict["undecided"]:
                assert verdict["undecided_group"] == "CRES"
    forged = gateway.check("198.51.100.9", "--host-failure", "mismatch")
    assert (forged["sender_group"], forged["undecided"]) == ("ALL", False)


def test_hat_check_says_which_condition_matched(tmp_path):
    gateway = Gateway(tmp_path)
    gateway.submit(TELLING + group("LISTED", "DENY", "dnslist[bl.test]") + group("FRENCH", "TELL", "country[fr]") +
                   group("BAD", "DENY", "SBRS[-10:-3]") + group("NEW", "TELL", "SBRS[none]"))

    def matched(*more):
        verdict = gateway.check("192.0.2.1", *more)
        return verdict["sender_group"], verdict["matched"], verdict["matched_by"]

    assert matched() == ("NEW", "SBRS[none]", "reputation")
    assert matched("--reputation", "-3") == ("BAD", "SBRS[-10:-3]", "reputation")
    assert matched("--reputation", "4.5") == ("ALL", "ALL", "all")
    assert matched("--country", "FR", "--reputation", "-9") == ("FRENCH", "country[fr]", "country")
    assert matched("--country", "FR", "--listed", "other.test", "--listed", "BL.test") == ("LISTED", "dnslist[bl.test]", "dns_list")
    for wrong in (("--country", "FRA"), ("--reputation", "11"), ("--listed", "not a zone")):
        gateway.command("hat", "check", "--listener", "public", "--ip", "192.0.2.1", *wrong, expect=2)


def test_submit_warns_of_senders_that_nobody_can_answer(tmp_path):
    gateway = Gateway(tmp_path, more="[country]\nsource = \"dns:cc.test\"\n")
    policy = tmp_path / "policy.toml"
    policy.write_text(group("G", "ACCEPTED", "country[FR]", "dnslist[bl.test]", "SBRS[-10:-3]") + '[[recipient]]\naddress = "acme.test"\n')
    answer = json.loads(gateway.command("--format", "json", "policy", "submit", policy))
    assert answer["result"] == "staged"
    for warnings in (answer["warnings"], json.loads(gateway.command("--format", "json", "policy", "warnings"))["warnings"]):
        assert [warning["key"] for warning in warnings] == ["sender_group.senders"], warnings
        assert "[reputation]" in warnings[0]["what"]


def test_a_policy_that_takes_mail_for_nobody_is_warned_of_and_a_file_with_nothing_in_it_refused(tmp_path):
    gateway = Gateway(tmp_path)
    policy = tmp_path / "policy.toml"
    policy.write_text("")
    answer = json.loads(gateway.command("--format", "json", "policy", "submit", policy, expect=2))
    assert answer["result"] == "refused" and answer["problems"][0]["what"] == "there is nothing in it", answer
    policy.write_text("# nobody\n")
    said = [json.loads(gateway.command("--format", "json", "policy", "submit", "--no-dns", policy))["warnings"]]
    said.append(json.loads(gateway.command("--format", "json", "policy", "warnings", "--no-dns"))["warnings"])
    for warnings in said:
        assert [each["key"] for each in warnings] == ["recipient"] and "(public)" in warnings[0]["what"], warnings


def make_service_zones():
    """The service's names with loopback addresses: 127.1.0.N is right, 127.3.0.N forged, 127.4.0.N fails for the moment."""
    zones = {"res.cisco.com": [], "cres.iphmx.com": [], "127.in-addr.arpa": []}
    for number, (name, _, _) in enumerate(HOSTS, 1):
        zone = next(zone for zone in zones if name.endswith(zone))
        zones[zone].append(f"{name}. A 127.1.0.{number}")
        zones["127.in-addr.arpa"] += [f"{number}.0.1 PTR {name}.", f"{number}.0.3 PTR {name}."]
    return zones


def test_every_host_connects_and_meets_the_policy_of_its_verified_name(tmp_path, start):
    names = start(Names(tmp_path / "names", make_service_zones(), failing=("4.127.in-addr.arpa",)))
    gateway = Gateway(tmp_path, names.endpoint)
    commit_preset(gateway)
    gateway.start(start)
    numbers = range(1, len(HOSTS) + 1)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        right, missing, forged, failing = (
            list(pool.map(gateway.begin_mail, [f"127.{net}.0.{number}" for number in numbers])) for net in (1, 2, 3, 4))
    # 530: TLS comes first. The bare name meets no sender of the preset.
    assert right == [250 if name == BARE else 530 for name, _, _ in HOSTS]
    assert missing == [250] * len(HOSTS)
    assert forged == [250] * len(HOSTS)
    assert failing == [421] * len(HOSTS)
    states = {event["ip"]: (event["host_state"], event["sender_group"]) for event in gateway.events("gateway.connection")}
    for number, (name, _, _) in enumerate(HOSTS, 1):
        assert states[f"127.1.0.{number}"] == ("verified", "ALL" if name == BARE else "CRES")
        assert states[f"127.2.0.{number}"] == ("none", "ALL")
        assert states[f"127.3.0.{number}"] == ("mismatch", "ALL")
        assert states[f"127.4.0.{number}"] == ("temporary", "ALL")
    assert gateway.metric("sealpost_undecided_connections_total") == len(HOSTS)
    assert {event["could_match"] for event in gateway.events("gateway.undecided")} == {"CRES"}


def test_lists_countries_and_scores_come_from_zones(tmp_path, start):
    names = start(Names(tmp_path / "names", {
        "bl.test": ["10.0.5.127 A 127.0.0.2", "11.0.5.127 A 127.255.255.254", "20.0.5.127 A 127.0.0.2"],
        "cc.test": ["12.0.5.127 TXT \"fr\"", "10.0.5.127 TXT \"FR\"", "13.0.5.127 TXT \"nowhere\""],
        "score.test": ["14.0.5.127 TXT \"-4.2\"", "15.0.5.127 TXT \"7\""],
        "127.in-addr.arpa": []}, failing=("down.test",)))
    gateway = Gateway(tmp_path, names.endpoint, "[country]\nsource = \"dns:cc.test\"\n[reputation]\nsource = \"dns:score.test\"\n")
    gateway.submit(TELLING + group("OURS", "TELL", "127.5.0.20") + group("LISTED", "DENY", "dnslist[bl.test]", "dnslist[down.test]") +
                   group("FRENCH", "TELL", "country[FR]") + group("BAD", "DENY", "SBRS[-10:-3]") +
                   group("NEW", "TELL", "SBRS[none]") + group("REST", "TELL", "ALL"))
    gateway.start(start)

    def heard(last):
        code, text = gateway.greet(f"127.5.0.{last}")
        return code, text.split("mx1.acme.test ")[-1].removeprefix("5.7.1 ")

    assert heard(10) == (554, "LISTED by dnslist[bl.test]")
    assert heard(11) == (220, "NEW by SBRS[none]")  # the list refuses to answer
    assert heard(12) == (220, "FRENCH by country[FR]")
    assert heard(13) == (220, "NEW by SBRS[none]")
    assert heard(14) == (554, "BAD by SBRS[-10:-3]")
    assert heard(15) == (220, "REST by ALL")
    asked = gateway.metric("sealpost_host_questions_total{question=\"dnslist\"")
    assert asked == 12
    assert heard(20) == (220, "OURS by 127.5.0.20")  # an earlier address: nobody is asked
    assert gateway.metric("sealpost_host_questions_total{question=\"dnslist\"") == asked
    assert gateway.metric("sealpost_host_questions_total{question=\"dnslist\",result=\"failed\"}") == 6
    assert gateway.metric("sealpost_host_questions_total{question=\"dnslist\",result=\"senseless\"}") == 1
    assert gateway.metric("sealpost_host_questions_total{question=\"country\",result=\"senseless\"}") == 1
    assert {event["zone"] for event in gateway.events("hostfacts.not_known")} == {"bl.test", "down.test", "cc.test"}


def told_by(report):
    """Of each question about the host: what came of it, and as what it counts."""
    return {step["title"]: (step["result"], next(fact["value"] for fact in step["facts"] if fact["name"] == "counts_as"))
            for step in report["steps"] if step["stage"] == "host_facts"}


def met_in(report):
    """The group and its entry, as the banner of TELLING names them."""
    facts = facts_of(report, "host_access_table")
    return facts["sender_group"].split()[0] + " by " + facts["matched"]


def test_trace_asks_what_the_gateway_asks_and_takes_what_is_given(tmp_path, start):
    names = start(Names(tmp_path / "names", {
        "bl.test": ["10.0.5.127 A 127.0.0.2", "11.0.5.127 A 127.255.255.254"], "cc.test": ["10.0.5.127 TXT \"FR\"", "12.0.5.127 TXT \"fr\""],
        "score.test": ["14.0.5.127 TXT \"-4.2\""], "keys.test": [], "127.in-addr.arpa": []}, failing=("down.test",)))
    gateway = Gateway(tmp_path, names.endpoint, "[country]\nsource = \"dns:cc.test\"\n[reputation]\nsource = \"dns:score.test\"\n")
    gateway.submit(TELLING + group("LISTED", "DENY", "dnslist[bl.test]", "dnslist[down.test]") + group("FRENCH", "TELL", "country[FR]") +
                   group("BAD", "DENY", "SBRS[-10:-3]") + group("NEW", "TELL", "SBRS[none]"))
    gateway.start(start)
    for last in (10, 11, 12, 14):
        code, text = gateway.greet(f"127.5.0.{last}")
        report = gateway.trace(f"127.5.0.{last}", expect=1 if code == 554 else 0)
        assert met_in(report) == text.split("mx1.acme.test ")[-1].removeprefix("5.7.1 "), last
        assert told_by(report)["DNS list down.test"] == ("undecided", "not listed")
    assert told_by(gateway.trace("127.5.0.14", expect=1))["Reputation"] == ("ok", "-4.2")
    assert told_by(gateway.trace("127.5.0.11"))["DNS list bl.test"] == ("undecided", "not listed")
    given = gateway.trace("127.5.0.10", "--not-listed", "bl.test")
    assert met_in(given) == "FRENCH by country[FR]" and told_by(given)["DNS list bl.test"] == ("ok", "not listed")
    assert met_in(gateway.trace("127.5.0.10", "--not-listed", "BL.test", "--country", "none")) == "NEW by SBRS[none]"
    assert met_in(gateway.trace("127.5.0.12", "--listed", "down.test", expect=1)) == "LISTED by dnslist[down.test]"
    assert met_in(gateway.trace("127.5.0.14", "--reputation", "none")) == "NEW by SBRS[none]"
    assert set(told_by(gateway.trace("127.5.0.10", "--no-dns")).values()) == {("skipped", "not listed"), ("skipped", "not known"), ("skipped", "none")}
    gateway.command("trace", "--listener", "public", "--ip", "127.5.0.1", "--mail-from", "", "--rcpt-to", "alice@acme.test", "--listed", "bl.test",
                    "--not-listed", "bl.test", expect=2, stdin="")


def test_without_a_resolver_trace_and_the_gateway_are_undecided_alike(tmp_path, start):
    gateway = Gateway(tmp_path)  # nobody answers at that port
    gateway.submit(TELLING + group("LISTED", "DENY", "dnslist[bl.test]") + group("KEYS", "TELL", ".keys.test") + group("REST", "TELL", "ALL"))
    gateway.start(start)
    assert gateway.greet("127.5.0.1")[0] == 421
    report = gateway.trace("127.5.0.1", expect=3)
    assert report["recipients"][0]["reply"].startswith("421 4.4.3") and met_in(report) == "REST by ALL"
    assert told_by(report) == {"DNS list bl.test": ("undecided", "not listed")}


def test_trace_reads_a_file_of_countries_without_dns(tmp_path):
    (tmp_path / "countries.csv").write_text("192.0.2.0/24,FR\n")
    gateway = Gateway(tmp_path, more="[country]\nsource = \"file:countries.csv\"\n")
    gateway.submit(TELLING + group("FRENCH", "DENY", "country[FR]"))
    report = gateway.trace("192.0.2.1", "--no-dns", expect=1)
    assert met_in(report) == "FRENCH by country[FR]" and told_by(report) == {"Country": ("ok", "FR")}
    (tmp_path / "countries.csv").write_text("192.0.2.0/33,FR\n")
    gateway.command("trace", "--no-dns", "--listener", "public", "--ip", "192.0.2.1", "--mail-from", "", "--rcpt-to", "alice@acme.test", expect=2, stdin="")
    assert met_in(gateway.trace("192.0.2.1", "--no-dns", "--country", "DE")) == "ALL by ALL"


def test_files_are_read_again_without_dropping_anything(tmp_path, start):
    names = start(Names(tmp_path / "names", {"127.in-addr.arpa": []}))
    countries = tmp_path / "countries.csv"
    countries.write_text("127.0.0.0/8,DE\n127.5.0.0/16,FR\n")
    gateway = Gateway(tmp_path, names.endpoint, "[country]\nsource = \"file:countries.csv\"\n")
    gateway.submit(TELLING + group("FRENCH", "TELL", "country[FR]") + group("GERMAN", "TELL", "country[DE]") +
                   group("BAD", "DENY", "SBRS[-10:-3]") + group("REST", "TELL", "ALL"))
    gateway.start(start)
    assert "FRENCH by" in gateway.greet("127.5.0.1")[1]
    assert "GERMAN by" in gateway.greet("127.6.0.1")[1]
    missing = gateway.events("policy.source_missing")  # nobody tells scores
    assert len(missing) == 1 and "SBRS" in missing[0]["problem"]
    with smtplib.SMTP(timeout=60, source_address=("127.5.0.2", 0), local_hostname="client.test") as open_since:
        open_since.connect(*gateway.node.addresses["public"])
        open_since.ehlo()
        countries.write_text("127.6.0.0/16,FR\n")
        gateway.reload("node.reloaded")
        assert "REST by" in gateway.greet("127.5.0.1")[1]
        assert "FRENCH by" in gateway.greet("127.6.0.1")[1]
        countries.write_text("127.5.0.0/16,FR\n127.6.0.0/33,FR\n")
        gateway.reload("node.reload_refused")
        assert "countries.csv: line 2" in gateway.events("node.reload_refused")[0]["problem"]
        assert "FRENCH by" in gateway.greet("127.6.0.1")[1]
        assert open_since.noop()[0] == 250
        assert open_since.mail("x@partner.test")[0] == 250
    assert len(gateway.events("hostfacts.loaded")) == 2


def test_a_node_does_not_start_with_a_bad_file(tmp_path):
    (tmp_path / "scores.csv").write_text("192.0.2.0/24,-3\n192.0.2.0/24,eleven\n")
    gateway = Gateway(tmp_path, more="[reputation]\nsource = \"file:scores.csv\"\n")
    done = run_sealpost("--config", gateway.config, "serve")
    assert done.returncode != 0
    assert "scores.csv: line 2" in done.stderr


@pytest.mark.parametrize("switch, code", [("true", 421), ("false", 220)])
def test_the_switch_of_the_listener_lets_the_address_decide(tmp_path, start, switch, code):
    names = start(Names(tmp_path / "names", {"acme.test": []}, failing=("127.in-addr.arpa",)))
    gateway = Gateway(tmp_path, names.endpoint)
    gateway.submit(TELLING + group("KEYS", "TELL", ".keys.test") + group("REST", "TELL", "ALL") +
                   f"[[listener_defaults]]\nlistener = \"public\"\ndefer_undecided = {switch}\n")
    gateway.start(start)
    assert gateway.greet("127.5.0.1")[0] == code
    assert gateway.metric("sealpost_undecided_connections_total") == (1 if code == 421 else 0)

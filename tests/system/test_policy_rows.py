"""Single rows of the policy changed by commands, as a script would."""
import json

import pytest

from world.command import run_sealpost, sealpost, write_gateway_config
from world.node import Node
from world.waiting import wait_until


class Policy:
    """The policy of a configuration by its commands; --no-dns, as no resolver is there."""

    def __init__(self, folder):
        self.config = write_gateway_config(folder)

    def stage(self, *words, expect=0, group="policy"):
        """What a command that stages answers."""
        return self.ask(*words, "--no-dns", expect=expect, group=group)

    def ask(self, *words, expect=0, group="policy"):
        return json.loads(sealpost("--config", self.config, "--format", "json", group, *words, expect=expect))

    def run(self, *words, expect=0):
        return sealpost("--config", self.config, "policy", *words, expect=expect)

    def errors(self, *words):
        """The exit status, and what stands on standard error."""
        done = run_sealpost("--config", self.config, *words)
        return done.returncode, done.stderr

    def staged(self):
        return self.run("export", "--pending")


@pytest.fixture
def policy(tmp_path):
    return Policy(tmp_path)


def test_rows_are_added_changed_moved_and_removed_one_by_one_and_the_rest_stays(policy):
    before = policy.run("export")
    without_places = lambda text: [line for line in text.splitlines() if line and not line.startswith("order = ")]
    policy.stage("add", "recipient", "address=acme.test")
    policy.stage("add", "mail_flow_policy", "name=TLS_ONLY", "tls=required", "max_message_size=20M", "dkim_sign=false")
    added = policy.stage("add", "sender_group", "name=CRES", "listener=public", "order=1", "policy=TLS_ONLY", "comment=secure = replies",
                         'senders=[".res.cisco.com", "res.cisco.com"]')
    assert added["result"] == "staged" and added["edition"] == policy.ask("diff")["edition"], added
    shown = policy.run("diff")
    for line in ('address = "acme.test"', 'tls = "required"', 'max_message_size = "20M"', "dkim_sign = false", 'name = "CRES"', 'comment = "secure = replies"'):
        assert f"+{line}\n" in shown, shown
    assert before == policy.run("export")  # nothing is live
    policy.run("commit", "-m", "rows")

    policy.stage("change", "mail_flow_policy", "TLS_ONLY", "name=STRICT", "max_recipients_per_hour=9", "--without", "dkim_sign")
    policy.stage("move", "sender_group", "CRES", "--to", "3")
    policy.stage("change", "recipient", "ACME.test", 'address=["acme.test", "example.org"]')
    policy.stage("add", "recipient", "address=old.acme.test", "action=reject", "--before", "example.org")
    staged = policy.staged()
    assert "dkim_sign" not in staged and "TLS_ONLY" not in staged and 'name = "STRICT"\n' in staged
    assert '\nname = "CRES"\nlistener = "public"\norder = 3\npolicy = "STRICT"\n' in staged  # what names the row follows it
    assert 0 < staged.index('"old.acme.test"') < staged.index('["acme.test", "example.org"]')
    policy.stage("remove", "sender_group", "public/CRES")
    policy.stage("remove", "recipient", "1")
    assert "CRES" not in policy.staged() and "old.acme.test" not in policy.staged()
    policy.stage("remove", "recipient", "acme.test")
    policy.stage("remove", "mail_flow_policy", "STRICT")
    assert without_places(policy.staged()) == without_places(before)  # the groups keep the places that they made room by


def test_what_is_wrong_with_a_row_is_told_and_nothing_is_staged(policy):
    for words, status, said in (
            (("add", "recipients", "address=acme.test"), 2, "TABLE"),
            (("add", "recipient", "adress=acme.test"), 2, "did you mean address?"),
            (("add", "recipient", "acme.test"), 2, "KEY=VALUE"),
            (("add", "recipient", "action=reject"), 2, "address"),
            (("add", "recipient", "address=a b"), 2, "recipient.address"),
            (("add", "recipient", "address=acme.test", "bypass_limits=maybe"), 2, "true or false"),
            (("add", "mail_flow_policy", "name=P", "tls=maybe"), 2, "mail_flow_policy.tls"),
            (("add", "mail_flow_policy", "name=ACCEPTED"), 2, "mail_flow_policy"),
            (("change", "mail_flow_policy", "ACCEPTED"), 2, "nothing to change"),
            (("change", "mail_flow_policy", "ACEPTED", "tls=off"), 1, "did you mean ACCEPTED?"),
            (("change", "sender_group", "public/BLOCKED_LITS", "comment=x"), 1, "did you mean public/BLOCKED_LIST?"),
            (("change", "encryption_profile", "default", "name=strict", "assurance=strong"), 2, "predefined and not written"),
            (("remove", "encryption_profile", "default"), 1, "predefined and not written"),
            (("move", "encryption_profile", "default", "--to", "1"), 1, "predefined and not written"),
            (("add", "encryption_profile", "name=strict", "--before", "default"), 1, "predefined and not written"),
            (("remove", "recipient", "acme.test"), 1, "there is no recipient"),
            (("move", "exception", "1", "--to", "2"), 1, "there is no exception"),
            (("move", "sender_group", "BLOCKED_LIST", "--to", "0"), 2, "--to")):
        code, errors = policy.errors("policy", *words, "--no-dns")
        assert code == status and said in errors, (words, code, errors)
    assert policy.ask("status")["pending"] is None
    refused = policy.stage("add", "mail_flow_policy", "name=P", "tls=maybe", expect=2)
    assert refused["result"] == "refused" and [each["key"] for each in refused["problems"]] == ["mail_flow_policy.tls"], refused
    assert policy.stage("remove", "recipient", "acme.test", expect=1)["outcome"] == "no"
    assert policy.stage("change", "mail_flow_policy", "ACCEPTED", "behavior=accept")["result"] == "unchanged"


def test_the_edition_is_told_also_where_there_was_nothing_to_do(policy):
    for words in (("change", "mail_flow_policy", "ACCEPTED", "behavior=accept"), ("add", "recipient", "address=acme.test"),
                  ("change", "recipient", "acme.test", "address=acme.test")):
        said = policy.run(*words, "--no-dns")
        assert f"edition {policy.ask('status')['edition']}" in said, (words, said)
    assert said.startswith("nothing to do: edition 1.") and said.endswith(" is what is staged already\n"), said


def test_a_group_is_put_in_front_of_one_of_its_own_listener(policy):
    policy.config.write_text(policy.config.read_text() + '[[listener]]\nname = "private"\nkind = "private"\naddress = "127.0.0.1:0"\n')
    group = lambda name, listener, *more: ("add", "sender_group", f"name={name}", f"listener={listener}", "policy=BLOCKED", *more)
    for words, status, said in (
            (group("PARTNERS", "public", "--before", "RELAYLIST"), 1, "public/RELAYLIST"),  # which private alone has
            (group("PARTNERS", "public", "--before", "private/RELAYLIST"), 2, "another listener"),
            (group("PARTNERS", "public", "order=1", "--before", "BLOCKED_LIST"), 2, "sender_group.order")):
        code, errors = policy.errors("policy", *words, "--no-dns")
        assert code == status and said in errors, (words, code, errors)
    assert policy.ask("status")["pending"] is None
    policy.stage(*group("BLOCKED_LIST", "private", "--before", "RELAYLIST"))
    policy.stage(*group("PARTNERS", "public", "--before", "BLOCKED_LIST"))  # both listeners have one now
    staged = policy.staged()
    assert '\nname = "BLOCKED_LIST"\nlistener = "private"\norder = 1\n' in staged, staged
    assert '\nname = "PARTNERS"\nlistener = "public"\norder = 2\n' in staged, staged


def test_a_predefined_profile_has_another_name_once_it_is_written(policy):
    policy.stage("change", "encryption_profile", "default", "assurance=strong")
    policy.stage("change", "encryption_profile", "default", "name=strict")
    staged = policy.staged()
    assert staged.count("[[encryption_profile]]") == 1 and '\nname = "strict"\nassurance = "strong"\n' in staged, staged


def test_an_edit_goes_on_from_what_others_staged_only_where_its_edition_is_named(policy):
    seen = policy.stage("add", "recipient", "address=acme.test", "--author", "ada")["edition"]
    assert policy.ask("status")["pending"]["author"] == "ada"
    late = policy.stage("add", "recipient", "address=example.org", "--author", "ben", expect=1)
    assert (late["result"], late["staged_by"], late["edition"]) == ("outdated", "ada", seen), late
    assert '+address = "acme.test"\n' in late["difference"] and "example.org" not in policy.staged()
    now = policy.stage("add", "recipient", "address=example.org", "--author", "ben", "--edition", seen)["edition"]
    assert policy.ask("status")["pending"]["author"] == "ben"
    assert 'address = "acme.test"' in policy.staged() and 'address = "example.org"' in policy.staged()
    for words in (("add", "recipient", "address=late.test"), ("remove", "recipient", "acme.test"), ("remove", "recipient", "absent.test"),
                  ("preset", "cisco-res")):
        refused = policy.stage(*words, "--edition", seen, expect=1)
        assert (refused["result"], refused["edition"], refused["staged_by"]) == ("outdated", now, "ben"), (words, refused)
    assert now in policy.run("remove", "recipient", "acme.test", "--edition", seen, "--no-dns", expect=1)
    assert policy.ask("status")["edition"] == now
    refused = policy.stage("preset", "cisco-res", "--author", "ada", expect=1)
    assert (refused["result"], refused["edition"], refused["staged_by"]) == ("outdated", now, "ben"), refused
    assert policy.ask("status")["edition"] == now
    assert policy.stage("preset", "cisco-res", "--edition", now)["result"] == "staged"
    policy.run("commit", "-m", "all")
    for more in ((), ("--dry-run",)):
        assert "edition 2.0 is there, not 1.0" in policy.ask("rollback", "1", "--edition", "1.0", *more, expect=1)["error"]
    assert policy.ask("rollback", "1", "--edition", "2.0")["version"] == 3
    assert policy.errors("policy", "rollback", "1", "--edition", "3")[0] == 2


def test_senders_are_added_to_a_group_and_taken_out_beside_a_node_that_runs(policy, start):
    node = start(Node(policy.config))
    hat = lambda *words, expect=0: policy.stage(*words, expect=expect, group="hat")
    meets = lambda ip: policy.ask("check", "--listener", "public", "--ip", ip, group="hat")["sender_group"]
    added = hat("add", "--listener", "public", "--group", "BLOCKED_LIST", "192.0.2.0/28", "192.0.2.77 (their relay)")
    assert added["result"] == "staged" and [each["result"] for each in added["senders"]] == ["ok", "ok"], added
    assert '"192.0.2.77 (their relay)"' in policy.run("diff") and meets("192.0.2.77") == "ALL"
    policy.run("commit", "-m", "block")
    assert meets("192.0.2.77") == "BLOCKED_LIST"
    wait_until(lambda: any(event["version"] == 2 for event in node.events("policy.active")))
    again = hat("add", "--group", "BLOCKED_LIST", "192.0.2.77")
    assert again["result"] == "unchanged" and again["senders"][0]["result"] == "duplicate", again
    assert hat("add", "--group", "BLOCKED_LIST", "not a sender", expect=2)["result"] == "refused"
    assert "no sender" in hat("add", "--group", "BLOCKED_LIST", "# nothing", expect=2)["error"]
    assert "there is no sender_group" in hat("add", "--group", "BLOKED", "192.0.2.1", expect=1)["error"]
    assert "192.0.2.1" in hat("remove", "--group", "BLOCKED_LIST", "192.0.2.1", expect=1)["error"]
    assert hat("remove", "--listener", "public", "--group", "BLOCKED_LIST", "192.0.2.77", "192.0.2.0/28")["result"] == "staged"
    policy.run("commit", "-m", "unblock")
    assert meets("192.0.2.77") == "ALL"


def test_a_predefined_policy_that_has_another_name_is_warned_of_before_the_commit(policy):
    staged = policy.stage("change", "mail_flow_policy", "ACCEPTED", "name=OURS", "tls=required")
    said = [each["what"] for each in staged["warnings"] if each["key"] == "mail_flow_policy.name"]
    assert said == ["ACCEPTED is written no more: hosts of public/ALL meet the predefined policy of that name"], staged
    assert said[0] in policy.run("warnings", "--no-dns")
    policy.run("commit", "-m", "ours")
    assert said[0] not in policy.run("warnings", "--no-dns")


def test_a_policy_that_has_another_name_is_not_warned_of_where_a_group_takes_every_host(policy):
    policy.stage("add", "sender_group", "name=ALL_OTHERS", "listener=public", "policy=ACCEPTED", "senders=ALL")
    policy.run("commit", "-m", "all")
    staged = policy.stage("change", "mail_flow_policy", "ACCEPTED", "name=OURS", "tls=required")
    assert staged["result"] == "staged", staged
    assert not [each for each in staged["warnings"] if each["key"] == "mail_flow_policy.name"], staged

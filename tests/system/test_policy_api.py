"""Administrators change the policy of a gateway over HTTPS, several at once and while mail flows."""
import json
import smtplib
import socket
import threading
import time

import pytest

from world.administered_gateway import CLIENT, AdministeredGateway, add_senders
from world.mail import make_mail


@pytest.fixture
def gateway(tmp_path, start):
    return AdministeredGateway(tmp_path, start)


def test_a_gateway_alone_lets_its_administrators_in_and_shows_them_their_area(gateway):
    mia = gateway.sign_in("mia")
    assert mia.session["areas"] == ["mail_policies", "node"]
    state = mia.get("state")
    assert state["version"] == 2 and state["pending"] is None
    assert [each["name"] for each in state["listeners"]] == ["public"]
    listed = json.loads(gateway.command("--format", "json", "admin", "list"))["administrators"]
    assert all(each.pop("id").startswith("administrator:") for each in listed)
    assert listed == [
        {"name": name, "account": None, "node": True, "enabled": True, "second_factor": False} for name in ("max", "mia")]
    assert mia.call("GET", "/")[0] == 303
    assert mia.call("POST", "/api/v1/policy/hat-check", {"listener": "x" * 70000})[0] == 413
    mia.csrf = "made up"
    assert mia.call("POST", "/api/v1/policy/discard", {"edition": "2.0"})[0] == 403


def test_the_administration_speaks_tls_only(gateway):
    with socket.create_connection(("127.0.0.1", gateway.admin_port), timeout=30) as plain:
        plain.sendall(b"GET /api/v1/admin/session HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"HTTP/1.1 200" not in plain.recv(4096)


def test_two_administrators_at_once_lose_nothing(gateway):
    """Each adds his senders one by one, from what he saw last, and goes on from what the other did when he is told."""
    refusals = {"mia": 0, "max": 0}

    def work(name, network):
        administrator = gateway.sign_in(name)
        for number in range(1, 21):
            edition = administrator.edition
            for _ in range(200):
                status, answer = administrator.call("POST", "/api/v1/policy/edit", {
                    "edition": edition, "changes": [add_senders("PARTNERS", f"{network}.{number}")]})
                if status == 200:
                    break
                assert (status, answer["type"]) == (409, "urn:sealpost:problem:outdated"), answer
                assert "+" in answer["difference"]
                refusals[name] += 1
                edition = answer["edition"]
            else:
                raise AssertionError("never got through")

    run_together(lambda: work("mia", "192.0.2"), lambda: work("max", "198.51.100"))
    mia = gateway.sign_in("mia")
    version = mia.commit("both of us")
    senders = mia.get("sender-groups/public/PARTNERS/senders?most=500&staged=false")
    assert {each["text"] for each in senders["senders"]} == {
        f"{network}.{number}" for network in ("192.0.2", "198.51.100") for number in range(1, 21)}
    assert version == 3
    seen = mia.edition
    mia.edit(add_senders("PARTNERS", "203.0.113.1"))
    status, answer = gateway.sign_in("max").call("POST", "/api/v1/policy/commit", {"edition": seen, "comment": "blind"})
    assert (status, answer["type"]) == (409, "urn:sealpost:problem:outdated"), refusals


def run_together(*works):
    failures = []

    def guarded(work):
        try:
            work()
        except BaseException as failure:  # told below, in the thread of the test
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    if failures:
        raise failures[0]


def test_commits_while_mail_flows_lose_nothing_and_drop_nobody(gateway):
    accepted, arrived, committed = [], threading.Event(), threading.Event()

    def send(sender):
        number = 0
        while not committed.is_set():
            with gateway.connect() as client:
                for _ in range(5):
                    number += 1
                    client.send_message(make_mail(f"{sender} {number}", to="alice@acme.test"))
                    accepted.append((sender, number))
                    arrived.set()

    def commit():
        try:
            mia = gateway.sign_in("mia")
            for number in range(1, 16):
                mia.edit(add_senders("BLOCKED_LIST", f"203.0.113.{number}"))
                mia.commit(f"commit {number}")
                arrived.clear()
                assert arrived.wait(60), "mail flows between two commits"
        finally:
            committed.set()

    run_together(lambda: send("one"), lambda: send("two"), commit)
    assert gateway.sign_in("mia").get("state")["version"] == 17
    assert len(accepted) >= 15
    assert gateway.count_queued() == len(accepted)


def test_an_open_connection_keeps_the_policy_that_it_began_with(gateway):
    mia = gateway.sign_in("mia")
    with gateway.connect() as open_before:
        open_before.ehlo()
        mia.edit(add_senders("BLOCKED_LIST", CLIENT))
        mia.commit("out with them")
        open_before.send_message(make_mail("still welcome", to="alice@acme.test"))
        with pytest.raises(smtplib.SMTPConnectError) as refused:
            gateway.connect()
        assert refused.value.smtp_code == 554
        open_before.send_message(make_mail("and still", to="alice@acme.test"))
    assert gateway.count_queued() == 2
    mia.post("rollback", edition=mia.edition, version=2)
    with gateway.connect() as after:
        after.send_message(make_mail("in again", to="alice@acme.test"))


def test_a_policy_in_use_is_renamed_together_with_what_names_it(gateway):
    mia = gateway.sign_in("mia")
    rename = {"do": "put", "section": "mail_flow_policy", "row": "BLOCKED", "values": {"name": "OUT", "behavior": "reject"}}
    assert mia.edit(rename)["result"] == "staged"
    groups = {row["id"]: row["values"] for row in mia.get("sections/sender_group?listener=public")["rows"]}
    assert (groups["public/BLOCKED_LIST"]["policy"], groups["public/PARTNERS"]["policy"]) == ("OUT", "ACCEPTED")
    differs = [line for line in mia.get("changes")["difference"].splitlines() if line.startswith(("+", "-")) and line[:3] not in ("+++", "---")]
    assert differs == ['-name     = "BLOCKED"', '+name     = "OUT"', '-policy   = "BLOCKED"', '+policy   = "OUT"']
    mia.edit(add_senders("BLOCKED_LIST", CLIENT))
    mia.commit("another name")
    verdict = mia.post("hat-check", listener="public", ip=CLIENT, staged=False)
    assert (verdict["sender_group"], verdict["policy"]) == ("BLOCKED_LIST", "OUT")


def test_a_hundred_thousand_senders_are_read_in_bounded_pieces(gateway):
    mia = gateway.sign_in("mia")
    senders = [f"10.{n // 62500}.{n // 250 % 250}.{n % 250}" for n in range(100000)]
    took = {}

    def timed(name, call):
        begun = time.monotonic()
        answer = call()
        took[name] = (round(time.monotonic() - begun, 2), mia.size)
        return answer

    checked = timed("check", lambda: mia.post("check-senders", row="public/PARTNERS", text="\n".join(senders)))
    assert checked["sender_counts"] == {"ok": 100000, "duplicate": 0, "refused": 0}
    staged = timed("edit", lambda: mia.edit(add_senders("PARTNERS", *senders)))
    assert staged["sender_counts"]["ok"] == 100000 and len(staged["senders"]) == 1000
    rows = timed("section", lambda: mia.get("sections/sender_group?listener=public"))
    partners = next(row for row in rows["rows"] if row["id"] == "public/PARTNERS")
    assert partners["sender_count"] == 100000 and len(partners["first_senders"]) == 5
    page = timed("page", lambda: mia.get("sender-groups/public/PARTNERS/senders?from=99501&most=500"))
    assert (len(page["senders"]), page["total"], page["next"]) == (500, 100000, None)
    found = timed("find", lambda: mia.get("find-senders?text=10.1.149.249&listener=public"))
    assert [each["sender"] for each in found["found"]] == ["10.1.149.249"]
    many = timed("find many", lambda: mia.get("find-senders?text=10."))
    assert (len(many["found"]), many["total"]) == (200, 100000)
    changes = timed("changes", lambda: mia.get("changes"))
    assert changes["changes"][0]["senders"]["added_count"] == 100000
    assert len(changes["changes"][0]["senders"]["added"]) == 20
    timed("state", lambda: mia.get("state"))
    timed("small edit", lambda: mia.edit(add_senders("PARTNERS", "192.0.2.7")))
    timed("commit", lambda: mia.commit("a hundred thousand"))
    verdict = timed("hat-check", lambda: mia.post("hat-check", listener="public", ip="10.1.149.249", staged=False))
    assert verdict["sender_group"] == "PARTNERS"
    assert {name: size for name, (_, size) in took.items() if size > 512 * 1024} == {}, took
    assert {name: seconds for name, (seconds, _) in took.items() if seconds > 15} == {}, took
    print(took)

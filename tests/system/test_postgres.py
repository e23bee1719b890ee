"""Nodes that store in a real PostgreSQL: one whose server dies under load, several that share a store and lose one another, and
the commands. The rooms' own tests run over PostgreSQL by tests/postgres/run.py."""
import contextlib
import json
import signal
import smtplib
import subprocess
import time
import types

from world.authority import Authority
from world.breaking_host import Sink
from world.command import SEALPOST
from world.mail_ledger import Clients, Ledger, Way, in_chunks, judge, judge_content, pipelined
from world.names import Names
from world.postgres import Postgres
from world.process import end
from world.relay import Relay
from world.setting import Setting
from world.waiting import wait_until

WAYS = (Way(), Way(), Way(in_chunks), Way(pipelined))
SILENT_SECONDS = 65  # until a node that says nothing is taken for gone


class Cluster:
    """Relays that share one store, the sink that all of their mail goes to, and who owes what."""

    def __init__(self, folder, start, *names):
        self.ledger = Ledger(1)
        self.postgres = start(Postgres())
        self.url = self.postgres.url("mail")
        self.sink = start(Sink("127.0.0.3", judge=judge, judge_content=judge_content))
        zone = start(Names(folder / "names", {"acme.test": []}))
        self.relays = {}
        for name in names:
            (folder / name).mkdir()
            self.relays[name] = start(Relay(folder / name, zone.endpoint, self.sink.address, more=f'[store]\nurl = "{self.url}"\n'))
        self.relays[names[0]].commit_policy()  # of all of them
        for relay in self.relays.values():
            relay.start()

    def waiting(self):
        return self.postgres.ask("select address from queue_recipient", "mail").splitlines()

    def note_death(self, paused):
        """What hosts have taken by now and the queue does not know of yet may come twice; and of a node that is only paused,
        what it has in its hands: it goes on with it when it wakes."""
        seen = -1
        while seen != (seen := len(self.sink.taken)):
            time.sleep(0.5)  # what was sent before arrives
        self.ledger.note_death(self.sink, self.waiting())
        name = (paused.data / "node-name").read_text().strip()
        for address in self.postgres.ask("select address from queue_recipient join queue_message on id = message "
                                         f"where owner = '{name}'", "mail").splitlines():
            self.ledger.in_flight[address] = self.ledger.in_flight.get(address, 0) + 1

    def wait_for_all(self, seconds=60):
        owed = self.ledger.owed()
        self.sink.wait(lambda: all(self.sink.by_recipient[address] for address in owed),
                       lambda: f"{[address for address in owed if not self.sink.by_recipient[address]][:20]} lost", seconds)

    def check(self):
        faults = self.ledger.find_faults(self.sink)
        assert not faults, f"{len(faults)} faults: {faults[:20]}"
        print(f"{len(self.ledger.messages)} messages tried, {len(self.ledger.answered)} answered with 250, "
              f"{self.ledger.duplicates(self.sink)} arrivals twice")


def listening(relay):
    return lambda: relay.addresses if relay.process else None


def test_a_gateway_keeps_its_promise_while_its_postgresql_dies_and_comes_back(tmp_path, start):
    cluster = Cluster(tmp_path, start, "mx1")
    relay = cluster.relays["mx1"]
    with Clients(cluster.ledger, listening(relay), WAYS) as clients:
        for how in (signal.SIGQUIT, signal.SIGINT, signal.SIGKILL):  # as after a loss of power, in order, and the process alone
            time.sleep(1.5)
            answered = len(cluster.ledger.answered)
            assert answered > 0
            cluster.postgres.stop(how)
            time.sleep(1)
            cluster.postgres.start()
            cluster.sink.wait(lambda: len(cluster.ledger.answered) > answered + 10, lambda: f"it does not come back: {relay.errors[-3000:]}", 60)
    cluster.wait_for_all()
    cluster.check()
    assert 451 in clients.refusals or 452 in clients.refusals, "no client met the store while it was away"
    assert relay.process.poll() is None
    relay.stop()
    assert not cluster.waiting()


def test_nodes_that_share_a_store_deliver_each_their_own_and_nothing_twice(tmp_path, start):
    cluster = Cluster(tmp_path, start, "mx1", "mx2")
    one, two = cluster.relays.values()
    with Clients(cluster.ledger, listening(one), WAYS), Clients(cluster.ledger, listening(two), WAYS):
        time.sleep(6)
    cluster.wait_for_all()
    cluster.check()
    assert cluster.ledger.duplicates(cluster.sink) == 0
    names = cluster.postgres.ask("select name from queue_owner order by name", "mail").splitlines()
    assert len(names) == 2 and len(set(names)) == 2 and all(name.startswith("mx1.acme.test-") for name in names)


def test_what_a_killed_and_a_paused_node_leave_behind_another_delivers(tmp_path, start):
    cluster = Cluster(tmp_path, start, "mx1", "mx2", "mx3")
    killed, paused, third = cluster.relays.values()
    with contextlib.ExitStack() as stack:
        for relay in (killed, paused):
            stack.enter_context(Clients(cluster.ledger, listening(relay), WAYS))
        cluster.sink.wait(lambda: len(cluster.ledger.answered) > 200, lambda: "hardly anything was taken", 60)
        killed.kill()
        paused.process.send_signal(signal.SIGSTOP)
        cluster.note_death(paused)
        died_at, left = time.monotonic(), len(cluster.waiting())
        with Clients(cluster.ledger, listening(third), WAYS):  # the third one goes on meanwhile
            time.sleep(3)
        assert left > 0, "nothing was left behind"
        cluster.sink.wait(lambda: not cluster.waiting(), lambda: f"{len(cluster.waiting())} still wait: {third.errors[-3000:]}", SILENT_SECONDS + 60)
        assert time.monotonic() - died_at > SILENT_SECONDS - 15, "they were taken for gone too early"
        assert third.errors.count("queue.taken_over") == 2
        # One comes back to life, finds nothing of its own, and delivers what it accepts from now on.
        paused.process.send_signal(signal.SIGCONT)
        answered = len(cluster.ledger.answered)
        cluster.sink.wait(lambda: len(cluster.ledger.answered) > answered + 20, lambda: f"it does not come back: {paused.errors[-3000:]}", 60)
    cluster.wait_for_all()
    cluster.check()
    assert not cluster.waiting()


def is_refused(address):
    try:
        with smtplib.SMTP(*address, timeout=30) as client:
            return client.mail("s1@acme.test")[0] >= 500
    except smtplib.SMTPConnectError as refusal:
        return refusal.smtp_code >= 500


def test_all_nodes_follow_what_a_command_changes(tmp_path, start):
    cluster = Cluster(tmp_path, start, "mx1", "mx2")
    one, two = cluster.relays.values()
    with smtplib.SMTP(*two.addresses["private"], timeout=30) as client:
        client.sendmail("s1@acme.test", ["ok-1-0@d1.test"], b"Subject: hello\r\n\r\nhello\r\n")
    cluster.sink.wait(lambda: cluster.sink.by_recipient["ok-1-0@d1.test"], lambda: "it does not arrive", 30)
    wait_until(lambda: not cluster.waiting())
    tracked = json.loads(one.command("--format", "json", "track", "--address", "ok-1-0@d1.test"))["messages"]
    assert len(tracked) == 1, "a command beside one node knows what another delivered"
    policy = one.folder / "policy.toml"
    policy.write_text(policy.read_text().replace('behavior = "relay"', 'behavior = "reject"'))
    one.command("policy", "submit", policy)
    one.command("policy", "commit", "-m", "closed")
    assert json.loads(two.command("--format", "json", "policy", "history"))["commits"][0]["comment"] == "closed"
    for relay in (one, two):
        wait_until(lambda: is_refused(relay.addresses["private"]))


def refusal(relay, *words, expect=2):
    done = subprocess.run([SEALPOST, "--config", relay.config, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == expect, done
    return done.stderr


def test_commands_say_what_is_wrong_with_the_store(tmp_path, start):
    postgres = start(Postgres())
    zone = start(Names(tmp_path / "names", {"acme.test": []}))
    relay = Relay(tmp_path, zone.endpoint, ("127.0.0.3", 25), more=f'[store]\nurl = "{postgres.url("there")}"\n')
    config = relay.config.read_text()
    assert refusal(relay, "config", "check", expect=0) == ""
    assert "pg_dump" in refusal(relay, "backup", tmp_path / "copy")
    relay.config.write_text(config.replace("/there?", "/missing?"))
    for words, status in ((("queue", "list"), 3), (("config", "check"), 3), (("serve",), 3)):
        assert "missing" in refusal(relay, *words, expect=status), words
    relay.config.write_text(config.replace("user=sealpost", "user=sealpost&password=geheim"))
    relay.config.chmod(0o644)
    said = refusal(relay, "config", "check", expect=0)
    assert "password" in said and "geheim" not in said
    relay.config.write_text(config.replace("postgresql:///there", "postgresql://sealpost:geheim@localhost:1/there").replace("host=", "options="))
    for words in (("queue", "list"), ("config", "check"), ("serve",)):  # nobody is there: that may pass
        said = refusal(relay, *words, expect=3)
        assert "localhost" in said and "geheim" not in said
    relay.config.write_text(config.replace("postgresql:///there", "postgresql://a:geheim%zz@localhost/there"))
    for words in (("queue", "list"), ("config", "check")):
        said = refusal(relay, *words)
        assert "postgresql://USER@HOST/DATABASE" in said and "geheim" not in said
    relay.config.write_text(config.replace("postgresql:///there", "postgresql://192.0.2.1/there").replace("host=", "sslmode=require&connect_timeout=1&options="))
    assert "does not prove who the server" in refusal(relay, "config", "check", expect=3)


def test_a_key_is_not_retired_while_another_service_on_the_store_may_wrap_with_it(tmp_path, start):
    setting = Setting(tmp_path, start, postgres=start(Postgres()))
    running = setting.start_service()
    config = setting.service_config.with_name("other.toml")
    config.write_text(setting.service_config.read_text().replace('data_dir = "data"', 'data_dir = "other"'))
    other = types.SimpleNamespace(config=config)
    assert "runs on the same store; stop it first" in refusal(other, "kek", "rotate", "--retire", expect=3)
    end(running.process)
    assert refusal(other, "kek", "rotate", "--retire", expect=0) == ""


def test_the_way_to_the_store_is_proven_by_a_certificate(tmp_path, start):
    ours, strangers = Authority(tmp_path / "ours"), Authority(tmp_path / "strangers")
    ours.issue(tmp_path, "db", "localhost")
    postgres = start(Postgres(certificate=(tmp_path / "db.pem", tmp_path / "db.key")))
    zone = start(Names(tmp_path / "names", {"acme.test": []}))
    sink = start(Sink("127.0.0.3"))
    url = postgres.tls_url("mail", ours.root)
    relay = start(Relay(tmp_path, zone.endpoint, sink.address, more=f'[store]\nurl = "{url}"\n'))
    relay.commit_policy()
    relay.start()
    used = postgres.ask("select distinct ssl from pg_stat_ssl join pg_stat_activity using (pid) where client_addr is not null")
    assert used == "t"
    with smtplib.SMTP(*relay.addresses["private"], timeout=30) as client:
        client.sendmail("alice@acme.test", ["bob@d1.test"], b"Subject: hello\r\n\r\nhello\r\n")
    sink.wait(lambda: sink.by_recipient["bob@d1.test"], lambda: "it does not arrive", 30)
    config = relay.config.read_text()
    relay.config.write_text(config.replace(str(ours.root), str(strangers.root)))
    assert "certificate verify failed" in refusal(relay, "queue", "list", expect=3)
    relay.config.write_text(config.replace("@localhost", "@127.0.0.1"))
    assert "does not match" in refusal(relay, "queue", "list", expect=3)

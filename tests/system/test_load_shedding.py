"""A node that is asked for more than it can bear: what it refuses and how, that mail leaves all the while, that it recovers
by itself, and that nobody takes everything from the others (doc/spec/load-shedding.md)."""
import contextlib
import http.client
import json
import os
import pathlib
import smtplib
import socket
import ssl
import subprocess
import threading
import time

import pytest

from world.authority import Authority
from world.command import commit_policy, sealpost
from world.flooder import Flooder
from world.gated_sink import GatedSink
from world.names import Names, reverse_zone
from world.node import Node
from world.ports import free_port

INSIDE, GOOD, HANGING = "127.0.0.2", "127.0.0.4", "127.0.0.5"
FLOODER, NEIGHBOUR = "127.0.0.9", "127.0.0.8"
LONG_TEXT = ("x" * 78 + "\r\n") * 3750  # 300,000 octets
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]

CONFIG = """\
[node]
hostname = "mx1.acme.test"
data_dir = "{data}"
roles    = ["gateway"]
workers  = 2
[dns]
resolver = "{names}"
[[listener]]
name    = "inside"
kind    = "private"
address = "127.0.0.2:0"
max_connections = 40
[delivery]
first_retry     = "1s"
longest_retry   = "1s"
max_connections = 40
[metrics]
listen = "127.0.0.1:0"
[limits]
drain_timeout = "1s"
{limits}
{more}
"""

POLICY = """\
[[listener_defaults]]
max_message_size            = "100M"
max_messages_per_connection = 1000
max_connections_per_host    = 1000
[[mail_flow_policy]]
name     = "RELAYED"
behavior = "relay"
[[sender_group]]
name     = "ALL_OF_US"
listener = "inside"
policy   = "RELAYED"
senders  = ["ALL"]
{routes}
"""

SECOND_LISTENER = """
[[certificate]]
name  = "mx1"
chain = "mx1.pem"
key   = "mx1.key"
[[listener]]
name        = "second"
kind        = "private"
address     = "127.0.0.2:0"
certificate = "mx1"
"""

SECOND_GROUP = """
[[sender_group]]
name     = "ALL_OF_THE_SECOND"
listener = "second"
policy   = "RELAYED"
senders  = ["ALL"]
"""


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    zones = {"acme.test": [], **reverse_zone({FLOODER: "flooder.acme.test"})}
    with Names(tmp_path_factory.mktemp("names"), zones) as serving:
        yield serving


@pytest.fixture
def make_node(tmp_path, start, names):
    """routes: {domain: "address:port"}; limits: lines of [limits]; rules: more of the policy; has_second: a second listener, with TLS."""
    def make(routes, limits="", data="data", has_second=False, rules=""):
        if has_second:
            Authority(tmp_path / "authority").issue(tmp_path, "mx1", "mx1.acme.test")
        more = SECOND_LISTENER if has_second else ""
        (tmp_path / "sealpost.toml").write_text(CONFIG.format(data=data, names=names.endpoint, limits=limits, more=more))
        lines = (SECOND_GROUP if has_second else "") + "".join(f'[[route]]\ndomain = "{domain}"\nhosts  = ["{host}"]\n' for domain, host in routes.items())
        commit_policy(tmp_path / "sealpost.toml", POLICY.format(routes=lines + rules))
        return start(Node(tmp_path / "sealpost.toml"))
    return make


def talk_to(node, start=None, source=None, listener="inside"):
    host, port = node.addresses[listener]
    client = smtplib.SMTP(host, port, local_hostname="client.acme.test", timeout=30,
                          source_address=(source, 0) if source else None)
    if start:
        start(contextlib.closing(client))
    client.ehlo()
    return client


def send(client, to, sender="alice@acme.test", text="x"):
    """The last reply of the transaction."""
    for code, reply in (client.docmd(f"MAIL FROM:<{sender}>"), client.docmd(f"RCPT TO:<{to}>")):
        if code != 250:
            client.docmd("RSET")
            return code, reply.decode()
    code, reply = client.data(f"From: {sender}\r\nTo: {to}\r\nSubject: x\r\n\r\n{text}\r\n")
    return code, reply.decode()


def begin_data(client, octets):
    assert client.docmd("MAIL FROM:<alice@acme.test>")[0] == 250
    assert client.docmd("RCPT TO:<bob@good.test>")[0] == 250
    assert client.docmd("DATA")[0] == 354
    client.send(b"Subject: x\r\n\r\n" + (b"x" * 78 + b"\r\n") * (octets // 80))


def end_data(client):
    client.send(b"\r\n.\r\n")
    return client.getreply()[0]


def hear_greeting(node, source, listener="inside"):
    """(the connection, its first line)."""
    connection = socket.create_connection(node.addresses[listener], 30, source_address=(source, 0))
    return connection, connection.makefile("rb").readline().decode()


def ask(node, path):
    host, port = node.addresses["metrics"]
    with contextlib.closing(http.client.HTTPConnection(host, port, timeout=30)) as client:
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read().decode()


def poll(question, wanted, seconds=20):
    """Until the question is answered so; what changes it lies outside of this program."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := question()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


def logged(node, event, resource):
    lines = (node.config.parent / "stderr.log").read_text().splitlines()
    entries = [json.loads(line) for line in lines if line.startswith("{")]
    return [entry for entry in entries if entry.get("event") == event and entry.get("resource") == resource]


@pytest.fixture
def small_disk(tmp_path, start):
    """A file system of 64 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    owner = f"size=64m,mode=700,uid={os.getuid()},gid={os.getgid()}"
    subprocess.run([*AS_ROOT, "mount", "-t", "tmpfs", "-o", owner, "tmpfs", str(folder)], check=True)
    stack = start(contextlib.ExitStack())
    stack.callback(subprocess.run, [*AS_ROOT, "umount", "-l", str(folder)], check=True)
    return folder


def test_a_disk_that_fills_up_stops_new_mail_and_nothing_else(make_node, start, small_disk):
    port = free_port(GOOD)
    node = make_node({"good.test": f"{GOOD}:{port}"}, 'min_free_disk = "24M"', data=small_disk / "data")
    client = talk_to(node, start)
    assert send(client, "bob@good.test")[0] == 250
    code, reply = client.docmd("MAIL FROM:<alice@acme.test> SIZE=60000000")
    assert (code, reply[:5]) == (452, b"4.3.1"), "it would eat up the reserve"
    assert ask(node, "/readyz") == (200, "ready\n")

    hog = small_disk / "hog"
    with hog.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 45 * 1024 * 1024)
    code, reply = poll(lambda: send(client, "bob@good.test"), lambda answer: answer[0] != 250)
    assert (code, reply[:5]) == (452, "4.3.1")
    assert ask(node, "/readyz") == (503, "short of disk\n")
    assert 'sealpost_load_short{resource="disk"} 1' in ask(node, "/metrics")[1]
    sink = start(GatedSink(GOOD, port))
    sink.wait_for(1)  # deliveries go on, on that very disk

    hog.unlink()
    poll(lambda: ask(node, "/readyz"), lambda answer: answer == (200, "ready\n"))
    assert send(client, "bob@good.test")[0] == 250
    assert len(logged(node, "load.short", "disk")) == len(logged(node, "load.recovered", "disk")) == 1


def list_queue(node):
    return json.loads(sealpost("--format", "json", "--config", node.config, "queue", "list"))["messages"]


def test_a_queue_that_is_full_takes_mail_again_when_it_has_been_delivered(make_node, start):
    port = free_port(GOOD)
    node = make_node({"good.test": f"{GOOD}:{port}"}, "max_queue_messages = 10")
    client = talk_to(node, start)
    replies = [send(client, "bob@good.test") for _ in range(11)]
    assert [code for code, _ in replies] == [250] * 10 + [452], replies
    assert replies[-1][1].startswith("4.3.1")
    assert send(talk_to(node, start), "bob@good.test")[0] == 452
    sink = start(GatedSink(GOOD, port))
    sink.wait_for(10)
    poll(lambda: send(client, "bob@good.test"), lambda answer: answer[0] == 250)
    assert logged(node, "load.short", "queue_messages") and logged(node, "load.recovered", "queue_messages")


def test_a_queue_that_has_too_many_octets_takes_mail_again_when_it_has_been_delivered(make_node, start):
    port = free_port(GOOD)
    node = make_node({"good.test": f"{GOOD}:{port}"}, 'max_queue_size = "1M"')
    client, under_way = talk_to(node, start), talk_to(node, start)

    def announce(octets):
        code = client.docmd(f"MAIL FROM:<alice@acme.test> SIZE={octets}")[0]
        assert client.docmd("RSET")[0] == 250
        return code

    for _ in range(3):
        assert send(client, "bob@good.test", text=LONG_TEXT)[0] == 250
    assert announce(300_000) == 452, "there is no room for that very message"
    assert announce(30_000) == 250
    begin_data(under_way, 0)
    assert send(client, "bob@good.test", text=LONG_TEXT)[0] == 250  # who does not say how large it is
    code, reply = send(client, "bob@good.test")
    assert (code, reply[:5]) == (452, "4.3.1")
    assert ask(node, "/readyz")[0] == 503
    assert end_data(under_way) == 250, "its content had been asked for"
    sink = start(GatedSink(GOOD, port))
    sink.wait_for(5)
    poll(lambda: list_queue(node), lambda messages: not messages)  # what has arrived is settled, too
    poll(lambda: send(client, "bob@good.test", text=LONG_TEXT), lambda answer: answer[0] == 250)
    poll(lambda: announce(300_000), lambda code: code == 250)
    assert len(logged(node, "load.short", "queue_bytes")) == len(logged(node, "load.recovered", "queue_bytes")) == 1


def test_the_places_of_the_node_are_those_of_all_its_listeners(make_node, start):
    sink = start(GatedSink(GOOD))
    node = make_node({"good.test": f"{GOOD}:{sink.port}"}, "max_connections = 20", has_second=True)
    held = []
    for number in range(20):  # each from a host of its own, so that none has its share
        connection, greeting = hear_greeting(node, f"127.0.3.{number}", ["inside", "second"][number % 2])
        held.append(start(connection))
        assert greeting.startswith("220"), number
    for listener in ("inside", "second"):
        connection, greeting = hear_greeting(node, NEIGHBOUR, listener)
        start(connection)
        assert greeting.startswith("421 4.3.2"), listener
    assert ask(node, "/readyz") == (503, "short of sessions\n")
    for connection in held[:4]:
        connection.shutdown(socket.SHUT_RDWR)
    poll(lambda: ask(node, "/readyz"), lambda answer: answer[0] == 200)
    for listener in ("inside", "second"):
        assert send(talk_to(node, start, NEIGHBOUR, listener), "bob@good.test")[0] == 250
    sink.wait_for(2)


def test_the_places_for_tls_of_the_node_are_counted_apart(make_node, start):
    sink = start(GatedSink(GOOD))
    node = make_node({"good.test": f"{GOOD}:{sink.port}"}, "max_tls_connections = 3", has_second=True)

    def begin_tls(source):
        client = talk_to(node, start, source, "second")
        client.starttls(context=ssl._create_unverified_context())
        return client

    inside = [begin_tls(f"127.0.3.{number}") for number in range(3)]
    assert [client.ehlo()[0] for client in inside] == [250] * 3
    code, reply = begin_tls(NEIGHBOUR).ehlo()
    assert (code, reply[:5]) == (421, b"4.3.2")
    assert send(talk_to(node, start, NEIGHBOUR, "second"), "bob@good.test")[0] == 250, "clear text has other places"
    inside.pop().quit()
    client = poll(lambda: begin_tls(NEIGHBOUR), lambda client: client.ehlo()[0] == 250)
    assert {send(client, "bob@good.test")[0], *(send(each, "bob@good.test")[0] for each in inside)} == {250}


def test_messages_under_way_go_on_while_memory_is_short(make_node, start):
    sink = start(GatedSink(GOOD))
    node = make_node({"good.test": f"{GOOD}:{sink.port}"}, 'max_memory = "4M"')
    idle = talk_to(node, start)
    under_way = [talk_to(node, start) for _ in range(3)]
    for client in under_way:
        begin_data(client, 1_040_000)
    poll(lambda: ask(node, "/readyz"), lambda answer: answer == (503, "short of memory\n"))
    connection, greeting = hear_greeting(node, NEIGHBOUR)
    connection.close()
    assert greeting.startswith("421 4.4.5")
    assert idle.docmd("MAIL FROM:<alice@acme.test>")[0] == 421
    for client in under_way:
        assert end_data(client) == 250
    sink.wait_for(3)
    assert send(talk_to(node, start), "bob@good.test")[0] == 250


def peak_of(process):
    """Octets of memory that it had at most, since forget_peak_of()."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024


def forget_peak_of(process):
    pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # proc(5)


def test_the_memory_of_messages_that_never_end_is_bounded(make_node, start):
    sink = start(GatedSink(GOOD))
    node = make_node({"good.test": f"{GOOD}:{sink.port}"}, 'max_memory = "6M"')
    under_way = [talk_to(node, start) for _ in range(36)]  # 36 buffers of 128 KiB are not yet four fifths
    for client in under_way:
        begin_data(client, 0)
    forget_peak_of(node.process)
    before = peak_of(node.process)
    for client in under_way:
        client.send((b"x" * 78 + b"\r\n") * 12_500)
    codes = sorted(end_data(client) for client in under_way)
    assert set(codes) == {250, 452}, codes
    assert peak_of(node.process) - before < 32 * 1024 * 1024, "36 messages of 1 MB without a limit take 55 MiB"
    assert send(talk_to(node, start, source=NEIGHBOUR), "bob@good.test")[0] == 250
    assert 'sealpost_load{resource="memory"} 0' in ask(node, "/metrics")[1]


def test_a_host_that_takes_all_the_places_leaves_one_for_others(make_node, start):
    sink = start(GatedSink(GOOD))
    node = make_node({"good.test": f"{GOOD}:{sink.port}"}, 'command_timeout = "6s"')
    held, greeting = [], "220"
    while greeting.startswith("220"):
        connection, greeting = hear_greeting(node, FLOODER)
        start(connection)
        held.append(connection)
    assert greeting.startswith("421 4.3.2")
    assert len(held) == 36 + 1, "nine tenths of forty, and one that was turned away"
    neighbour = talk_to(node, start, source=NEIGHBOUR)
    assert send(neighbour, "bob@good.test")[0] == 250  # the silent ones hold nobody up
    said = held[0].makefile("rb").read()
    assert said.endswith(b"421 4.4.2 Timed out waiting for you\r\n"), said

    def come_again():
        connection, line = hear_greeting(node, FLOODER)
        start(connection)
        return line
    poll(come_again, lambda line: line.startswith("220"))


def test_a_host_that_floods_from_all_its_places_leaves_a_neighbour_time_and_room(make_node, start):
    sink = start(GatedSink(GOOD))
    node = make_node({"good.test": f"{GOOD}:{sink.port}", "flood.test": "/dev/null"})
    flooder = start(Flooder(node.addresses["inside"], FLOODER, "bob@flood.test", connections=45))
    flooder.wait_until(lambda: flooder.turned_away > 0 and flooder.open == 36 and flooder.answered > 100)
    before, times = flooder.answered, []
    for _ in range(20):
        begun = time.monotonic()
        client = talk_to(node, start, source=NEIGHBOUR)
        assert send(client, "bob@good.test")[0] == 250
        times.append(time.monotonic() - begun)
        client.quit()
    sink.wait_for(20)
    assert max(times) < 3, times
    assert flooder.answered > before + 100, "it was not busy"


def test_one_who_drips_content_loses_his_place(make_node, start):
    node = make_node({}, 'content_timeout = "1s"\nmin_content_rate = 1000000')
    client = talk_to(node, start)
    begin_data(client, 0)
    client.sock.settimeout(0.1)
    said, deadline = b"", time.monotonic() + 20
    while not said and time.monotonic() < deadline:
        client.sock.sendall(b"x")
        with contextlib.suppress(TimeoutError):
            said = client.sock.recv(1000)
    assert said.startswith(b"421 4.4.2")


def test_one_who_takes_all_connections_of_a_page_server_leaves_some_for_others(make_node, start):
    node = make_node({})
    host, port = node.addresses["metrics"]
    held = []
    for _ in range(57):  # of 64; with 57 of one host 7 are free, and 58 are still within nine times as many
        held.append(start(socket.create_connection((host, port), 30, source_address=(FLOODER, 0))))
    def flood():
        connection = start(socket.create_connection((host, port), 30, source_address=(FLOODER, 0)))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        return connection.recv(4096).decode()
    answer = poll(flood, lambda text: text.startswith("HTTP/1.1 503 "))
    assert "Retry-After: 30\r\n" in answer
    assert ask(node, "/healthz") == (200, "alive\n")


def test_the_single_message_of_one_passes_the_many_of_another(make_node, start):
    busy, quiet = start(GatedSink(GOOD, permits=threading.Semaphore(0))), start(GatedSink(HANGING))
    node = make_node({"busy.test": f"{GOOD}:{busy.port}", "quiet.test": f"{HANGING}:{quiet.port}"})
    client = talk_to(node, start)
    for number in range(150):
        assert send(client, "bob@busy.test", sender="flood@acme.test")[0] == 250
    busy.wait_until(lambda sink: sink.open == 20)
    assert send(client, "bob@busy.test", sender="alice@acme.test")[0] == 250
    assert send(client, "bob@quiet.test", sender="alice@acme.test")[0] == 250
    quiet.wait_for(1)  # another destination is not held up at all
    for permits in range(1, 61):
        busy.permits.release()
        busy.wait_for(permits)
    assert "alice@acme.test" in busy.senders, "behind 60 of 150 at most: 20 had begun before it came"
    assert busy.most_open <= 20, "and the destination is not flooded"
    busy.permits.release(1000)
    busy.wait_for(151)


def test_destinations_that_hang_do_not_hold_up_those_that_deliver(make_node, start):
    good = start(GatedSink(GOOD))
    silent = start(socket.create_server((HANGING, 0), backlog=128))  # takes connections and says nothing
    hanging = {f"hang{number}.test": f"{HANGING}:{silent.getsockname()[1]}" for number in range(4)}
    node = make_node({"good.test": f"{GOOD}:{good.port}", **hanging})
    client = talk_to(node, start)
    assert send(client, "bob@good.test")[0] == 250
    good.wait_for(1)
    for number in range(80):
        assert send(client, f"bob@hang{number % 4}.test")[0] == 250
    held = [start(silent.accept()[0]) for _ in range(30)]  # three quarters of forty
    for number in range(20):
        assert send(client, "bob@good.test")[0] == 250
    good.wait_for(21)
    silent.settimeout(0.2)
    with pytest.raises(TimeoutError):
        held.append(silent.accept()[0])


@pytest.mark.parametrize("granted, expected", [(None, 20), (30, 30), (3, 3)])
def test_as_many_deliveries_go_to_a_domain_at_once_as_its_destination_control_grants(make_node, start, granted, expected):
    permits = threading.Semaphore(0)
    sink = start(GatedSink(GOOD, permits=permits))
    control = "" if granted is None else f'[[destination]]\ndomain = "good.test"\nmax_connections = {granted}\n'
    node = make_node({"good.test": f"{GOOD}:{sink.port}"}, rules=control)
    client = talk_to(node, start)
    for number in range(35):
        assert send(client, "bob@good.test", f"sender{number}@acme.test")[0] == 250
    sink.wait_until(lambda sink: sink.open == expected)
    permits.release(1)  # whose place another message takes, so all that may be there were there
    sink.wait_for(1)
    permits.release(34)
    sink.wait_for(35)
    assert sink.most_open == expected


def test_mail_for_a_suspended_destination_waits_untried_until_that_is_taken_back(make_node, start, tmp_path):
    away, good = start(GatedSink(GOOD)), start(GatedSink(HANGING))
    suspension = '[[destination]]\ndomain = "away.test"\nsuspended = true\n'
    node = make_node({"away.test": f"{GOOD}:{away.port}", "good.test": f"{HANGING}:{good.port}"}, rules=suspension)
    client = talk_to(node, start)
    for domain in ("away.test", "good.test"):
        assert send(client, f"bob@{domain}")[0] == 250
    good.wait_for(1)
    waiting, = poll(lambda: list_queue(node), lambda messages: len(messages) == 1)
    assert (waiting["recipients"][0]["address"], waiting["attempts"]) == ("bob@away.test", 0) and not away.senders
    command = ["--config", node.config, "policy"]
    policy = tmp_path / "policy.toml"
    assert "away.test waits, untried" in sealpost(*command, "warnings", "--no-dns")
    policy.write_text(policy.read_text().replace(suspension, ""))
    sealpost(*command, "submit", policy)
    sealpost(*command, "commit", "-m", "they are back")
    away.wait_for(1)

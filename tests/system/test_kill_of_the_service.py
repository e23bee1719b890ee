"""A real service, killed with SIGKILL at random moments while people prove their addresses, open and reply; and a gateway,
while its administrators commit policies. What was answered is the ledger: a released key stands in the audit and its receipt
comes, each reply that was accepted comes, once, and what a death doubles must have been on its way; a commit that was
answered is in force, whole. A seed, which is printed, decides; SEALPOST_SEED repeats one, SEALPOST_LONG_SECONDS goes on for a part of it."""
import concurrent.futures
import contextlib
import dataclasses
import http.client
import json
import random
import re
import smtplib
import threading
import time
from collections import Counter

from world.administered_gateway import AdministeredGateway, add_senders
from world.breaking_host import Sink
from world.command import sealpost
from world.dead_store import open_store
from world.letters import Person
from world.mail import make_mail
from world.process import end
from world.rounds import rounds
from world.setting import INNER, PARTNER, Setting
from world.waiting import wait_until

LONG_SHARE = 1 / 4  # for each of the two here; the first of test_kill.py has all of it
PEOPLE, AT_ONCE, REPLIES = 16, 4, 6
MOST_DEATHS = 12  # then all may finish: who asks for codes too often has to wait longer and longer


@dataclasses.dataclass
class Lives:
    """Of the service, one after the other; what of its mail was on its way at their ends."""
    setting: Setting
    inner: Sink
    chance: random.Random
    service: object = None
    deaths: int = 0

    def __post_init__(self):
        self.on_their_way = Counter()

    def live(self):
        self.service = self.setting.start_service()
        time.sleep(self.chance.uniform(0.05, 0.8))
        self.service.kill()
        self.deaths += 1
        wait_until(lambda: not list_queue(self.setting.gateway_config), "the gateway does not pass on what it took")
        arrived = set(envelopes_at(self.inner))
        self.on_their_way.update(envelope for envelope in waiting_envelopes(self.setting) if envelope in arrived)


def list_queue(config):
    return json.loads(sealpost("--format", "json", "--config", config, "queue", "list"))["messages"]


def find_field(name, octets):
    found = re.search(rb"^" + name + rb": (\S+)", octets, re.M)
    return found and found[1].decode()


def envelopes_at(host, recipient=None):
    """Ids, each as often as it came."""
    with host.changed:
        mine = [taken.octets for taken in host.taken if recipient is None or recipient in taken.recipients]
    return [envelope for octets in mine if (envelope := find_field(b"X-Sealpost-Envelope", octets))]


def waiting_envelopes(setting):
    """Those that the dead service's queue would go on with."""
    with open_store(setting.folder / "keys" / "data") as store:
        heads = store.execute("select octets from queue_piece where id / 65536 in (select content from queue_message)").fetchall()
    return [envelope for head, in heads if (envelope := find_field(b"X-Sealpost-Envelope", head))]


def send_envelopes(gateway, people):
    for person in people:
        mail = make_mail("[secure] contract", to=person.address)
        mail.replace_header("From", person.sender)
        mail["X-Sealpost-Receipt"] = "yes"
        mail["Message-ID"] = f"<{person.sender}>"
        with smtplib.SMTP(*gateway.addresses["private"], timeout=60) as client:
            client.send_message(mail, person.sender, [person.address])


def play(folder, start, seed):
    chance = random.Random(seed)
    setting = Setting(folder, start)
    partner, inner = start(Sink(PARTNER, port=setting.mx_port)), start(Sink(INNER, port=setting.inner_port))
    people = [Person(number, setting, partner) for number in range(PEOPLE)]
    gateway, service = setting.start_gateway(), setting.start_service()
    send_envelopes(gateway, people)
    partner.wait_for_all([person.address for person in people])
    end(service.process)
    lives = Lives(setting, inner, chance)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        living = [pool.submit(person.live, REPLIES) for person in people]
        while lives.deaths < MOST_DEATHS and not all(life.done() for life in living):
            lives.live()
        lives.service = setting.start_service()
        for life in living:
            life.result()
    inner.wait(lambda: all(len(replies_to(inner, person)) >= REPLIES and receipts_of(inner, person) for person in people),
               lambda: f"seed {seed}: lost: {[(person.sender, len(replies_to(inner, person)), len(receipts_of(inner, person))) for person in people]}")
    wait_until(lambda: not list_queue(setting.service_config))
    end(lives.service.process)
    return setting, inner, people, lives


def replies_to(inner, person):
    return set(envelopes_at(inner, person.sender))


def receipts_of(inner, person):
    with inner.changed:
        mine = [taken.octets for taken in inner.taken if person.sender in taken.recipients]
    is_answer = f"<{person.sender}>"
    return [each for each in mine if find_field(b"In-Reply-To", each) == is_answer and not find_field(b"X-Sealpost-Envelope", each)]


def check(setting, inner, people, lives, seed):
    copies = Counter(envelopes_at(inner))
    with open_store(setting.folder / "keys" / "data") as store:
        audited = Counter(row[0] for row in store.execute("select subject from people_audit where what = 'key.released'"))
    for person in people:
        assert len(person.identities) == 1, f"seed {seed}: {person.address}: another key behind a death"
        assert audited[person.envelope] >= 2, f"seed {seed}: {person.address}: a key without its audit record"
        assert len(set(person.replies)) == REPLIES, f"seed {seed}: {person.replies}"
        mine = replies_to(inner, person)
        assert len(mine) == REPLIES, f"seed {seed}: {len(mine)} replies to {person.sender} came"
        for envelope in mine:
            assert copies[envelope] <= 1 + lives.on_their_way[envelope], f"seed {seed}: {envelope} came {copies[envelope]} times"
        receipts = receipts_of(inner, person)  # a second copy of one is a delivery; a second one would have an id of its own
        assert len({find_field(b"Message-ID", octets) for octets in receipts}) == 1 and len(receipts) <= 1 + lives.deaths, f"seed {seed}: {receipts}"
    codes = sum(person.codes_used_up for person in people)
    print(f"seed {seed}: {lives.deaths} deaths of the service, {PEOPLE * REPLIES} replies, {sum(copies.values())} arrivals, "
          f"of {sum(lives.on_their_way.values())} on their way at a death, {sum(audited.values())} releases, {codes} codes used up unheard")


def test_what_the_service_answered_to_its_readers_is_so_through_every_kill(tmp_path):
    deaths = 0
    for seed, folder in rounds(tmp_path, LONG_SHARE):
        with contextlib.ExitStack() as stack:
            world = play(folder, stack.enter_context, seed)
            check(*world, seed)
        deaths += world[-1].deaths
    assert deaths > 3, "it hardly died"


# --- commits of policy

class Editor:
    """An administrator who adds a sender to two groups at once and commits it, again and again; what is not answered he leaves
    to the next commit, which holds whatever was staged."""

    def __init__(self, gateway):
        self.gateway, self.number, self.committed = gateway, 0, {}
        self.may_work, self.is_over = threading.Event(), threading.Event()
        self.administrator = gateway.sign_in("mia")

    def work(self):
        while self.may_work.wait() and not self.is_over.is_set():
            try:
                self.edit_and_commit()
            except (OSError, http.client.HTTPException):
                self.administrator.connection = None
                self.is_over.wait(0.01)

    def edit_and_commit(self):
        self.number += 1
        pair = [add_senders(group, sender) for group, sender in zip(("PARTNERS", "BLOCKED_LIST"), senders_of(self.number))]
        self.administrator.edit(*pair)
        self.committed[self.administrator.commit(f"number {self.number}")] = self.number


def senders_of(number):
    return f"192.0.{number // 250}.{number % 250}", f"198.51.{number // 250}.{number % 250}"


def senders_in_force(administrator, group):
    senders, place = set(), 1
    while place is not None:
        page = administrator.get(f"sender-groups/public/{group}/senders?from={place}&most=500&staged=false")
        senders |= {each["text"] for each in page["senders"]}
        place = page["next"]
    return senders


def check_policy(gateway, committed, tried, seed):
    """What a freshly started gateway has in force, and its history. `tried`: how many edits were begun."""
    mia = gateway.sign_in("mia")
    in_force = {group: senders_in_force(mia, group) for group in ("PARTNERS", "BLOCKED_LIST")}
    history = json.loads(gateway.command("--format", "json", "policy", "history"))["commits"]
    versions = {each["version"]: each["comment"] for each in history}
    assert sorted(versions) == list(range(min(versions), max(versions) + 1)), f"seed {seed}: {sorted(versions)}"
    assert mia.get("state")["version"] == max(versions), f"seed {seed}: not the last one is in force"
    for version, number in committed.items():
        assert versions[version] == f"number {number}", f"seed {seed}: {version}: {versions.get(version)}"
        partner, blocked = senders_of(number)
        assert partner in in_force["PARTNERS"] and blocked in in_force["BLOCKED_LIST"], f"seed {seed}: {number} is not in force"
    pairs = {(partner in in_force["PARTNERS"], blocked in in_force["BLOCKED_LIST"]) for partner, blocked in map(senders_of, range(tried + 1))}
    assert pairs <= {(True, True), (False, False)}, f"seed {seed}: half of an edit is in force"
    return len(versions)


def test_what_was_committed_is_in_force_through_every_kill(tmp_path):
    for seed, folder in rounds(tmp_path, LONG_SHARE):
        chance = random.Random(seed)
        with contextlib.ExitStack() as stack:
            gateway = AdministeredGateway(folder, stack.enter_context)
            editor = Editor(gateway)
            editing = threading.Thread(target=editor.work)
            editing.start()
            for _ in range(8):
                editor.may_work.set()
                time.sleep(chance.uniform(0.05, 0.7))
                gateway.node.kill()
                editor.may_work.clear()
                gateway.start()
                versions = check_policy(gateway, dict(editor.committed), editor.number, seed)
            editor.is_over.set()
            editor.may_work.set()
            editing.join()
        print(f"seed {seed}: 8 deaths of the gateway, {editor.number} commits begun, {len(editor.committed)} answered, {versions} versions")
        assert len(editor.committed) > 3, f"seed {seed}: hardly anything was committed"

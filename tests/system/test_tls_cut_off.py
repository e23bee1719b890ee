"""Mail that must travel inside TLS, through a man in the middle who would rather read it. Whatever he does, the message
never leaves in clear: neither its text nor its MAIL FROM stands in what he heard. And what was chosen for that case
happens: it waits, comes back, or goes as an envelope."""
import json
import smtplib

import pytest

from world.authority import Authority
from world.command import sealpost
from world.mail import attachment_of, make_mail, some_octets, submit
from world.middle import Middle
from world.ports import free_port
from world.postfix import Postfix
from world.reader import Reader, page_of
from world.setting import FRONT, GATEWAY, PARTNER, PASSWORD, Setting
from world.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
SECRET = "the price is forty-two million"
LEVELS = ("required", "required-verify", "preferred-verify")
CHEATS = ("strip", "refuse", "injected", "garbage", "reset", "cut", "swap", "forge", "old")
# Nothing is said: a host that starts anew looks so, and a reply that is held or bounced else waits for it, an hour at most.
LOSSES = ("reset", "cut", "stall")
ANSWERS = tuple(cheat for cheat in CHEATS if cheat not in LOSSES)
# What a level lets through in spite of a cheat. preferred_verify takes clear text from a server without STARTTLS, and
# no certificate that does not verify; required takes any certificate.
ALLOWED = {("preferred-verify", "strip"), ("preferred-verify", "refuse"), ("required", "swap"), ("required", "forge")}
CLEAR = {("preferred-verify", "strip"), ("preferred-verify", "refuse"), ("preferred-verify", "drop")}  # this one when it meets "strip"


def bundles_of_the_middle(setting, folder, host):
    """Certificates for his cheats: of the trusted authority for another name, and of his own for the right one."""
    forger = Authority(folder / "forger")
    setting.authority.issue(folder / "middle", "evil", "mx.evil.test")
    forger.issue(folder / "middle", "forged", host)
    evil, forged = [(folder / f"middle/{name}.pem", folder / f"middle/{name}.key") for name in ("evil", "forged")]
    return {"swap": evil, "forge": forged, "old": evil}


def levels_policy():
    return "".join(f'\n[[destination]]\ndomain = "{level}.test"\ntls    = "{level.replace("-", "_")}"\n' for level in LEVELS)


class GatewayCase:
    """A gateway, and a partner's Postfix behind a middle that is its MX, for one domain of each level."""

    def __init__(self, folder, start):
        zones = {f"{level}.test": [f"@ MX 10 mx.partner.test."] for level in LEVELS}
        self.setting = setting = Setting(folder, start, zones=zones)
        setting.authority.issue(folder / "partner", "mx", "mx.partner.test")
        port = free_port(PARTNER)
        self.partner = start(Postfix("mx.partner.test", (PARTNER, port), mailboxes=[f"bob@{level}.test" for level in LEVELS],
                                     certificate=(folder / "partner/mx.pem", folder / "partner/mx.key")))
        self.middle = start(Middle((PARTNER, setting.mx_port), (PARTNER, port),
                                   bundles=bundles_of_the_middle(setting, folder, "mx.partner.test")))
        setting.commit_policy(levels_policy())
        self.gateway = setting.start_gateway()

    def send(self, level, cheat):
        host, port = self.gateway.addresses["private"]
        with smtplib.SMTP(host, port, timeout=30) as client:
            address = f"bob@{level}.test"
            client.send_message(make_mail(f"{level} {cheat}", f"{SECRET}: {level} {cheat}.", to=address),
                                f"alice+{level}-{cheat}@acme.test", [address])

    def queued(self):
        listed = sealpost("--format", "json", "--config", self.setting.gateway_config, "queue", "list")
        return json.loads(listed)["messages"]

    def subjects(self, level):
        return {mail["Subject"] for mail in self.partner.list_mails(f"bob@{level}.test")}

    def assert_nothing_in_clear(self):
        for passage in self.middle.passages:
            text = passage.raw + (passage.inside if passage.cheat == "old" else b"")
            for level in LEVELS:
                for cheat in (*CHEATS, "drop", "stall"):
                    if (level, cheat) in CLEAR:
                        continue
                    assert f"alice+{level}-{cheat}@".encode() not in text and f"{level} {cheat}.".encode() not in text, \
                        (passage.cheat, text)


@pytest.fixture
def case(tmp_path, start):
    return GatewayCase(tmp_path, start)


def test_what_a_destination_demands_holds_through_every_cheat_and_the_mail_waits(case):
    for cheat in ("drop", *CHEATS):
        case.middle.turn(cheat)
        known = {mail["id"] for mail in case.queued()}
        for level in LEVELS:
            case.send(level, cheat)
        allowed = {level for level in LEVELS if (level, cheat) in ALLOWED}
        for level in allowed:
            wait_until(lambda: f"{level} {cheat}" in case.subjects(level), case.queued)
        # What was let through has left the queue: its 250 has been heard, and the next cheat cannot make it come twice.
        wait_until(lambda: [mail["attempts"] >= 1 for mail in case.queued() if mail["id"] not in known]
                   == [True] * (len(LEVELS) - len(allowed)), case.queued)
        assert len(case.middle.seen(cheat)) >= len(LEVELS)
        for level in set(LEVELS) - allowed:
            assert f"{level} {cheat}" not in case.subjects(level)
        case.assert_nothing_in_clear()
        if cheat == "strip":
            wait_until(lambda: "preferred-verify drop" in case.subjects("preferred-verify"), case.queued)
        if cheat in ("strip", "refuse"):  # what preferred_verify lets through in clear is not to wait for the next round
            case.middle.turn(None)
            for level in LEVELS:
                wait_until(lambda: f"{level} {cheat}" in case.subjects(level), case.queued)
            wait_until(lambda: not case.queued(), case.queued)
    # The middle is honest again, and everything that waited arrives, inside TLS.
    case.middle.turn(None)
    for level in LEVELS:
        wait_until(lambda: {f"{level} {cheat}" for cheat in ("drop", *CHEATS)} == case.subjects(level), case.queued)
    wait_until(lambda: not case.queued(), case.queued)
    for level in LEVELS:
        assert len(case.partner.list_mails(f"bob@{level}.test")) == len(CHEATS) + 1
    case.assert_nothing_in_clear()
    # He does hear what may be said in clear: the assertion is not deaf.
    heard = b"".join(passage.raw for passage in case.middle.passages)
    assert all(f"alice+{level}-{cheat}@".encode() in heard and f"{level} {cheat}.".encode() in heard for level, cheat in CLEAR)


def test_a_handshake_that_stalls_gives_nothing_away(case):
    case.middle.turn("stall")
    for level in LEVELS:
        case.send(level, "stall")
    wait_until(lambda: len(case.middle.seen("stall")) == len(LEVELS), case.queued)
    for passage in case.middle.seen("stall"):
        assert passage.stalls.wait(30)
    case.middle.turn(None)
    # The courier's patience with a handshake ends after 30 s; then the real server is there.
    for level in LEVELS:
        wait_until(lambda: case.subjects(level) == {f"{level} stall"}, case.queued)
    case.assert_nothing_in_clear()
    assert all(passage.raw.upper().startswith(b"EHLO") for passage in case.middle.seen("stall"))


class ReplyCase:
    """acme.test behind a middle, its TLS replies switched on after an honest test; Bob has a message to answer."""

    def __init__(self, folder, start):
        self.setting = setting = Setting(folder, start, front=True)
        self.partner, self.inner = setting.start_partner(), setting.start_inner()
        setting.start_service()
        gateway = setting.start_gateway()
        setting.authority.issue(folder / "front", "front", "front.acme.test")
        port = free_port(FRONT)
        start(Postfix("front.acme.test", (FRONT, port), relay_domains=["acme.test"],
                      certificate=(folder / "front/front.pem", folder / "front/front.key"),
                      transports={"acme.test": (GATEWAY, setting.public_port)}))
        self.middle = start(Middle((FRONT, setting.mx_port), (FRONT, port),
                                   bundles=bundles_of_the_middle(setting, folder, "front.acme.test")))
        submit(setting, gateway, make_mail("[secure] Contract", attachment=some_octets(1000)))
        self.bob = Reader(setting.service_port, setting.authority.root)
        self.ref = self.bob.ingest(page_of(self.partner.wait_for_mail("bob@partner.test", 1)))
        self.bob.prove(self.ref, "bob@partner.test", lambda: self.partner.wait_for_mail("bob@partner.test", 2))
        self.bob.open(self.ref, folder)
        self.admin = Reader(setting.service_port, setting.authority.root)
        self.admin.sign_in_administrator("admin", PASSWORD)

    def choose(self, choice):
        self.middle.turn(None)
        tested = self.admin.call("POST", "/api/v1/admin/domains/acme.test/test", {})
        assert tested["last_test"]["ready"], tested
        self.admin.call("PUT", "/api/v1/admin/domains/acme.test", {"tls_replies": True, "on_failure": choice})

    def reply(self, cheat, text):
        self.middle.turn(cheat)
        answer = self.bob.reply(self.ref, text, SECRET.encode())
        assert answer["deliveries"][0]["way"] == "tls"

    def newest(self):
        return self.admin.call("GET", "/api/v1/admin/deliveries")["deliveries"][0]

    def wait_for_state(self, count, state):
        """The delivery of that number, as soon as it came to that."""
        def find():
            deliveries = self.admin.call("GET", "/api/v1/admin/deliveries")["deliveries"]
            return deliveries[0] if len(deliveries) >= count and deliveries[0]["state"] == state else None
        return wait_until(find, self.newest)

    def wait_for_stall(self, cheat):
        """Until the handshake hangs, from where only the courier's patience leads on; of other cheats nothing is awaited."""
        if cheat == "stall":
            wait_until(lambda: any(passage.stalls.is_set() for passage in self.middle.seen(cheat)),
                       lambda: [(passage.raw, self.newest()) for passage in self.middle.seen(cheat)])

    def notifications(self):
        """One of each that arrived: what was under way when a cheat ended, and was cut, comes again."""
        return {mail["Message-ID"]: mail for mail in self.inner.list_mails("alice@acme.test")}

    def wait_for_rest(self):
        """Until the service has heard the 250 for what arrived: the next cheat cuts no transaction that has to end."""
        def list_queue():
            return json.loads(sealpost("--format", "json", "--config", self.setting.service_config, "queue", "list"))["messages"]
        wait_until(lambda: not list_queue(), list_queue)

    def assert_not_overheard(self, texts):
        for passage in self.middle.passages:
            if passage.cheat is None:
                continue
            for text in (*texts, SECRET):
                assert text.encode() not in passage.raw + passage.inside, (passage.cheat, text)

    def assert_no_transaction(self):
        for passage in self.middle.passages:
            heard = (passage.raw + passage.inside).upper()
            if b"RCPT TO:<POSTMASTER@" in heard:  # the alert about the domain's TLS, if a test came meanwhile
                continue
            assert b"MAIL FROM" not in heard or passage.cheat is None, passage.cheat


@pytest.fixture
def replies(tmp_path, start):
    return ReplyCase(tmp_path, start)


def test_a_reply_held_when_tls_is_cut_off_leaves_when_it_is_released(replies):
    replies.choose("hold")
    texts = []
    for number, cheat in enumerate(ANSWERS, start=1):
        texts.append(f"Signed in spite of {cheat}.")
        replies.reply(cheat, texts[-1])
        held = replies.wait_for_state(number, "held")
        assert held["way"] == "tls" and held["detail"], held
        assert replies.middle.seen(cheat)
    # Cut off in the middle of the transaction, and stripped when it tries again.
    texts.append("Signed in spite of all.")
    replies.reply("drop", texts[-1])
    wait_until(lambda: replies.middle.seen("drop"), replies.newest)
    replies.middle.turn("strip")
    replies.wait_for_state(len(ANSWERS) + 1, "held")
    assert not replies.inner.list_mails("alice@acme.test")
    replies.assert_no_transaction()
    replies.assert_not_overheard(texts)
    replies.middle.turn(None)
    replies.admin.call("POST", f"/api/v1/admin/deliveries/{replies.newest()['id']}/release", {})
    clear = replies.inner.wait_for_mail("alice@acme.test", 1)
    assert attachment_of(clear.as_bytes()) == SECRET.encode()


def test_a_reply_bounced_when_tls_is_cut_off_comes_back_without_its_content(replies):
    replies.choose("bounce")
    texts = []
    for number, cheat in enumerate(ANSWERS, start=1):
        texts.append(f"Signed in spite of {cheat}.")
        replies.reply(cheat, texts[-1])
        bounced = replies.wait_for_state(number, "bounced")
        assert bounced["way"] == "tls" and bounced["detail"]
        assert replies.middle.seen(cheat)
    assert not replies.inner.list_mails("alice@acme.test")
    replies.assert_no_transaction()
    replies.assert_not_overheard(texts)


@pytest.mark.parametrize("choice", ["hold", "bounce"])
def test_a_reply_whose_handshake_is_cut_waits_and_leaves_inside_tls(replies, choice):
    replies.choose(choice)
    texts = []
    for number, cheat in enumerate(LOSSES, start=1):
        texts.append(f"Signed in spite of {cheat}.")
        replies.reply(cheat, texts[-1])
        replies.wait_for_stall(cheat)
        wait_until(lambda: len(replies.middle.seen(cheat)) >= (1 if cheat == "stall" else 2), replies.newest)
        assert replies.newest()["state"] == "queued", replies.newest()
        assert len(replies.inner.list_mails("alice@acme.test")) == number - 1
        replies.middle.turn(None)
        replies.wait_for_state(number, "delivered")
        assert replies.newest()["tls"]["verified"]
        replies.inner.wait_for_mail("alice@acme.test", number)  # behind the front
        replies.wait_for_rest()
    replies.assert_not_overheard(texts)


def test_a_reply_becomes_an_envelope_when_tls_is_cut_off(replies):
    replies.choose("envelope")
    texts = []
    for number, cheat in enumerate((*CHEATS, "stall"), start=1):
        texts.append(f"Signed in spite of {cheat}.")
        replies.reply(cheat, texts[-1])
        wait_until(lambda: len(replies.middle.seen(cheat)) >= 1, replies.newest)
        replies.wait_for_stall(cheat)
        wait_until(lambda: replies.newest()["way"] == "envelope", replies.newest)
        # Its notification is ordinary mail, and waits where even that cannot be handed over.
        replies.middle.turn(None)
        wait_until(lambda: len(replies.notifications()) == number, replies.newest)
        replies.wait_for_rest()
    assert all(page_of(mail) for mail in replies.notifications().values())
    replies.assert_not_overheard(texts)

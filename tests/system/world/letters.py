"""People at the service who never give up: each proves an address, opens an envelope and replies, and asks again for whatever
got no answer, as often as it takes. What they were answered is the ledger of a test that kills the service meanwhile."""
import email
import email.policy
import http.client
import re
import time

from .reader import Reader, Refused, page_of


def persist(call):
    """Its answer, once there is one: of a service that is dead, cannot now, or was asked too often, it is asked again."""
    while True:
        pause = 0.01
        try:
            return call()
        except Refused as refused:
            if refused.status not in (429, 503):
                raise
            pause = 1 if refused.status == 429 else pause
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(pause)


class Person:
    """Has an envelope at r<number>@partner.test from s<number>@acme.test; `partner` is the mail host of the former."""

    def __init__(self, number, setting, partner):
        self.address, self.sender = f"r{number}@partner.test", f"s{number}@acme.test"
        self.setting, self.partner = setting, partner
        self.reader = Reader(setting.service_port, setting.authority.root)
        self.envelope, self.identities, self.replies, self.codes_used_up = None, set(), [], 0

    def live(self, replies):
        notification = self.wait_for_mail(lambda mail: mail["X-Sealpost-Envelope"])
        self.envelope = notification["X-Sealpost-Envelope"]
        ref = persist(lambda: self.reader.ingest(page_of(notification)))
        self.prove(ref)
        for _ in range(2):  # the same key, whatever died in between
            self.identities.add(persist(lambda: self.reader.call("POST", f"/api/v1/open/{ref}/release", {}))["identity"])
        for number in range(replies):
            key = f"reply-{number}"
            answer = persist(lambda: self.reader.reply(ref, f"Reply {number}.", b"octets" * 100, key=key))
            self.replies.append(answer["message_id"])

    def prove(self, ref):
        """By a code that came by mail. A sign-in without an answer is tried again with the same code; one that had used it
        up costs another code. What has signed in somebody does so no second time."""
        while True:
            asked = {"address": self.address, "ref": ref, "language": "en"}
            challenge = persist(lambda: self.reader.call("POST", "/api/v1/codes", asked))
            mail = self.wait_for_mail(lambda mail: challenge["reference"] in text_of(mail))
            proof = {"challenge": challenge["challenge"], "code": "".join(re.search(r"\b(\d{4}) (\d{4})\b", text_of(mail)).groups())}
            try:
                persist(lambda: self.reader.call("POST", "/api/v1/session", proof))
            except Refused:
                self.codes_used_up += 1
                continue
            self.expect_refusal(proof)
            return

    def expect_refusal(self, proof):
        stranger = Reader(self.setting.service_port, self.setting.authority.root)
        try:
            persist(lambda: stranger.call("POST", "/api/v1/session", proof))
        except Refused:
            return
        raise AssertionError(f"{self.address}: a code signs in twice")

    def wait_for_mail(self, is_wanted):
        found = []

        def look():
            mine = [taken for taken in self.partner.taken if self.address in taken.recipients]
            found[:] = [mail for mail in map(parse, mine) if is_wanted(mail)]
            return found

        self.partner.wait(look, f"no such mail for {self.address}")
        return found[0]


def parse(taken):
    return email.message_from_bytes(taken.octets, policy=email.policy.default)


def text_of(mail):
    return mail.get_body(("plain",)).get_content()

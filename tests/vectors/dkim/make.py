#!/usr/bin/python3
"""Writes the vectors of tests/vectors/dkim and tests/vectors/arc: messages with one fault each, signed here by a second
hand (plain Python; the chains by dkimpy) with the keys in keys/, which sign nothing else. Run it again only to add some:

    /usr/bin/python3 tests/vectors/dkim/make.py

A vector is lines "what", "now", "dns" (a line of a test zone), "dkim" (verdict, domain, selector, and "testing"; one line
a signature, in order), "arc" (verdict and instances), then "---" and the message with LF for CRLF."""
import base64
import hashlib
import pathlib
import re
import subprocess
import tempfile

import dkim

HERE = pathlib.Path(__file__).resolve().parent
NOW = 1793491200  # 2026-11-01T00:00:00Z
HEAD = [
    "Received: from mx.partner.test by mx1.acme.test;\n\tSun, 1 Nov 2026 00:00:00 +0000",
    "From: Alice <alice@acme.test>",
    "To: bob@partner.test",
    "Subject: The   merger\n and more",
    "Date: Sun, 1 Nov 2026 00:00:00 +0000",
]
BODY = "Dear  Bob,\n\n. a dot \nYours\t \n\n\n"


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


def pem(name):
    return HERE / "keys" / f"{name}.pem"


def record(name, extra="", bare=False):
    if name == "ed25519":
        raw = openssl("pkey", "-in", pem(name), "-pubout", "-outform", "DER")[-32:]
        return f"v=DKIM1; {extra}k=ed25519; p=" + base64.b64encode(raw).decode()
    form = ["rsa", "-RSAPublicKey_out"] if bare else ["pkey", "-pubout"]
    der = openssl(form[0], "-in", pem(name), *form[1:], "-outform", "DER")
    return f"v=DKIM1; {extra}k=rsa; p=" + base64.b64encode(der).decode()


# RFC 6376 §3.4, once more.
def canonical_field(field, way):
    if way == "simple":
        return field.replace("\n", "\r\n")
    name, value = field.split(":", 1)
    return name.rstrip(" \t").lower() + ":" + re.sub(r"[ \t]+", " ", value.replace("\n", "")).strip(" ")


def canonical_body(body, way):
    text = body.replace("\n", "\r\n")
    if way == "relaxed":
        text = re.sub(r"[ \t]+(?=\r\n|$)", "", text)
        text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r"(\r\n)*$", "", text)
    return text + "\r\n" if text or way == "simple" else ""


def raw_signature(digest_of, key):
    with tempfile.NamedTemporaryFile() as file:
        if key == "ed25519":
            file.write(hashlib.sha256(digest_of).digest())
            file.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", pem(key), "-in", file.name)
        return openssl("dgst", "-sha256", "-sign", pem(key), data=digest_of)


def sign(head=None, body=BODY, key="rsa1024", canon="relaxed/relaxed", names="From:To:Subject:Date", **tags):
    """The field; a tag given as None is left away, others replace what stands there."""
    head_way, body_way = (canon.split("/") + ["simple"])[:2] if canon in (
        "simple", "relaxed", "simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed") else ("relaxed",) * 2
    octets = canonical_body(body, body_way).encode()
    length = int(tags["l"]) if str(tags.get("l", "")).isdigit() else len(octets)
    all_tags = {"v": "1", "a": "ed25519-sha256" if key == "ed25519" else "rsa-sha256", "c": canon, "d": "acme.test", "s": "s1",
                "t": str(NOW - 60), "h": names, "bh": base64.b64encode(hashlib.sha256(octets[:length]).digest()).decode()}
    all_tags.update(tags)
    field = "DKIM-Signature: " + "; ".join(f"{name}={value}" for name, value in all_tags.items() if value is not None) + ";\n\tb="
    left = list(head if head is not None else HEAD)
    signed = ""
    for name in names.split(":"):
        for at in reversed(range(len(left))):
            if left[at].split(":")[0].strip().lower() == name.strip().lower():
                signed += canonical_field(left.pop(at), head_way) + "\r\n"
                break
    value = base64.b64encode(raw_signature((signed + canonical_field(field, head_way)).encode(), key)).decode()
    return field + re.sub("(.{68})", "\\1\n\t ", value).rstrip()


def write(folder, name, what, message, dkim_lines, arc="none", dns=(), now=None):
    lines = [f"what: {what}", f"now: {now or '2026-11-01T00:00:00Z'}"]
    lines += [f"dns: {line}" for line in dns]
    lines += [f"dkim: {line}" for line in dkim_lines] + [f"arc: {arc}", "---"]
    (HERE.parent / folder / f"{name}.txt").write_text("\n".join(lines) + "\n" + message)


RSA = ["s1._domainkey.acme.test TXT " + record("rsa1024")]


def case(name, verdict, what, field, head=None, body=BODY, dns=None):
    message = "\n".join([*([field] if isinstance(field, str) else field), *(head or HEAD)]) + "\n\n" + body
    verdicts = [verdict] if isinstance(verdict, str) else verdict
    lines = [one if " " in one else f"{one} acme.test s1" for one in verdicts]
    write("dkim", name, what, message, lines, dns=RSA if dns is None else dns)


def key_case(name, verdict, what, records, field=None):
    case(name, verdict, what, field or sign(), dns=[f"s1._domainkey.acme.test TXT {one}" for one in records])


def ways():
    for way in ("simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed", "simple"):
        case("way-" + way.replace("/", "-"), "pass", f"c={way}", sign(canon=way))
    case("way-default", "pass", "no c=: simple/simple", sign(canon="simple/simple", c=None))
    for way in ("simple", "relaxed"):
        case(f"body-empty-{way}", "pass", "no body", sign(body="", canon=f"relaxed/{way}"), body="")
        case(f"body-blank-{way}", "pass", "a body of white space", sign(body=" \n\t\n", canon=f"relaxed/{way}"), body=" \n\t\n")
        case(f"body-without-end-{way}", "pass", "a body without a last line end", sign(body="a b", canon=f"relaxed/{way}"), body="a b")
    case("ed25519", "pass", "an Ed25519 signature", sign(key="ed25519"), dns=["s1._domainkey.acme.test TXT " + record("ed25519")])
    case("both-kinds", ["pass acme.test s1", "pass acme.test e1"], "RSA and Ed25519", [sign(), sign(key="ed25519", s="e1")],
         dns=[*RSA, "e1._domainkey.acme.test TXT " + record("ed25519")])


def changes():
    case("body-changed", "fail", "another body", sign(), body=BODY.replace("Bob", "Rob"))
    case("body-spaces-changed-simple", "fail", "a space more, which simple does not forgive", sign(canon="relaxed/simple"),
         body=BODY.replace("Dear  Bob", "Dear Bob"))
    case("body-spaces-changed-relaxed", "pass", "a space less, which relaxed forgives", sign(), body=BODY.replace("Dear  Bob", "Dear Bob"))
    case("subject-changed", "fail", "another subject", sign(), head=[one.replace("merger", "murder") for one in HEAD])
    case("subject-refolded", "pass", "the subject is folded elsewhere", sign(), head=[one.replace("   merger\n and", " merger and") for one in HEAD])
    case("unsigned-field-changed", "pass", "another Received", sign(), head=HEAD[1:])
    second = ["From: ceo@acme.test", *HEAD]
    case("second-from", "pass", "a second From above, and no oversigning: the last one was signed", sign(), head=second)
    case("second-from-oversigned", "fail", "a second From above, and From oversigned", sign(names="From:From:To:Subject:Date"), head=second)
    case("missing-field-added", "fail", "h= names Cc, which was not there and is now", sign(names="From:Cc"), head=[*HEAD, "Cc: eve@acme.test"])
    case("missing-field", "pass", "h= names fields that are not there", sign(names="From:Cc:X-Nothing:From"))
    hops = ["Received: three", "Received: two", "Received: one", *HEAD[1:]]
    case("repeated-field", "pass", "two of three Received, from below", sign(hops, names="From:Received:Received"), head=hops)
    case("repeated-field-swapped", "fail", "two Received in another order", sign(hops, names="From:Received:Received"),
         head=[hops[0], hops[2], hops[1], *hops[3:]])


def tags():
    case("length-whole", "pass", "l= covers all", sign(l=len(canonical_body(BODY, "relaxed"))))
    case("length-partial", "policy", "l= leaves a part unsigned", sign(l=4))
    case("length-appended", "policy", "something was appended behind l=", sign(l=len(canonical_body(BODY, "relaxed"))), body=BODY + "and more\n")
    case("length-beyond", "fail", "l= says more than there is", sign(l=5000))
    case("length-absurd", "neutral", "l= is no number", sign(l="4a"))
    case("expired", "fail", "x= has passed", sign(x=NOW - 1))
    case("not-expired", "pass", "x= is to come", sign(x=NOW + 1))
    case("from-the-future", "policy", "t= is to come", sign(t=NOW + 4000))
    case("clock-ahead", "pass", "t= is a little ahead", sign(t=NOW + 60))
    case("expires-before-made", "neutral", "x= before t=", sign(x=NOW - 4000))
    case("time-absurd", "neutral", "t= of 20 digits", sign(t="1" * 20))
    case("rsa-sha1", "permerror", "rsa-sha1", sign(a="rsa-sha1"))
    case("algorithm-unknown", "neutral", "an unknown algorithm", sign(a="dilithium-sha256"))
    case("way-unknown", "neutral", "an unknown canonicalization", sign(canon="nofws"))
    case("version-2", "neutral", "v=2", sign(v="2"))
    for tag in ("v", "a", "d", "s", "h", "bh"):
        case(f"without-{tag}", {"d": "neutral - s1", "s": "neutral acme.test -"}.get(tag, "neutral"), f"no {tag}=", sign(**{tag: None}))
    case("without-b", "neutral", "no b=", re.sub(r"\tb=.*", "", sign(), flags=re.S))
    case("tag-twice", "neutral - -", "a tag twice", sign() + "; t=1")
    case("tag-empty", "neutral - -", "an empty tag", sign().replace("; t=", ";; t="))
    case("tag-without-value-sign", "neutral - -", "a tag without =", sign().replace("; t=", "; zz; t="))
    case("tag-unknown", "pass", "an unknown tag is signed and ignored", sign(zz="top"))
    case("octets-not-base64", "neutral", "b= is not base64", sign() + "*")
    case("octets-without-padding", "pass", "b= without the = at its end", sign().rstrip("="))
    case("octets-with-too-much-padding", "neutral", "b= with three = at its end", sign().rstrip("=") + "===")
    digest = base64.b64encode(hashlib.sha256(canonical_body(BODY, "relaxed").encode()).digest()).decode()
    case("body-hash-without-padding", "pass", "bh= without the = at its end", sign(bh=digest.rstrip("=")))
    case("from-not-signed", "permerror", "h= without From", sign(names="To:Subject"))
    case("query-unknown", "neutral", "q= of unknown methods only", sign(q="dns/sqrt"))
    case("query-known", "pass", "q= with a known method among others", sign(q="dns/sqrt:dns/txt"))
    case("identity-below", "pass", "i= below d=", sign(i="alice@mail.acme.test"))
    case("identity-elsewhere", "permerror", "i= outside of d=", sign(i="alice@notacme.test"))
    case("names-in-capitals", "pass", "d= and s= in capitals", sign(d="ACME.test", s="S1"))
    case("ten-of-eleven", ["fail"] * 10, "the eleventh signature is not looked at", [sign()] * 11, body="changed\n")


def keys():
    key_case("key-absent", "permerror", "no key", [])
    case("key-unreachable", "temperror", "DNS does not answer", sign(), dns=["s1._domainkey.acme.test TXT TEMPORARY"])
    key_case("key-revoked", "permerror", "p= is empty", ["v=DKIM1; p="])
    key_case("key-without-p", "permerror", "no p=", ["v=DKIM1; k=rsa"])
    key_case("key-of-version-2", "permerror", "v=DKIM2", [record("rsa1024").replace("DKIM1", "DKIM2")])
    key_case("key-version-not-first", "permerror", "v= is not the first tag", ["k=rsa; v=DKIM1; " + record("rsa1024").split("; ")[-1]])
    key_case("key-without-version", "pass", "no v=, no k=", [record("rsa1024").split("; ")[-1]])
    key_case("key-tag-twice", "permerror", "a tag twice", [record("rsa1024", "n=a; n=b; ")])
    key_case("key-testing", "pass acme.test s1 testing", "t=y", [record("rsa1024", "t=y; ")])
    case("key-testing-body-changed", "fail acme.test s1 testing", "t=y, and another body", sign(), body=BODY.replace("Bob", "Rob"),
         dns=["s1._domainkey.acme.test TXT " + record("rsa1024", "t=y; ")])
    key_case("key-for-its-very-domain", "permerror acme.test s1 testing", "t=s, and i= below d=", [record("rsa1024", "t=y:s; ")], sign(i="@mail.acme.test"))
    key_case("key-of-another-kind", "permerror", "k=ed25519 for an RSA signature", [record("ed25519")])
    key_case("key-of-unknown-kind", "permerror", "k=dsa", [record("rsa1024").replace("k=rsa", "k=dsa")])
    key_case("key-for-sha1-only", "permerror", "h=sha1", [record("rsa1024", "h=sha1; ")])
    key_case("key-for-both-hashes", "pass", "h=sha1:sha256", [record("rsa1024", "h=sha1:sha256; ")])
    key_case("key-not-for-mail", "permerror", "s=tlsrpt", [record("rsa1024", "s=tlsrpt; ")])
    key_case("key-for-mail", "pass", "s=email", [record("rsa1024", "s=email; ")])
    key_case("key-bare", "pass", "p= is a bare RSAPublicKey", [record("rsa1024", bare=True)])
    key_case("key-without-padding", "pass", "p= without the = at its end", [record("ed25519").rstrip("=")], sign(key="ed25519"))
    key_case("key-with-empty-tags", "pass", "a ; too many, within the record and at its end", [record("rsa1024").replace("; k=", ";; k=") + "; ;"])
    key_case("key-of-empty-tags", "permerror", "nothing but empty tags", ["; ;"])
    key_case("key-damaged", "permerror", "p= is cut", [record("rsa1024")[:-40]])
    key_case("key-short-ed25519", "permerror", "an Ed25519 key of 31 octets",
             ["v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(31)).decode()], sign(key="ed25519"))
    key_case("key-too-short", "policy", "an RSA key of 768 bits", [record("rsa768")], sign(key="rsa768"))
    key_case("key-too-long", "permerror", "an RSA key of 4352 bits", [record("rsa4352")], sign(key="rsa4352"))
    key_case("key-wrong", "fail", "the key of somebody else", [record("rsa768")])
    key_case("key-among-others", "pass", "two keys and something else at one name", ["v=spf1 -all", record("rsa768"), record("rsa1024")])
    case("key-by-alias", "pass", "the key stands behind a CNAME", sign(),
         dns=["s1._domainkey.acme.test CNAME s1.keys.test", "s1.keys.test TXT " + record("rsa1024")])


RFC_6376 = """\
DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
      c=simple/simple; q=dns/txt; i=joe@football.example.com;
      h=Received : From : To : Subject : Date : Message-ID;
      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
        4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
        KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
        4bmp/YzhwvcubU4=;
Received: from client1.football.example.com  [192.0.2.1]
      by submitserver.example.com with SUBMISSION;
      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game. Are you hungry yet?

Joe.
"""
RFC_8463 = """\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""


def standards():
    write("dkim", "rfc6376-a2", "RFC 6376 Appendix A.2 (with erratum 3192), key of Appendix C", RFC_6376, ["pass example.com brisbane"],
          dns=["brisbane._domainkey.example.com TXT v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7"
               "/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmP"
               "SPDdQPNUYckcQ2QIDAQAB"])
    write("dkim", "rfc8463-a", "RFC 8463 Appendix A", RFC_8463, ["pass football.example.com brisbane", "pass football.example.com test"],
          dns=["brisbane._domainkey.football.example.com TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
               "test._domainkey.football.example.com TXT v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6"
               "Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2"
               "EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"])


CHAIN_DNS = [f"arc._domainkey.{domain} TXT " + record("rsa1024") for domain in ("list.test", "forward.test", "third.test")]


def seal(message, domain, chain=None):
    """The message with one set more, by dkimpy; `chain` is what the sealer found of the chain so far."""
    results = f"arc={chain}; spf=pass smtp.mailfrom=acme.test" if chain else "spf=pass smtp.mailfrom=acme.test"
    octets = (f"Authentication-Results: mx.{domain}; {results}\n" + message).replace("\n", "\r\n").encode()
    fields = dkim.arc_sign(octets, b"arc", domain.encode(), pem("rsa1024").read_bytes(), f"mx.{domain}".encode(),
                           include_headers=[b"from", b"to", b"subject", b"date"], timestamp=NOW - 30)
    assert len(fields) == 3
    return b"".join([*fields, octets]).decode().replace("\r\n", "\n")


def chain_case(name, verdict, what, message, dns=None):
    write("arc", name, what, message, [], arc=verdict, dns=CHAIN_DNS if dns is None else dns)


def field_of(message, name, instance):
    found = re.search(rf"^{name}: i={instance};.*\n([ \t].*\n)*", message, re.M)
    return found.group(0)


def chains():
    plain = "\n".join(HEAD) + "\n\n" + BODY
    one = seal(plain, "list.test")
    two = seal(one, "forward.test", "pass")
    three = seal(two, "third.test", "pass")
    chain_case("one-set", "pass 1", "one set", one)
    chain_case("three-sets", "pass 3", "three sets", three)
    chain_case("body-changed", "fail 1", "another body", one.replace("Dear", "Bear"))
    chain_case("body-changed-then-sealed", "fail 3", "changed on the way, and the last sealer saw it", seal(two.replace("Dear", "Bear"), "third.test", "fail"))
    chain_case("list-changed-body", "pass 2", "changed by a list that sealed as it came and again as it left",
               seal(one.replace("Yours", "Footer"), "forward.test", "pass"))
    chain_case("subject-changed", "fail 1", "another subject", one.replace("merger", "murder"))
    chain_case("results-changed", "fail 2", "the results of the first set were changed",
               two.replace(field_of(two, "ARC-Authentication-Results", 1), field_of(two, "ARC-Authentication-Results", 1).replace("spf=pass", "spf=fail")))
    chain_case("set-missing", "fail 3", "the middle set is gone", without(three, 2))
    chain_case("results-missing", "fail 2", "a set without results", two.replace(field_of(two, "ARC-Authentication-Results", 1), ""))
    chain_case("seal-missing", "fail 2", "a set without a seal", two.replace(field_of(two, "ARC-Seal", 2), ""))
    chain_case("seal-twice", "fail 1", "a seal twice", field_of(one, "ARC-Seal", 1) + one)
    chain_case("instance-zero", "fail 1", "i=0", one.replace("i=1;", "i=0;"))
    chain_case("instance-51", "fail 1", "i=51", one.replace("i=1;", "i=51;"))
    chain_case("first-says-pass", "fail 1", "cv=pass in the first set", one.replace("cv=none", "cv=pass"))
    chain_case("seal-with-h", "fail 1", "a seal with h=", one.replace("cv=none", "h=from; cv=none"))
    chain_case("key-absent", "fail 1", "no key", one, dns=[])
    chain_case("key-unreachable", "fail 1 temporary", "DNS does not answer", one, dns=["arc._domainkey.list.test TXT TEMPORARY"])


def without(message, instance):
    for name in ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results"):
        message = message.replace(field_of(message, name, instance), "")
    return message


if __name__ == "__main__":
    standards()
    ways()
    changes()
    tags()
    keys()
    chains()

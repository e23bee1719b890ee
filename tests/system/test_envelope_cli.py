"""`sealpost envelope seal | inspect | open` against Debian's age."""
import hashlib
import json
import os
import re
import resource
import stat
import subprocess

import pytest

from world.command import SEALPOST

SERVICE = "https://keys.example.org"
MESSAGE = b"From: Alice <alice@acme.test>\r\nTo: bob@partner.test\r\nSubject: plans\r\n\r\nthe plans \xc3\xa9\r\n"


def run(*arguments, stdin=b"", **more):
    return subprocess.run([SEALPOST, "envelope", *map(str, arguments)], input=stdin, capture_output=True, **more)


def seal(folder, message=MESSAGE, *more):
    page, key = folder / "message.html", folder / "message.key"
    done = run("seal", "--service", SERVICE, "--to", "bob@partner.test", "--identity-out", key, "--out", page, *more, stdin=message)
    assert done.returncode == 0, done.stderr
    return page, key


def armor_of(page):
    text = page.read_text()
    return text[text.index("-----BEGIN AGE"):text.index("-----END AGE") + len("-----END AGE ENCRYPTED FILE-----\n")]


def test_a_sealed_message_opens_again_byte_for_byte(tmp_path):
    page, key = seal(tmp_path)
    opened = run("open", "--identity", key, page)
    assert (opened.returncode, opened.stdout) == (0, MESSAGE)


def test_the_key_and_the_armor_work_with_age(tmp_path):
    page, key = seal(tmp_path)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    (tmp_path / "armor").write_text(armor_of(page))
    assert subprocess.run(["age", "-d", "-i", key, tmp_path / "armor"], capture_output=True, check=True).stdout == MESSAGE


def test_what_age_seals_opens_binary_and_armored(tmp_path):
    key = tmp_path / "key"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    recipient = re.search(r"age1\w+", key.read_text()).group()
    for form in ([], ["-a"]):
        sealed = subprocess.run(["age", "-r", recipient, *form], input=MESSAGE, capture_output=True, check=True).stdout
        (tmp_path / "sealed").write_bytes(sealed)
        assert run("open", "--identity", key, tmp_path / "sealed").stdout == MESSAGE
        assert run("open", "--identity", key, "-", stdin=sealed).stdout == MESSAGE


def test_inspect_says_what_a_page_is(tmp_path):
    page, key = seal(tmp_path, MESSAGE, "--language", "fr", "--organisation", "Acme & fils")
    done = run("inspect", "--format", "json", page)
    answer = json.loads(done.stdout)
    binary = subprocess.run(["sh", "-c", f"grep -v -e ----- | base64 -d"], input=armor_of(page).encode(), capture_output=True, check=True).stdout
    assert done.returncode == 0
    assert answer["kind"] == "page" and answer["sealed"] is True
    assert answer["ciphertext"] == {"sha256": hashlib.sha256(binary).hexdigest(), "size": len(binary)}
    assert answer["claims"]["service"] == SERVICE
    assert answer["claims"]["organisation"] == "Acme & fils"
    assert answer["claims"]["sender"] == "alice@acme.test"
    assert answer["claims"]["language"] == "fr"


def test_seal_answers_in_json_what_the_service_wants_to_know(tmp_path):
    page, key = tmp_path / "p", tmp_path / "k"
    done = run("seal", "--service", SERVICE + "/", "--to", "bob@partner.test", "carol@partner.test", "--identity-out", key, "--out", page, "--format", "json", stdin=MESSAGE)
    answer = json.loads(done.stdout)
    assert answer["to"] == ["bob@partner.test", "carol@partner.test"]
    assert re.fullmatch("[a-z2-7]{26}", answer["id"])
    assert answer["open_url"] == f"{SERVICE}/open/{answer['id']}"
    assert answer["recipient"] in key.read_text()
    assert json.loads(run("inspect", "--format", "json", page).stdout)["ciphertext"] == answer["ciphertext"]


def test_the_page_has_no_script_and_one_form(tmp_path):
    text = seal(tmp_path)[0].read_text()
    assert "<script" not in text and "password\"" not in text
    assert re.findall(r"<form [^>]*action=\"([^\"]*)\"", text) == [SERVICE + "/ingest"]
    assert f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action {SERVICE}" in text


def test_a_forwarded_mail_with_the_page_opens(tmp_path):
    from email.message import EmailMessage
    page, key = seal(tmp_path)
    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"] = "the page"
    inner.set_content("see attachment")
    inner.add_attachment(page.read_bytes(), maintype="text", subtype="html", filename="message.html")
    outer["Subject"] = "Fwd: the page"
    outer.set_content("forwarded")
    outer.add_attachment(inner)
    (tmp_path / "mail.eml").write_bytes(outer.as_bytes())
    assert run("open", "--identity", key, tmp_path / "mail.eml").stdout == MESSAGE


def test_no_file_is_ever_replaced(tmp_path):
    page, key = seal(tmp_path)
    before = page.read_bytes(), key.read_bytes()
    for out, identity in ((page, tmp_path / "new.key"), (tmp_path / "new.html", key)):
        done = run("seal", "--service", SERVICE, "--to", "bob@partner.test", "--identity-out", identity, "--out", out, stdin=MESSAGE)
        assert done.returncode == 2, done.stderr
    assert (page.read_bytes(), key.read_bytes()) == before
    assert not (tmp_path / "new.key").exists() and not (tmp_path / "new.html").exists()


@pytest.mark.parametrize("arguments", [
    ["--service", "http://keys.example.org", "--to", "bob@partner.test"],
    ["--service", SERVICE, "--to", "bob"],
    ["--service", SERVICE],
    ["--to", "bob@partner.test"],
])
def test_wrong_usage_is_two_and_leaves_nothing(tmp_path, arguments):
    done = run("seal", *arguments, "--identity-out", tmp_path / "k", "--out", tmp_path / "p", stdin=MESSAGE)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_damage_and_other_keys_are_answered_with_one(tmp_path):
    page, key = seal(tmp_path, MESSAGE + b"x" * 200_000)
    other = tmp_path / "other.key"
    subprocess.run(["age-keygen", "-o", other], check=True, capture_output=True)
    assert run("open", "--identity", other, page).returncode == 1
    text = page.read_text()
    cut = tmp_path / "cut.html"
    cut.write_text(text[:text.index("-----END AGE")])
    assert run("open", "--identity", key, cut).returncode == 1
    assert run("open", "--identity", key, "--out", tmp_path / "message", cut).returncode == 1
    assert not (tmp_path / "message").exists()
    lines = armor_of(page).split("\n")
    lines[2000], lines[2001] = lines[2001], lines[2000]
    (tmp_path / "swapped").write_text("\n".join(lines))
    assert run("open", "--identity", key, tmp_path / "swapped").returncode == 1
    (tmp_path / "none.html").write_text("<html>nothing</html>")
    assert run("inspect", tmp_path / "none.html").returncode == 1
    assert run("inspect", tmp_path / "absent.html").returncode == 2
    assert run("open", "--identity", tmp_path / "absent.key", page).returncode == 2


def test_forty_mebibytes_stream_in_little_memory(tmp_path):
    body = os.urandom(1024 * 1024).hex().encode() * 20
    message = b"From: a@acme.test\r\n\r\n" + body
    page, key = tmp_path / "page", tmp_path / "key"
    limit = lambda: resource.setrlimit(resource.RLIMIT_DATA, (64 << 20, 64 << 20))
    source = tmp_path / "message.eml"
    source.write_bytes(message)
    with source.open("rb") as stdin:
        subprocess.run([SEALPOST, "envelope", "seal", "--service", SERVICE, "--to", "b@partner.test", "--identity-out", key, "--out", page],
                       stdin=stdin, check=True, preexec_fn=limit, capture_output=True)
    out = tmp_path / "opened"
    subprocess.run([SEALPOST, "envelope", "open", "--identity", key, "--out", out, page], check=True, preexec_fn=limit, capture_output=True)
    assert out.read_bytes() == message

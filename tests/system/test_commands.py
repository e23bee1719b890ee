"""Commands as an operator types them: files that they make, the configuration that they follow, what they refuse."""
import json
import os
import pathlib
import pwd
import smtplib
import sqlite3
import stat
import subprocess
import time

import pytest

from world.command import SEALPOST, run_sealpost, sealpost, write_gateway_config
from world.names import Names
from world.node import Node
from world.waiting import wait_until


def write_service_config(folder):
    """Of a node that is a service, too; the files that it names are not there."""
    config = write_gateway_config(folder, '[service]\nurl = "https://keys.acme.test"\nlisten = "127.0.0.1:0"\ncertificate = "keys"\n'
                          'mail_domain = "keys.acme.test"\nkek = "file:kek.key"\n[[certificate]]\nname = "keys"\nchain = "keys.pem"\nkey = "keys.key"\n')
    config.write_text(config.read_text().replace('["gateway"]', '["gateway", "service"]'))
    return config


def refuse(*arguments):
    done = run_sealpost(*arguments)
    assert done.returncode == 2 and done.stdout == "", done
    return done.stderr


def test_a_token_goes_into_a_file_of_its_owner_and_replaces_none(tmp_path):
    config, token = write_service_config(tmp_path), tmp_path / "service.token"
    sealpost("--config", config, "account", "add", "acme", "--organisation", "Acme", "--domain", "acme.test")
    made = json.loads(sealpost("--config", config, "--format", "json", "token", "new", "acme", "--out", token))
    assert made["file"] == str(token) and "token" not in made
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    before = token.read_text()
    assert before not in sealpost("--config", config, "token", "new", "acme")
    refuse("--config", config, "token", "new", "acme", "--out", token)
    assert token.read_text() == before
    assert len(json.loads(sealpost("--config", config, "--format", "json", "token", "list"))["tokens"]) == 2


def test_questions_to_dns_go_where_the_configuration_says(tmp_path, start):
    names = start(Names(tmp_path / "names", {"acme.test": ['@ TXT "v=spf1 ip4:192.0.2.1 -all"', '_dmarc TXT "v=DMARC1; p=reject"']}))
    config = write_gateway_config(tmp_path, f'[dns]\nresolver = "{names.endpoint}"\n')
    ask = ("--config", config, "--format", "json")
    spf = json.loads(sealpost(*ask, "spf", "check", "--ip", "192.0.2.1", "--helo", "mx.acme.test", "--mail-from", "a@acme.test"))
    assert spf["result"] == "pass"
    sealpost(*ask, "dmarc", "check", "acme.test")
    sealpost(*ask, "dmarc", "check", "acme.test", "--resolver", "127.0.0.1:1", "--timeout", "3", expect=3)


@pytest.mark.parametrize("command", [("tls", "test"), ("doctor",), ("dmarc", "check")])
def test_what_is_no_domain_is_not_looked_for(command):
    assert '"a b" is not a domain name' in refuse(*command, "a b")


@pytest.mark.parametrize("words, unknown, similar", [
    (("quue", "list"), '"quue"', "queue"), (("queue", "lst"), '"lst"', "list"), (("queue", "list", "--limt", "5"), "--limt", "--limit"),
    (("hat", "check", "--listner", "public", "--ip", "192.0.2.1"), "--listner", "--listener"), (("--fromat=json", "queue", "list"), "--fromat", "--format")])
def test_an_unknown_word_is_named_with_what_is_similar(words, unknown, similar):
    said = refuse(*words)
    assert unknown in said and f"did you mean {similar}?" in said, said


def test_a_command_that_lacks_a_word_or_has_one_too_many_says_so():
    assert "there are: " in refuse("queue", "frobnicate") and " deliver, " in refuse("queue")
    assert '"more" is one word too many' in refuse("config", "check", "more")


def test_help_in_place_of_a_command_is_what_the_option_says():
    assert sealpost("help") == sealpost("--help") and sealpost("--format", "json", "help") == sealpost("--help")
    assert sealpost("help", "queue", "list") == sealpost("queue", "list", "--help")


def test_a_value_that_is_no_number_is_told_with_what_is_wanted():
    assert 'ID wants a whole number, not "x"' in refuse("queue", "show", "x")
    assert "--port: 99999 is out of range" in refuse("tls", "test", "acme.test", "--port", "99999")


def test_what_cannot_be_asked_for_together_is_refused(tmp_path):
    config, host = write_gateway_config(tmp_path), ("--listener", "public", "--ip", "192.0.2.1", "--host", "mx.partner.test")
    assert "excludes" in refuse("--config", config, "hat", "check", *host, "--host-failure", "none")
    assert "excludes" in refuse("--config", config, "track", "42", "--address", "bob@partner.test")


@pytest.mark.parametrize("words", [("queue", "list", "--sender", ""), ("queue", "list", "--domain", ""), ("track", "--message-id", ""),
                                   ("queue", "list", "--domain", "not a domain"), ("queue", "bounce", "--sender", "foo"),
                                   ("queue", "deliver", "--domain", "a b"), ("account", "add", "acme", "--domain", "not a domain"),
                                   ("domain", "add", "acme.test", "--account", "acme", "--contact", "foo")])
def test_what_is_no_domain_or_address_is_refused_before_anything_is_looked_at(tmp_path, words):
    said = refuse("--config", tmp_path / "absent.toml", *words)
    assert words[-2] in said and "absent" not in said and (not words[-1] or f'"{words[-1]}"' in said), said


def test_a_listener_of_a_node_without_any_is_not_looked_for_among_none(tmp_path):
    config = write_service_config(tmp_path)
    text = config.read_text().replace('["gateway", "service"]', '["service"]')
    config.write_text(text[:text.index("[[listener]]")] + text[text.index("[service]"):])
    assert "this node has none" in refuse("--config", config, "hat", "check", "--listener", "public", "--ip", "192.0.2.1")


def test_a_certificate_that_cannot_be_written_leaves_no_key(tmp_path):
    words = ("cert", "new", "--dns", "mx1.acme.test", "--key-out", tmp_path / "mx1.key", "--out")
    assert "there is no folder" in refuse(*words, tmp_path / "none" / "mx1.pem")
    assert list(tmp_path.iterdir()) == []
    sealpost(*words, tmp_path / "mx1.pem")


def test_an_address_in_place_of_an_id_is_told_how_to_be_looked_for(tmp_path):
    config = write_gateway_config(tmp_path)
    sealpost("--config", config, "admin", "add", "ada", "--node")  # makes the store
    assert "--address bob@partner.test" in refuse("--config", config, "track", "bob@partner.test")


def test_a_configuration_that_cannot_be_read_is_told_with_the_reason_and_what_helps(tmp_path):
    said = refuse("--config", tmp_path / "absent.toml", "queue", "list")
    assert "absent.toml: cannot be read: No such file or directory" in said and "--config FILE" in said, said
    (tmp_path / "file").touch()
    assert "Not a directory" in refuse("--config", tmp_path / "file" / "sealpost.toml", "config", "check")


def test_a_document_that_cannot_be_read_is_told_with_the_reason(tmp_path):
    config = write_gateway_config(tmp_path)
    assert "absent.toml: cannot be read: No such file or directory" in refuse("--config", config, "policy", "submit", tmp_path / "absent.toml")
    assert "cannot be read: Is a directory" in refuse("--config", config, "policy", "submit", tmp_path)


def test_keys_of_both_documents_are_explained_in_the_same_way():
    assert sealpost("policy", "explain", "mail_flow_policy.tls").startswith("mail_flow_policy.tls\n")
    assert "default \"preferred\"" in sealpost("policy", "explain", "mail_flow_policy.tls")
    assert sealpost("policy", "explain", "recipient").startswith("[[recipient]]")
    assert sealpost("config", "explain", "listener.kind").startswith("listener.kind\n")
    assert json.loads(sealpost("--format", "json", "policy", "explain", "route.login"))["key"] == "route.login"
    assert "did you mean mail_flow_policy.tls" in refuse("policy", "explain", "mail_flow_policy.tsl")
    assert "did you mean listener.kind" in refuse("config", "explain", "listener.knd")


def test_what_stands_at_its_default_is_counted_unless_it_is_asked_for(tmp_path):
    config = write_gateway_config(tmp_path)
    for words in (("hat", "check"), ("trace", "--no-dns", "--mail-from", "a@partner.test", "--rcpt-to", "b@acme.test")):
        ask = lambda *more: run_sealpost("--config", config, *words, "--listener", "public", "--ip", "192.0.2.1", *more,
                                         stdin="From: a@partner.test\n\nx\n").stdout
        assert "(default)" not in ask() and "parameters at their defaults (--all)" in ask() and "max_message_size" in ask(), ask()
        assert ask("--all").count("(default)") > 30 and "at their defaults" not in ask("--all")


def test_versions_of_a_policy_are_shown_compared_and_brought_back_after_a_look(tmp_path):
    config, document = write_gateway_config(tmp_path), tmp_path / "policy.toml"
    run = lambda *words, expect=0: sealpost("--config", config, "policy", *words, expect=expect)
    first = run("export")
    texts = [first] + [first + f'[[recipient]]\naddress = "{name}.test"\n' for name in ("acme", "partner")]
    for text in texts[1:]:
        document.write_text(text)
        run("submit", "--no-dns", document)
        run("commit", "-m", "more")
    assert [run("export", "--of", str(number)) for number in (1, 2, 3)] == texts
    assert run("export") == texts[2]
    assert "there is no version 4" in json.loads(sealpost("--config", config, "--format", "json", "policy", "export", "--of", "4", expect=1))["error"]
    assert '-address = "acme.test"\n+address = "partner.test"' in run("diff", "2", "3") == run("diff", "2")
    assert run("diff", "3") == "nothing differs\n" and run("diff") == "nothing is staged\n"
    assert '-address = "partner.test"\n+address = "acme.test"' in run("rollback", "2", "--dry-run")
    compared = json.loads(sealpost("--config", config, "--format", "json", "policy", "diff", "1", "2"))
    assert (compared["from"], compared["to"], compared["count"]) == (1, 2, 1) and compared["changes"][0]["kind"] == "added", compared
    assert len(json.loads(sealpost("--config", config, "--format", "json", "policy", "history"))["commits"]) == 3
    run("rollback", "9", "--dry-run", expect=1)
    run("rollback", "2")
    assert run("export") == texts[1]


def test_a_commit_of_an_edition_that_somebody_overtook_is_refused_with_both_editions(tmp_path):
    config, document = write_gateway_config(tmp_path), tmp_path / "policy.toml"
    run = lambda *words, expect=0: sealpost("--config", config, "policy", *words, expect=expect)
    ask = lambda *words, expect=0: json.loads(sealpost("--config", config, "--format", "json", "policy", *words, expect=expect))

    def submit(text, *more, expect=0):
        document.write_text(text)
        return ask("submit", "--no-dns", document, *more, expect=expect)

    seen = submit("# mine\n", "--author", "ada")["edition"]
    status = ask("status")
    assert (status["edition"], status["live"]["version"], status["pending"]["author"]) == (seen, 1, "ada"), status
    assert f"edition {seen}\n" in run("status") and "by ada" in run("status")
    assert ask("preview", "--edition", seen)["edition"] == ask("diff")["edition"] == seen
    late = submit("# theirs\n", "--author", "ben", expect=1)
    assert (late["result"], late["staged_by"], late["edition"]) == ("outdated", "ada", seen), late
    now = submit("# theirs\n", "--author", "ben", "--edition", seen)["edition"]
    for words in (("commit", "-m", "mine"), ("preview",), ("discard",)):
        said = ask(*words, "--edition", seen, expect=1)["error"]
        assert seen in said and now in said and "policy status" in said, said
    refused = submit("# mine again\n", "--author", "ada", "--edition", seen, expect=1)
    assert (refused["result"], refused["edition"]) == ("outdated", now), refused
    assert seen in run("submit", "--no-dns", document, "--edition", seen, expect=1)
    assert ask("commit", "-m", "theirs", "--edition", now)["version"] == 2
    assert ask("status") == {"edition": "2.0", "live": ask("status")["live"], "pending": None} and "nothing" in run("status")
    assert run("export") == "# theirs\n"
    assert "no edition" in refuse("--config", config, "policy", "commit", "-m", "x", "--edition", "2")


def test_the_version_of_the_program_is_told_in_place_of_a_command_only(tmp_path):
    config = write_gateway_config(tmp_path)
    assert sealpost("--version").startswith("sealpost ") and sealpost("--config", config, "--version") == sealpost("--version")
    assert "--version" in refuse("--config", config, "policy", "export", "--version", "1")
    assert not (tmp_path / "data").exists()


def test_a_server_whose_data_another_one_uses_may_try_again_later(tmp_path, start):
    config = write_gateway_config(tmp_path)
    start(Node(config))
    done = run_sealpost("--config", config, "serve")
    assert done.returncode == 3 and "in use by another process" in done.stderr, done


@pytest.mark.parametrize("words, status", [
    (("queue", "show", "42"), 1), (("track", "42"), 1), (("hat", "check", "--listener", "pubic", "--ip", "192.0.2.1"), 2),
    (("spf", "check", "--ip", "nowhere"), 2), (("dmarc", "check", "a b"), 2), (("tls", "test", "a b"), 2), (("doctor", "a b"), 2),
    (("admin", "remove", "nobody"), 1), (("quue",), 2), (("queue", "list", "--limit", "0"), 2)])
def test_json_says_the_outcome_also_when_the_answer_is_no(tmp_path, words, status):
    config = write_service_config(tmp_path)
    sealpost("--config", config, "account", "add", "acme")  # makes the store
    said = json.loads(sealpost("--config", config, *words, "--format", "json", expect=status))
    assert said["outcome"] == {1: "no", 2: "usage", 3: "temporary"}[status] and said["error"], said


def test_administrators_are_changed_disabled_and_removed_but_never_the_last_by_mistake(tmp_path):
    ask = ("--config", write_service_config(tmp_path), "--format", "json")
    run = lambda *words, expect=0: json.loads(sealpost(*ask, *words, expect=expect))
    listed = lambda: {each.pop("name"): each for each in run("admin", "list")["administrators"]}
    run("account", "add", "acme")
    run("admin", "add", "ada", "--account", "acme")
    assert "last administrator of an account" in run("admin", "remove", "ada", expect=1)["error"]
    assert "last administrator of an account" in run("admin", "change", "ada", "--node", "--no-account", expect=1)["error"]
    assert run("admin", "change", "ada", "--node")["node"] is True
    assert "last administrator of the node" in run("admin", "disable", "ada", expect=1)["error"]
    run("admin", "add", "mia", "--node")
    run("admin", "change", "mia", "--account", "acme")
    assert listed() == {name: {"id": f"administrator:{number}", "account": "acme", "node": True, "enabled": True,
                               "second_factor": False}
                        for number, name in ((1, "ada"), (2, "mia"))}
    run("admin", "disable", "ada")
    assert listed()["ada"]["enabled"] is False
    assert run("admin", "change", "mia", expect=2)["outcome"] == "usage"
    assert run("admin", "change", "nobody", "--node", expect=1)["outcome"] == "no"
    run("admin", "enable", "administrator:1")
    assert run("admin", "factors", "remove", "ada") == {"name": "ada", "removed": False}
    assert "no administrator" in run("admin", "factors", "remove", "nobody", expect=1)["error"]
    run("admin", "remove", "ada")
    run("admin", "remove", "mia", "--last")
    assert listed() == {}


def store_of(tmp_path):
    return next(tmp_path.rglob("sealpost.db"))


def test_what_a_name_holds_steers_no_terminal_and_a_bad_one_is_taken_by_its_number(tmp_path):
    """Names of a former version could hold anything; new ones cannot."""
    ask = ("--config", write_service_config(tmp_path))
    sealpost(*ask, "account", "add", "acme")
    for bad in ("a\nb", "x\x1b[2J", "x\u202ey", " ada", "administrator:7"):
        sealpost(*ask, "admin", "add", bad, "--account", "acme", expect=1)
    sealpost(*ask, "account", "add", "a\nb", expect=1)
    sealpost(*ask, "token", "new", "acme", "--label", "mx\x1b[2J", expect=1)
    with sqlite3.connect(store_of(tmp_path)) as store:
        store.execute("insert into people_administrator (name, account_id, of_node, password_hash, created_at)"
                      " values (?, 1, 0, '', 0)", ("x\x1b[2J\n14  forged",))
        number = store.execute("select max(id) from people_administrator").fetchone()[0]
    store.close()
    text = sealpost(*ask, "admin", "list")
    assert f"x\\x1b[2J\\x0a14  forged (administrator:{number})  acme" in text and len(text.splitlines()) == 1
    sealpost(*ask, "admin", "add", "mia", "--account", "acme")
    sealpost(*ask, "admin", "disable", f"administrator:{number}")
    sealpost(*ask, "admin", "remove", f"administrator:{number}")
    trail = sealpost(*ask, "audit", "list")
    assert "\x1b" not in trail and "\n14  forged" not in trail and "\\x1b[2J" in trail


def test_the_audit_trail_is_listed_with_who_when_and_what(tmp_path):
    ask = ("--config", write_gateway_config(tmp_path), "--format", "json")
    run = lambda *words, expect=0: json.loads(sealpost(*ask, "audit", "list", *words, expect=expect))
    for name in ("ada", "mia"):
        sealpost(*ask, "admin", "add", name, "--node")
    sealpost(*ask, "admin", "disable", "mia")
    records = run()["records"]
    assert [(each["who"], each["network"], each["what"], each["subject"]) for each in records] == [
        ("operator", "local", f"administrator.{what}", f"administrator:{name}") for what, name in (("disabled", "mia"), ("added", "mia"), ("added", "ada"))]
    assert records[-1]["details"] == {"id": 1, "account": None, "node": True}
    assert [each["subject"] for each in run("--what", "administrator.added")["records"]] == ["administrator:mia", "administrator:ada"]
    assert len(run("--what", "administrator", "--subject", "administrator:mia", "--who", "operator")["records"]) == 2
    assert run("--who", "ada") == {"records": [], "next_before": None}
    page = run("--limit", "2")
    assert page["next_before"] == records[1]["number"] and run("--before", str(page["next_before"]))["records"] == records[2:]
    assert run("--since", records[0]["time"], "--until", "2100-01-01T00:00:00Z")["records"][:1] == records[:1]
    assert run("--until", "2020-01-01")["records"] == [] == run("--until", "24h")["records"] and run("--since", "24h")["records"] == records
    assert run("--since", "yesterday", expect=2)["outcome"] == "usage"
    assert run("--who", "nobody@acme.test", expect=1)["outcome"] == "no"
    assert "administrator.added" in sealpost(*ask[:2], "audit", "list")


def test_what_an_operator_does_by_command_stands_in_the_audit_trail(tmp_path):
    ask = ("--config", write_service_config(tmp_path), "--format", "json")
    run = lambda *words: json.loads(sealpost(*ask, *words))
    run("account", "add", "acme", "--domain", "acme.test")
    token = run("token", "new", "acme", "--label", "mx1")["id"]
    run("token", "revoke", str(token))
    document = tmp_path / "policy.toml"
    document.write_text("# nothing\n")
    run("policy", "submit", "--no-dns", str(document))
    version = run("policy", "commit", "-m", "first", "--author", "ada")["version"]
    document.write_text("# nothing yet\n")
    run("policy", "submit", "--no-dns", str(document))
    run("policy", "commit", "-m", "second")
    back = run("policy", "rollback", str(version), "--author", "ada")["version"]
    records = run("audit", "list", "--who", "operator")["records"][::-1]
    assert [(each["what"], each["subject"]) for each in records] == [
        ("account.added", "account:acme"), ("token.made", f"gateway:{token}"), ("token.revoked", f"gateway:{token}"),
        ("policy.committed", "policy"), ("policy.committed", "policy"), ("policy.rolled_back", "policy")]
    assert records[0]["details"]["domains"] == ["acme.test"] and records[1]["details"]["label"] == "mx1"
    assert records[-1]["details"] == {"version": back, "author": "ada"}


def test_what_only_a_service_knows_is_refused_on_a_gateway(tmp_path):
    config = write_gateway_config(tmp_path)
    for words in ("account add acme", "account list", "token new acme", "domain add acme.test --account acme", "person list"):
        assert "this node has no service role" in refuse("--config", config, *words.split()), words
    assert not (tmp_path / "data").exists()
    sealpost("--config", config, "admin", "add", "ada", "--node")


def test_an_account_is_shown_changed_and_disabled(tmp_path):
    ask = ("--config", write_service_config(tmp_path), "--format", "json")
    run = lambda *words, expect=0: json.loads(sealpost(*ask, "account", *words, expect=expect))
    added = run("add", "acme", "--organisation", "Acme Ltd", "--domain", "acme.test")
    assert added["enabled"] is True
    sealpost(*ask, "token", "new", "acme", "--label", "mx1")
    sealpost(*ask, "admin", "add", "ada", "--account", "acme")
    logo = "data:image/png;base64,AA=="
    assert added["compose"] == "known"
    changed = run("change", "acme", "--name", "acme-group", "--organisation", "Acme Group", "--language", "fr", "--logo", logo,
                  "--compose", "anyone", "--domain", "acme.example", "--domain", "acme.org", "--no-domain", "acme.test")
    assert changed == {"id": added["id"], "name": "acme-group", "organisation": "Acme Group", "language": "fr",
                       "domains": ["acme.example", "acme.org"], "enabled": True, "compose": "anyone"}
    shown = run("show", "acme-group")
    assert shown == {**changed, "logo": logo, "tokens": [1], "administrators": ["ada"]}
    assert run("change", "acme-group", "--no-logo") == changed and run("show", "acme-group")["logo"] == ""
    assert run("disable", "acme-group") == {"name": "acme-group", "enabled": False, "changed": True}
    assert run("disable", "acme-group")["changed"] is False
    assert run("list")["accounts"] == [{**changed, "enabled": False}]
    text = sealpost(*ask[:2], "account", "show", "acme-group")
    assert "(disabled)" in text and "compose         anyone" in text
    assert "compose anyone" in sealpost(*ask[:2], "account", "list")
    assert run("enable", "acme-group")["changed"] is True
    records = json.loads(sealpost(*ask, "audit", "list", "--what", "account"))["records"]
    assert [each["what"] for each in records] == [
        "account.enabled", "account.disabled", "account.changed", "account.changed", "account.added"]
    assert records[3]["subject"] == "account:acme" and records[3]["details"]["logo"] == "replaced"
    assert records[3]["details"]["compose"] == "anyone"


def test_a_change_by_a_user_whose_name_the_environment_does_not_tell_bears_that_name(tmp_path):
    config, document = write_gateway_config(tmp_path), tmp_path / "policy.toml"
    document.write_text("# nothing\n")
    bare = {name: value for name, value in os.environ.items() if name not in ("SUDO_USER", "USER", "LOGNAME")}
    for words in (("submit", "--no-dns", document), ("commit", "-m", "first")):
        subprocess.run([SEALPOST, "--config", config, "policy", *words], env=bare, check=True, capture_output=True, timeout=60)
    history = json.loads(sealpost("--config", config, "--format", "json", "policy", "history"))
    assert [each["author"] for each in history["commits"]][0] == pwd.getpwuid(os.getuid()).pw_name


def test_a_check_of_the_configuration_answers_in_one_form_whatever_it_finds(tmp_path):
    config = write_gateway_config(tmp_path)
    good = config.read_text()
    check = lambda expect: json.loads(sealpost("--config", config, "--format", "json", "config", "check", expect=expect))
    assert check(0) == {"good": True, "problems": [], "warnings": []}
    for wrong, line, key in ((good + "[nod]\n", 9, "nod"), (good + "x = [\n", 9, ""), (good.replace("public\"", "public", 1), 6, "")):
        config.write_text(wrong)
        said = check(2)
        assert set(said) == {"good", "problems", "warnings"} and not said["good"] and said["warnings"] == [], said
        assert said["problems"][0]["line"] == line and said["problems"][0]["key"] == key, said
    config.unlink()
    assert "cannot be read" in check(2)["problems"][0]["what"]


def test_a_listener_that_was_renamed_under_its_policy_is_told_at_the_start_and_by_the_check(tmp_path, start):
    config, document = write_gateway_config(tmp_path), tmp_path / "policy.toml"
    check = lambda: json.loads(sealpost("--config", config, "--format", "json", "config", "check"))["warnings"]
    assert check() == [] and not (tmp_path / "data").exists()  # looking makes no store
    document.write_text('[[sender_group]]\nname = "BAD"\nlistener = "public"\norder = 1\npolicy = "BLOCKED"\nsenders = ["192.0.2.1"]\n')
    sealpost("--config", config, "policy", "submit", "--no-dns", document)
    sealpost("--config", config, "policy", "commit", "-m", "block")
    assert check() == []
    config.write_text(config.read_text().replace('"public"\nkind', '"mx"\nkind'))
    checked = json.loads(sealpost("--config", config, "--format", "json", "config", "check", expect=2))
    (problem,), (warned,) = checked["problems"], checked["warnings"]
    assert not checked["good"] and problem["key"] == "listener.name" and '"mx"' in problem["what"] and "policy submit" in problem["hint"], problem
    assert warned["key"].startswith("sender_group") and '"public"' in warned["what"], warned
    said = run_sealpost("--config", config, "policy", "warnings", "--no-dns")
    assert said.returncode == 2 and said.stderr.count('there is no listener "public"') == 1, said
    node = start(Node(config))
    renamed, told = wait_until(lambda: node.events("policy.misfit")[1:] and node.events("policy.misfit"))
    assert (told["key"], told["problem"], told["level"]) == (warned["key"], warned["what"], "warning")
    assert renamed["problem"] == problem["what"]
    asked = lambda: json.loads(sealpost("--config", config, "--format", "json", "hat", "check", "--listener", "mx", "--ip", "192.0.2.1"))
    assert asked()["sender_group"] == "BAD"  # the table holds while the names differ
    document.write_text(document.read_text().replace('"public"', '"mx"'))
    sealpost("--config", config, "policy", "submit", "--no-dns", document)
    sealpost("--config", config, "policy", "commit", "-m", "renamed")
    assert check() == [] and asked()["sender_group"] == "BAD"


def test_a_list_that_is_cut_says_so_and_a_message_that_is_held_is_not_unknown(tmp_path, start):
    names = start(Names(tmp_path / "names", {"127.in-addr.arpa": [], "partner.test": ["@ MX 10 mx", "mx A 127.0.0.9"]}))
    config, document = write_gateway_config(tmp_path, f'[dns]\nresolver = "{names.endpoint}"\n[delivery]\nmx_port = 1\n'), tmp_path / "policy.toml"
    document.write_text('[[recipient]]\nlistener = "public"\naddress = "partner.test"\naction = "accept"\n')
    sealpost("--config", config, "policy", "submit", "--no-dns", document)
    sealpost("--config", config, "policy", "commit", "-m", "partner")
    node = start(Node(config))
    with smtplib.SMTP(*node.addresses["public"], timeout=60) as client:
        for number in range(3):
            client.sendmail("alice@acme.test", [f"bob{number}@partner.test"], "From: alice@acme.test\r\nSubject: x\r\n\r\nx\r\n")
    run = lambda *words, expect=0: json.loads(sealpost("--config", config, "--format", "json", "queue", *words, expect=expect))
    whole = run("list")
    first, second, third = [each["id"] for each in whole["messages"]]
    assert whole["next_after"] is None
    page = run("list", "--limit", "2")
    assert [each["id"] for each in page["messages"]] == [first, second] and page["next_after"] == second
    page = run("list", "--limit", "2", "--after", str(second))
    assert [each["id"] for each in page["messages"]] == [third] and page["next_after"] is None
    said = run_sealpost("--config", config, "queue", "list", "--limit", "2")
    assert f"--after {second}" in said.stderr.splitlines()[-1], said
    run("hold", str(first))
    assert run("deliver", str(first), str(second), "4711", expect=1) == {"changed": [second], "held": [first], "not_found": [4711]}
    assert f"{first}: is held; `queue release {first}`" in sealpost("--config", config, "queue", "deliver", first, expect=1)


def test_the_key_that_wraps_envelope_keys_is_checked_before_the_start(tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=keys.acme.test",
                    "-keyout", tmp_path / "keys.key", "-out", tmp_path / "keys.pem"], check=True, capture_output=True)
    config, kek = tmp_path / "sealpost.toml", tmp_path / "kek.key"
    text = ('[node]\nhostname = "keys.acme.test"\nroles = ["service"]\ndata_dir = "data"\n[service]\nurl = "https://keys.acme.test"\n'
            'listen = "127.0.0.1:0"\ncertificate = "keys"\nmail_domain = "keys.acme.test"\nkek = "file:kek.key"\n'
            '[[certificate]]\nname = "keys"\nchain = "keys.pem"\nkey = "keys.key"\n')
    config.write_text(text)
    check = lambda expect: json.loads(sealpost("--config", config, "--format", "json", "config", "check", expect=expect))
    problems = lambda: [each for each in check(2)["problems"] if each["key"] == "service.kek"]
    assert str(kek) in problems()[0]["what"] and "kek new" in problems()[0]["hint"]
    (tmp_path / "data" / "kek.lock").mkdir(parents=True)
    (tmp_path / "data").chmod(0o700)
    said = run_sealpost("--config", config, "kek", "new")
    assert said.returncode == 2 and "kek.lock" in said.stderr and "another command" not in said.stderr
    (tmp_path / "data" / "kek.lock").rmdir()
    sealpost("--config", config, "kek", "new")
    assert check(0)["good"]
    whole = kek.read_text()
    kek.write_text(whole[:-20])
    assert len(problems()) == 1
    kek.unlink()
    kek.mkdir()
    assert len(problems()) == 1
    for wrong, key, why in (('kek = "pkcs11:token=keys;object=kek-1?module-path=/m.so&pin-value=1234"', "service.kek", "mode 0600"),
                            ('kek = "file:kek.key"\n[store]\nurl = "mysql://db/sealpost"', "store.url", "postgresql://")):
        config.write_text(text.replace('kek = "file:kek.key"', wrong))
        said = refuse("--config", config, "config", "check")
        assert f"{config}:" in said and key in said and why in said and "1234" not in said, said


def test_factors_are_removed_and_every_address_that_can_be_is_told(tmp_path):
    config = write_service_config(tmp_path)
    sealpost("--config", config, "account", "add", "acme")
    store = sqlite3.connect(tmp_path / "data" / "sealpost.db", isolation_level=None)
    store.execute("insert into people_person (id, language, password_hash, created_at) values (1, 'en', 'x', 0)")
    store.executemany("insert into people_address (address, person_id, proven_at) values (?, 1, 0)",
                      [("bob@partner.test",), ("bob@void.test",), ("robert@partner.test",)])
    store.execute("insert into people_passkey (person_id, credential_id, algorithm, public_key, counter, name, added_at)"
                  " values (1, x'01', -7, x'02', 0, 'phone', 0)")
    sealpost("--config", config, "queue", "list")
    store.execute("create trigger no_bob before insert on queue_recipient when new.address like 'bob@%'"
                  " begin select raise(abort, 'no more'); end")
    store.close()
    done = run_sealpost("--config", config, "person", "factors", "remove", "bob@partner.test")
    assert done.returncode != 0
    assert "the factors are removed; the note to bob@partner.test, bob@void.test could not be queued" in done.stderr
    queued = json.loads(sealpost("--config", config, "--format", "json", "queue", "list"))["messages"]
    assert [recipient["address"] for message in queued for recipient in message["recipients"]] == ["robert@partner.test"]
    assert "passkeys" not in sealpost("--config", config, "person", "show", "bob@partner.test")


def test_an_address_is_taken_off_a_person_who_keeps_another_one(tmp_path):
    config = write_service_config(tmp_path)
    sealpost("--config", config, "account", "add", "acme")
    store = sqlite3.connect(tmp_path / "data" / "sealpost.db", isolation_level=None)
    store.execute("insert into people_person (id, language, password_hash, created_at) values (1, 'en', 'x', 0)")
    store.executemany("insert into people_address (address, person_id, proven_at) values (?, 1, 0)",
                      [("bob@partner.test",), ("robert@partner.test",)])
    store.execute("insert into people_session (digest, kind, owner_id, assurance, csrf, signed_in_at, active_at)"
                  " values (x'01', 0, 1, 1, 'x', 0, 0)")
    store.close()
    done = json.loads(sealpost("--config", config, "--format", "json", "person", "address", "remove", "Bob@partner.test"))
    assert done == {"id": 1, "removed": True}
    assert json.loads(sealpost("--config", config, "--format", "json", "person", "show", "robert@partner.test"))["addresses"] == [
        "robert@partner.test"]
    store = sqlite3.connect(tmp_path / "data" / "sealpost.db")
    assert store.execute("select count(*) from people_session").fetchone() == (0,)
    store.close()
    queued = json.loads(sealpost("--config", config, "--format", "json", "queue", "list"))["messages"]
    told = [recipient["address"] for message in queued for recipient in message["recipients"]]
    assert sorted(told) == ["bob@partner.test", "robert@partner.test"], "the one that went, too"
    record, = json.loads(sealpost("--config", config, "--format", "json", "audit", "list", "--what", "person.address_removed"))["records"]
    assert (record["who"], record["subject"]) == ("operator", "person:1")
    last = run_sealpost("--config", config, "person", "address", "remove", "robert@partner.test")
    assert last.returncode == 1 and "only address" in last.stderr and "person erase" in last.stderr
    assert run_sealpost("--config", config, "person", "address", "remove", "bob@partner.test").returncode == 1


def test_a_gateway_keeps_its_audit_trail_as_long_as_it_is_told(tmp_path, start):
    config, document = write_gateway_config(tmp_path, '[retention]\naudit = "30d"\n'), tmp_path / "policy.toml"
    document.write_text('[[recipient]]\nlistener = "public"\naddress = "partner.test"\naction = "accept"\n')
    sealpost("--config", config, "policy", "submit", "--no-dns", document)
    sealpost("--config", config, "audit", "list")  # makes the tables
    store = sqlite3.connect(tmp_path / "data" / "sealpost.db", isolation_level=None)
    store.executemany("insert into people_audit (at, who, network, what, subject, details) values (?, 'operator', '', 'policy.committed', '', '{}')",
                      [(at,) for at in range(700)])
    # A clock that is seen for the first time is doubted for a day.
    store.execute("insert into people_clock (number, seen_at, believed_at) values (1, ?, 0)", (int(time.time() * 1000),))
    with pytest.raises(sqlite3.IntegrityError, match="append only"):
        store.execute("delete from people_audit where at < 700")
    store.close()
    sealpost("--config", config, "policy", "commit", "-m", "partner")
    start(Node(config))
    trail = lambda: json.loads(sealpost("--config", config, "--format", "json", "audit", "list"))["records"]
    told = wait_until(lambda: [record for record in trail() if record["what"] == "audit.shortened"])
    assert told[0]["details"]["count"] == 700 and told[0]["details"]["older_than"].endswith("T00:00:00.000Z")
    assert [record["what"] for record in trail()] == ["audit.shortened", "policy.committed"]


def test_bash_offers_what_may_stand_next(tmp_path):
    script = pathlib.Path(__file__).parents[2] / "packaging/sealpost.bash"
    (tmp_path / "sealpost").symlink_to(SEALPOST)

    def offer(*words):
        shell = f'source "{script}"; COMP_WORDS=(sealpost "$@"); COMP_CWORD=$#; _sealpost; printf "%s\\n" "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "-c", shell, "bash", *words], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
        assert done.returncode == 0 and done.stderr == "", done
        return done.stdout.split()

    assert offer("policy", "di") == ["diff", "discard"]
    assert offer("--format", "") == ["json", "text"]
    assert offer("policy", "add", "rec") == ["recipient"] and offer("policy", "add", "recipient", "act") == ["action="]
    assert offer("queue", "list", "--conf") == ["--config"]
    assert offer("--config", "") == []

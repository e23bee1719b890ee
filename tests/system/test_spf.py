"""`sealpost spf check` against a real name server: every vector of tests/vectors/spf that a name server and a
command line can show, and what only the network has: TCP, silence, streams of questions."""
import json
import socket
import struct
import subprocess
import time

import pytest

from world import spf_vectors
from world.command import SEALPOST, sealpost
from world.names import Names

FILES = sorted(spf_vectors.FOLDER.glob("*.spf"))


def batch(names, questions, *flags, text=None):
    lines = text if text is not None else "".join(json.dumps(question) + "\n" for question in questions)
    answers = sealpost("spf", "check", "--batch", "--resolver", names.endpoint, *flags, stdin=lines)
    return [json.loads(line) for line in answers.splitlines()]


def differences(case, answer):
    """What the answer says otherwise than the vector, as texts."""
    none_is = {"mechanism": "", "explanation": "none"}
    for key in ("result", "mechanism", "explanation", "domain", "lookups", "void"):
        if key in case.values:
            got = answer["void_lookups" if key == "void" else key]
            got = none_is.get(key, "") if got is None else str(got)
            if got != case.values[key]:
                yield f"{case.title}: {key} is {got!r}, not {case.values[key]!r} ({answer['problem']})"


def test_there_are_vectors():
    assert len(FILES) >= 12


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_vectors_are_judged_through_the_command_as_the_rfc_says(path, tmp_path, start):
    zone, cases = spf_vectors.load(path)
    zones, failing = spf_vectors.master_files(zone)
    names = start(Names(tmp_path / "names", zones, failing))
    shown = {number: case for number, case in enumerate(cases) if "library" not in case.values}
    answers = batch(names, [case.question(number) for number, case in shown.items()])
    assert sorted(answer["id"] for answer in answers) == sorted(shown)
    wrong = [text for answer in answers for text in differences(shown[answer["id"]], answer)]
    assert not wrong, "\n".join(wrong)
    print(f"{path.stem}: {len(shown)} of {len(cases)} through the command")


def test_only_a_few_vectors_are_for_the_library_alone():
    cases = [case for path in FILES for case in spf_vectors.load(path)[1]]
    alone = [case for case in cases if "library" in case.values]
    print(f"{len(cases)} vectors, {len(alone)} of them for the library alone:")
    for case in alone:
        print(f"  {case.title}: {case.values['library']}")
    assert len(alone) <= len(cases) / 20


def ask_over_udp(names, name):
    """The flags and the size of a plain UDP answer to a TXT question with room for 1232 octets."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    edns = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0)
    query = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 1) + labels + struct.pack(">HH", 16, 1) + edns
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(query, ("127.0.0.1", names.port))
        answer = client.recv(65535)
    return struct.unpack(">H", answer[2:4])[0], len(answer)


def test_a_record_too_long_for_a_datagram_is_had_over_tcp(tmp_path, start):
    terms = " ".join(f"ip4:203.0.113.{number}" for number in range(1, 255))
    zones, _ = spf_vectors.master_files([f"long.example.com TXT v=spf1 {terms} ip4:192.0.2.1 -all",
                                         f"long.example.com TXT {'something else ' * 100}"])
    names = start(Names(tmp_path / "names", zones))
    flags, size = ask_over_udp(names, "long.example.com")
    assert flags & 0x0200 and size < 1232, "the name server was to truncate its answer"
    answer = json.loads(sealpost("--format", "json", "spf", "check", "--ip", "192.0.2.1", "--helo", "mx.example.org",
                                 "--mail-from", "user@long.example.com", "--resolver", names.endpoint))
    assert (answer["result"], answer["mechanism"]) == ("pass", "ip4:192.0.2.1")
    assert len(answer["trace"]) == 256


@pytest.fixture
def example(tmp_path, start):
    zones, _ = spf_vectors.master_files([
        "example.com TXT v=spf1 a include:_spf.example.net -all exp=why.example.com", "example.com A 192.0.2.9",
        "_spf.example.net TXT v=spf1 ip4:198.51.100.0/24 ~all", "why.example.com TXT %{i} may not send for %{o}, says %{r}",
        "mx.example.org TXT v=spf1 a -all", "mx.example.org A 192.0.2.25"])
    return start(Names(tmp_path / "names", zones))


def check(names, *flags, expect=0):
    return json.loads(sealpost("--format", "json", "spf", "check", "--resolver", names.endpoint, *flags, expect=expect))


def test_one_question_is_answered_with_the_path(example):
    answer = check(example, "--ip", "192.0.2.1", "--helo", "mx.example.org", "--mail-from", "user@example.com",
                   "--receiver", "mx.receiver.example")
    assert {key: answer[key] for key in ("result", "identity", "domain", "mechanism", "explanation", "lookups", "void_lookups")} == {
        "result": "fail", "identity": "mailfrom", "domain": "example.com", "mechanism": "-all", "lookups": 2, "void_lookups": 0,
        "explanation": "192.0.2.1 may not send for example.com, says mx.receiver.example"}
    assert [(step["depth"], step["term"], step["outcome"]) for step in answer["trace"]] == [
        (0, "v=spf1", "fail"), (0, "a", "no_match"), (0, "include:_spf.example.net", "no_match"), (1, "v=spf1", "softfail"),
        (1, "ip4:198.51.100.0/24", "no_match"), (1, "~all", "match"), (0, "-all", "match")]


def test_without_a_sender_the_helo_name_is_judged(example):
    answer = check(example, "--ip", "192.0.2.25", "--helo", "mx.example.org")
    assert (answer["result"], answer["identity"], answer["domain"]) == ("pass", "helo", "mx.example.org")


@pytest.mark.parametrize("sender", ["", "<>"])
def test_the_null_reverse_path_is_the_identity_mailfrom_of_the_helo_name(example, sender):
    answer = check(example, "--ip", "192.0.2.25", "--helo", "mx.example.org", "--mail-from", sender)
    assert (answer["result"], answer["identity"], answer["domain"]) == ("pass", "mailfrom", "mx.example.org")


def test_the_text_form_is_a_tree(example):
    text = sealpost("spf", "check", "--ip", "198.51.100.7", "--helo", "mx.example.org", "--mail-from", "user@example.com",
                    "--resolver", example.endpoint)
    lines = text.splitlines()
    assert lines[0] == "pass for example.com (mailfrom), by include:_spf.example.net"
    assert "      _spf.example.net: v=spf1 ip4:198.51.100.0/24 ~all  -> pass" in lines
    assert "        ip4:198.51.100.0/24  -> match" in lines


def test_a_name_server_that_is_silent_is_temperror_in_time_and_no_failure_of_the_command(start):
    silent = start(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    silent.bind(("127.0.0.1", 0))
    begin = time.monotonic()
    answer = json.loads(sealpost("--format", "json", "spf", "check", "--ip", "192.0.2.1", "--mail-from", "u@example.com",
                                 "--resolver", f"127.0.0.1:{silent.getsockname()[1]}", "--timeout", "1"))
    assert answer["result"] == "temperror"
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("flags", [
    [], ["--ip", "192.0.2.1"], ["--ip", "192.0.2", "--helo", "mx.example.org"], ["--ip", "192.0.2.1", "--mail-from", ""],
    ["--ip", "192.0.2.1", "--helo", "x.example", "--resolver", "nowhere"], ["--batch", "--ip", "192.0.2.1"],
    ["--ip", "192.0.2.1", "--helo", "x.example", "--timeout", "0"]])
def test_a_question_that_makes_no_sense_is_a_usage_error(flags):
    done = subprocess.run([SEALPOST, "spf", "check", *flags], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr


def test_a_line_that_makes_no_sense_is_answered_and_the_rest_goes_on(example):
    good = {"id": "last", "ip": "192.0.2.9", "helo": "mx.example.org", "mail_from": "user@example.com"}
    lines = ["not json", "[1]", '{"id":7,"helo":"x.example"}', '{"id":{"a":1},"ip":"192.0.2","helo":"x.example"}', "",
             '{"id":8,"ip":"192.0.2.1","helo":5}', '{"ip":"192.0.2.1"}', json.dumps({**good, "x": "y" * 70_000}), json.dumps(good)]
    answers = batch(example, [], text="\r\n".join(lines))  # and no line end behind the last one
    errors = [(answer["line"], answer["id"]) for answer in answers if "error" in answer]
    assert errors == [(1, None), (2, None), (3, 7), (4, {"a": 1}), (6, 8), (7, None), (8, None)]
    assert [answer["result"] for answer in answers if "error" not in answer] == ["pass"]
    assert answers[-1]["id"] == "last"


def test_a_batch_answers_each_line_before_it_has_seen_the_end(example):
    with subprocess.Popen([SEALPOST, "spf", "check", "--batch", "--resolver", example.endpoint, "--concurrency", "1"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        for number in range(3):
            process.stdin.write(json.dumps({"id": number, "ip": "192.0.2.25", "helo": "mx.example.org"}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())
            assert (answer["id"], answer["result"], answer["identity"]) == (number, "pass", "helo")
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_long_batch_is_answered_whole_within_bounded_memory(example):
    count = 20_000
    questions = "".join(json.dumps({"id": number, "ip": "192.0.2.9", "helo": "mx.example.org", "mail_from": "u@example.com"}) + "\n"
                        for number in range(count))
    done = subprocess.run(["/bin/bash", "-c", 'ulimit -v 3000000; exec "$0" "$@"', SEALPOST, "spf", "check", "--batch", "--resolver",
                           example.endpoint, "--concurrency", "50"], input=questions, capture_output=True, text=True, timeout=120)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and sorted(answer["id"] for answer in answers) == list(range(count))
    assert {answer["result"] for answer in answers} == {"pass"}


def test_the_trace_of_a_batch_is_told_when_it_is_asked_for(example):
    question = {"id": 1, "ip": "192.0.2.9", "helo": "mx.example.org", "mail_from": "user@example.com"}
    assert "trace" not in batch(example, [question])[0]
    assert [step["term"] for step in batch(example, [question], "--trace")[0]["trace"]] == ["v=spf1", "a"]

"""pyspf on the answers of the scenarios: lines as bench_spf prints them. Zone lines come on standard input.
pyspf keeps nothing between two evaluations, so warm and cold are one."""
import sys
import time

import spf

SCENARIOS = {"plain": "user@plain.example.com", "include chain of five": "user@chain.example.com",
             "exists:%{i}": "user@res.example.com"}
answers, asked = {}, 0


def look_up(name, kind, tcpfallback=True, timeout=30):
    global asked
    asked += 1
    return answers.get((name.lower(), kind), [])


def evaluate(sender):
    result = spf.check2(i="192.0.2.1", s=sender, h="mx.example.org")
    assert result[0] == "pass", (sender, result)


def read_value(kind, data):
    if kind == "TXT":
        return (data.encode(),)
    if kind == "MX":
        preference, host = data.split()
        return (int(preference), host)
    return data


def main():
    global asked
    for line in sys.stdin.read().splitlines():
        name, kind, data = line.split(" ", 2)
        answers.setdefault((name, kind), []).append(((name, kind), read_value(kind, data)))
    spf.DNSLookup = look_up
    for scenario, sender in SCENARIOS.items():
        asked = 0
        evaluate(sender)
        questions, count, begin = asked, 0, time.thread_time()
        while time.thread_time() - begin < 1.0:
            evaluate(sender)
            count += 1
        print(f"{scenario}\tpyspf\tcold\t{count / (time.thread_time() - begin):.0f}\t{questions}")


if __name__ == "__main__":
    main()

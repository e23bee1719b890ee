"""The results as a page."""
import datetime
import os
import pathlib
import platform
import re
import subprocess

import measures
import peers

US = peers.Sealpost.name
SETTINGS = {"Sealpost": ("sealpost.toml", "sealpost-policy.toml"), "Postfix": ("postfix-main.cf", "postfix-master.cf"), "Exim": ("exim.conf",),
            "OpenSMTPD": ("smtpd.conf",), "OpenSMTPD, as it comes": ("smtpd.conf",), "Haraka": ("haraka/",)}


def describe_machine(bench):
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {gigabytes:.0f} GiB; Linux {platform.release()}; "
            f"{measures.file_system(bench.world.folder)}, where an fsync behind 10 KiB takes {measures.measure_disk(bench.world.folder):.2f} ms; "
            f"load average at the end {load}")


def show(value, digits=0):
    if value is None:
        return "–"
    return f"{value:,.{digits}f}"


def times(ours, theirs, less_is_better, digits=1):
    if not ours or not theirs:
        return ""
    ratio = theirs / ours if less_is_better else ours / theirs
    return f" ({ratio:,.{digits}f}×)" if ratio < 100 else f" ({ratio:,.0f}×)"


class Page:
    def __init__(self, bench):
        self.bench, self.book, self.names = bench, bench.book, [peer.name for peer in bench.chosen]
        self.lines = []

    def say(self, text=""):
        self.lines.append(text)

    def has(self, measure):
        return any(key[0] == measure for key in self.book.values)

    def ratio(self, measure, cell, name, us=US):
        """How many times Sealpost's value (or that of `us`) is that of another; None when one of them is missing."""
        ours, theirs = self.book.median(measure, cell, us), self.book.median(measure, cell, name)
        return ours / theirs if ours and theirs else None

    def table(self, measure, cells, digits=0, less_is_better=False, extra=(), ratio_digits=1):
        """A row for each (title, cell), a column for each server, and how many times better Sealpost is."""
        names = [*self.names, *extra]
        self.say("| | " + " | ".join(names) + " |")
        self.say("|---|" + "---:|" * len(names))
        for title, cell, *own in cells:
            row_measure = own[0] if own else measure
            ours = self.book.median(row_measure, cell, US)
            row = [title]
            for name in names:
                value = self.book.median(row_measure, cell, name)
                row.append(show(value, digits) + ("" if name == US else times(ours, value, less_is_better, ratio_digits)))
            self.say("| " + " | ".join(row) + " |")
        self.say()

    def cells(self):
        return [(cell.title, cell) for cell in self.bench.plan.cells]


def write(bench, command, machine, note):
    page = Page(bench)
    write_head(page, command, machine, note)
    write_goals(page)
    write_durability(page)
    write_accepts(page)
    write_relay(page)
    write_memory(page)
    write_handshakes(page)
    write_queue(page)
    write_failures(page)
    write_settings(page)
    return "\n".join(page.lines).rstrip() + "\n"


def describe_tree():
    """The sources that were measured, and the scripts that measured them."""
    def git(*words):
        return subprocess.run(["git", *words], cwd=peers.ROOT, capture_output=True, text=True)

    told = git("rev-parse", "--short=12", "HEAD")
    if told.returncode != 0:
        return "sources without a repository"
    is_changed = git("status", "--porcelain", "--", ".", ":!bench/RESULTS.md").stdout  # the page itself is being written
    return f"commit {told.stdout.strip()}{', changed' if is_changed else ''}"


# Figures that are made of waits, not of work, as `strace` showed; each is told of where the cells have it.
EXIM_QUIT = ("Exim, asked to QUIT in clear text, waits up to 200 ms for the client to close before it says 221, for which the client waits, so that 20 sessions "
             "of one message come to 100 a second at most")
HARAKA_PIPELINED = ("Haraka answers pipelined commands with a write each and without TCP_NODELAY, so that the kernel keeps the second until the first is acknowledged, "
                    "some 40 ms later")
QUIT_WAIT = 0.2  # seconds
ACK_WAIT_MS = 40


def list_waits(page):
    """(cells, why) of each of these waits that was seen."""
    def is_at_rest(cell, name):
        """Works for less than half of the processors' time."""
        rate, cost = (page.book.median(measure, cell, name) for measure in ("accepted a second", "processor ms a message"))
        return bool(rate and cost) and rate * cost / 1000 < os.cpu_count() / 2

    def has_waited_for_quit(cell):
        rate = page.book.median("accepted a second", cell, "Exim")
        return cell.tls == "none" and cell.messages == 1 and is_at_rest(cell, "Exim") and rate <= 1.1 * cell.sessions / QUIT_WAIT

    def has_waited_for_an_ack(cell):
        alone = page.book.median("latency p50 ms", cell._replace(pipelining=False), "Haraka")
        latency = page.book.median("latency p50 ms", cell, "Haraka")
        return cell.pipelining and is_at_rest(cell, "Haraka") and latency and latency >= ACK_WAIT_MS and (not alone or latency >= alone + ACK_WAIT_MS / 2)

    for has_waited, why in ((has_waited_for_quit, EXIM_QUIT), (has_waited_for_an_ack, HARAKA_PIPELINED)):
        if cells := [cell.title for cell in page.bench.plan.cells if has_waited(cell)]:
            yield cells, why


def write_head(page, command, machine, note):
    plan, versions = page.bench.plan, page.book.versions
    page.say("# Mail servers side by side")
    page.say()
    page.say(f"Written by `{command}` on {datetime.date.today()}, of {describe_tree()}. {machine}.")
    if versions:
        page.say("Measured: " + "; ".join(versions[name] for name in page.names if name in versions and not name.endswith("comes")) + ".")
    if note:
        page.say()
        page.say(f"**{note}**")
    page.say(f"""
One generator (`bench/mail`, C++, two threads at most, nothing of Sealpost in it) sends the same messages to every server on the same
machine, and the servers keep their queues on the same disk. Commands come one at a time; *pipelined*, MAIL, RCPT and DATA come in one piece, as Postfix, Exim and
Sealpost send them themselves, where the server offers it (RFC 2920). All run at the same time and get their load in turns; a figure
is the median of {plan.rounds} round{'s' if plan.rounds > 1 else ''}, in each of which TLS sessions have {plan.handshake_turns} turns. A message counts when it was answered with 250 behind the final dot. Messages have 10 KiB where nothing else is
said. In parentheses: how many times better Sealpost is. A dash: not measured, or the server did not get there (see *What went wrong*). The generator and the sink
use the same two cores as the servers, so rates on the wall are less than a server alone could reach.
""")


def write_goals(page):
    goals = [goal for goal in list_goals(page) if goal]
    if not goals:
        return
    page.say("| goal | reached | |")
    page.say("|---|---|---|")
    for wanted, reached, is_met in goals:
        page.say(f"| {wanted} | {reached} | {'met' if is_met else '**not met**'} |")
    page.say()


def list_goals(page):
    """Each as what is wanted, what is reached, and whether that is enough; None where it was not measured."""
    accepts = [("accepted a second", cell) for cell in page.bench.plan.cells]
    durable = [name for name in page.names if name != US and not name.endswith("comes")]
    relays = [("relayed a second", cell) for cell in measures.RELAYS]
    idle = [(measures.WORDS[tls], page.book.median("idle session, PSS KiB", tls, US), limit) for tls, limit in (("none", 12), ("starttls", 40))]
    yield goal_of("durable accepts a second: 10 times Postfix", [page.ratio(*row, "Postfix") for row in accepts], 10, 1)
    yield goal_of("end to end: 6 times Postfix", [page.ratio(*row, "Postfix") for row in relays], 6, 1)
    yield goal_of("ahead of every durable peer in accepts and end to end", [page.ratio(*row, name) for row in accepts + relays for name in durable], 1, 1)
    for kind in ("full", "resumed"):
        yield goal_of(f"TLS sessions, {kind}: 0.8 of OpenSSL alone", [page.ratio("TLS sessions a second", kind, measures.RAW)], 0.8, 2)
    for protection, reached, limit in idle:
        yield reached and (f"an idle session, {protection}: below {limit} KiB", f"{reached:.1f} KiB", reached < limit)
    starts = [page.book.median(measure, "", US) for measure in ("start with the queue, s", "start after a kill, s")]
    start = max((seconds for seconds in starts if seconds), default=None)
    yield start and (f"a start with {page.bench.plan.own_queue:,} messages, also after a kill: below 5 s",
                     f"{start:.2f} s" if all(starts) else "only one of the two starts", all(starts) and start < 5)


def goal_of(wanted, ratios, least, digits):
    ratios = [ratio for ratio in ratios if ratio]
    if not ratios:
        return None
    reached = f"{min(ratios):.{digits}f}" + (f" to {max(ratios):.{digits}f}" if len(ratios) > 1 else "")
    return wanted, reached + " times", min(ratios) >= least


def write_durability(page):
    if not page.book.proofs:
        return
    page.say("## The same durability")
    page.say()
    page.say("What `strace` saw at all processes of a server between the final dot and the 250 to it; a sync counts when it had returned before the 250 was written.")
    page.say()
    page.say("| server | synced before the 250 | durable |")
    page.say("|---|---|---|")
    for name, proof in page.book.proofs.items():
        synced = ", ".join(f"`{call}` {shorten(where)}" for call, where in proof.syncs)
        if not synced and proof.synchronous:
            synced = "nothing; but its spool is written synchronously (`chattr +S`, seen at every file of the queue by `lsattr`)"
        page.say(f"| {name} | {synced or 'nothing'} | {'yes' if proof.syncs or proof.synchronous else '**no**'} |")
    page.say()
    as_it_comes = page.book.proofs.get("OpenSMTPD, as it comes")
    if as_it_comes and not as_it_comes.syncs:
        page.say("OpenSMTPD syncs nothing when it accepts. So it is measured twice: with a spool that the file system writes synchronously, and as it comes, which is no "
                 "fair comparison, since it may lose what it has answered with 250.")
    if peers.OpenSmtpd.name in page.names and not peers.OpenSmtpd.shakes_hands:
        page.say("Debian 12's OpenSMTPD offers STARTTLS and then fails in every handshake (it cannot sign with OpenSSL 3, its issue 1171): nothing of it can be measured with TLS.")
    page.say()


def shorten(path):
    return "`" + re.sub(r"[0-9A-Za-z_.-]*\d[0-9A-Za-z_.-]{6,}", "*", path) + "`"


def write_accepts(page):
    if not page.has("accepted a second"):
        return
    page.say("## Accepted messages a second")
    page.say()
    page.say("Nothing is delivered meanwhile; the queue holds what comes. *A sink that keeps nothing* is the bench's own: it answers 250 and forgets the message, "
             "which is what the generator and the kernel leave to any server on these processors (in parentheses what part of it Sealpost reaches)."
             + (" OpenSMTPD does not offer pipelining." if peers.OpenSmtpd.name in page.names else ""))
    page.say()
    rows = page.cells()
    if page.has("smtp-source"):
        rows.append(("the same by Postfix's smtp-source: plain, 20 sessions, 1 message each", "none", "smtp-source"))
    page.table("accepted a second", rows, extra=[measures.NOTHING])
    beyond = [cell.title for cell in page.bench.plan.cells if (page.ratio("accepted a second", cell, "Postfix", measures.NOTHING) or 10) < 10]
    if beyond:
        page.say("Ten times what Postfix accepts is more than the sink itself takes, so that no server reaches it here: " + "; ".join(beyond) + ".")
        page.say()
    for cells, why in list_waits(page):
        page.say(f"Made of waits, not of work, as `strace` showed: {why} (here: {'; '.join(cells)}).")
        page.say()
    page.say("### Milliseconds of processor time a message, all processes of the server")
    page.say()
    page.table("processor ms a message", page.cells(), 2, True)
    page.say("### Milliseconds from MAIL to the 250, half of the messages and 99 of 100")
    page.say()
    page.table("latency p50 ms", [row for title, cell in page.cells()
                                  for row in ((title, cell), (title + ", 99 %", cell, "latency p99 ms"))], 1, True)
    page.say("### Milliseconds to accept 10 MiB")
    page.say()
    page.table("10 MiB ms", [(measures.WORDS[tls], tls) for tls in ("none", "starttls")], 0, True)


def write_relay(page):
    if not page.has("relayed a second"):
        return
    page.say("## Relayed, end to end")
    page.say()
    page.say(f"What comes within {page.bench.plan.seconds + page.bench.plan.warm_up:g} s, the server passes on to a sink, which offers pipelining. From the first connection until the last message that was accepted has come out.")
    page.say()
    page.table("relayed a second", [row for cell in measures.RELAYS for row in (
        (cell.title, cell), (cell.title + ": accepted a second meanwhile", cell, "relayed: accepted a second"))])
    page.say("### Milliseconds of processor time a message, all processes of the server")
    page.say()
    page.table("relayed: processor ms a message", [(cell.title, cell) for cell in measures.RELAYS], 2, True)
    for title, measure in (("not out in time", "relayed: not yet out"), ("came twice", "relayed: twice")):
        values = [f"{name} {show(sum(page.book.median(measure, cell, name) or 0 for cell in measures.RELAYS))}" for name in page.names]
        page.say(f"Messages that {'were ' if title.startswith('not') else ''}{title}: " + ", ".join(values) + ".")
    page.say()


def write_memory(page):
    if not page.has("idle session, PSS KiB"):
        return
    page.say("## Memory of an idle session, KiB")
    page.say()
    page.say(f"{page.bench.plan.idle:,} sessions that have said EHLO (and STARTTLS); the growth of all processes of the server, divided by them. PSS parts what "
             "processes share, RSS counts it in each.")
    page.say()
    page.table("", [(f"{measures.WORDS[tls]}, {kind}", tls, f"idle session, {kind} KiB") for tls in ("none", "starttls") for kind in ("PSS", "RSS")], 1, True)


def write_handshakes(page):
    if not page.has("TLS sessions a second"):
        return
    page.say("## TLS sessions")
    page.say()
    page.say("Greeting, EHLO, STARTTLS, handshake, EHLO, QUIT; 20 at a time, ECDSA P-256, TLS 1.3. *OpenSSL alone* is the bench's own sink with STARTTLS, which does nothing else "
             "(in parentheses what part of it Sealpost reaches). *A processor second*: of the server's processes, whatever else the machine does.")
    page.say()
    rows = [(f"{kind}, {what}", kind, f"TLS sessions {what}") for kind in ("full", "resumed") for what in ("a second", "a processor second")]
    page.table("", rows, extra=(measures.RAW,), ratio_digits=2)


def write_queue(page):
    if not page.has("queued"):
        return
    page.say("## With many messages in the queue")
    page.say()
    page.say(f"Messages of 1 KiB for 1,000 domains, filled by 200 sessions within {page.bench.plan.fill_seconds:,.0f} s at most: {page.bench.plan.own_queue:,} for Sealpost, "
             f"{page.bench.plan.queue:,} for the others, which a million would take too long. Start: from the command to the greeting.")
    page.say()
    page.table("", [("messages in the queue", "", "queued")])
    page.table("", [("accepted a second with them", "", "accepted a second with the queue"), ("delivered a second from them", "", "delivered a second from the queue")])
    page.table("", [("start without, s", "", "start, empty, s"), ("start with them, s", "", "start with the queue, s"),
                    ("start with them after a kill amid accepts, s", "", "start after a kill, s"),
                    ("first delivery behind the start, s", "", "first delivery behind the start, s")], 2, True)


def write_failures(page):
    page.say("## What went wrong")
    page.say()
    if not page.book.failures:
        page.say("Nothing: every connection and every message was taken.")
    for (name, why), number in sorted(page.book.failures.items()):
        page.say(f"- {name}: {why} ({number})")
    page.say()


def write_settings(page):
    page.say("## Settings")
    page.say()
    page.say("The queue is held where only accepting is measured: Sealpost by one delivery to a host that never greets, Postfix by HOLD (which spares it the queue manager), "
             "Exim by `queue_only`, OpenSMTPD by `smtpctl pause mta`, Haraka by `disabled`. Sealpost alone asks for the client's name (a name server on loopback, cached). OpenSMTPD "
             "listens with a backlog of 5, which cannot be set, so that some of 20 clients who come at once have to ask again a second later.")
    page.say()
    page.say("Each server is set to relay for clients from this machine, without look-ups and limits against strangers, and with as many processes, sessions and deliveries as "
             "the measure wants. The files, filled in by `bench/mail/peers.py`:")
    page.say()
    for name in page.names:
        files = ", ".join(f"[{file}](mail/peers/{file})" for file in SETTINGS[name])
        page.say(f"- {name}: {files}")
    page.say()

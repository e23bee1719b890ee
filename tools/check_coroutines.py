#!/usr/bin/env python3
"""Finds what g++ 12 compiles wrongly inside the statement of a co_await: a closure that owns what it captures, and a
braced argument, are destroyed twice there (a name of its own in the line before is enough). Prints each with file and line;
exit status 1 when there is any."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "fuzz", "bench")
QUIET = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\'', re.S)
CLOSURE = re.compile(r"[(,?:]\s*\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\s*[(<{m]")
BRACED = re.compile(r"(?:[(,?:*]|\bnew\b|\bco_await\b)\s*(?:[A-Za-z_][\w:]*(?:<[\w:<>,*& ]*>)?)?\s*\{\s*[^\s}]")
OWNS_NOTHING = re.compile(r"this|&(\w+\s*=.*)?|&\w+|", re.S)
# Braced arguments whose destruction does nothing: a span, an endpoint, an address.
TRIVIAL = re.compile(r"{(\w+\.data\(\)[^,;{}]*, \w+(\.\w+\(\))?|host, url\.port|[\d, ]+)}")


def blank(text):
    """The text without comments and what is quoted; every line stays where it is."""
    return QUIET.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def statement_from(code, begin, ends=";"):
    """Up to the end of the statement, or of the parentheses that it stands in; without `ends`, these alone."""
    depth = 0
    for at in range(begin, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
        if depth < 0 or (depth == 0 and code[at] in ends):
            return code[begin:at]
    return code[begin:]


def without_bodies(statement):
    """What closures do when they run is no part of the statement."""
    at = 0
    while found := CLOSURE.search(statement, at):
        at = found.end()
        begin = statement.find("{", at - 1)
        if begin >= 0:
            body = statement_from(statement, begin + 1, ends=())
            statement = statement[:begin + 1] + " " * len(body) + statement[begin + 1 + len(body):]
    return statement


def is_owner(captures):
    each = re.split(r",(?![^(\[{]*[)\]}])", captures)
    return not all(OWNS_NOTHING.fullmatch(capture.strip()) for capture in each)


def find_faults(text):
    code = blank(text)
    for awaited in re.finditer(r"\bco_await\b", code):
        line = code.count("\n", 0, awaited.start()) + 1
        statement = without_bodies(statement_from(code, awaited.start()))
        if any(is_owner(found[1]) for found in CLOSURE.finditer(statement)):
            yield line, "a closure with captures inside the statement of a co_await"
        if any(not TRIVIAL.match(statement, found[0].index("{") + found.start()) for found in BRACED.finditer(statement)):
            yield line, "a braced argument inside the statement of a co_await"


def prove_itself():
    """A check that finds nothing says little; these it must find, and these not."""
    bad = ("auto a = co_await pool.run([report] { return pack(*report); });", "SEALPOST_CO_CHECK(co_await f(x, {name, 1}));",
           "co_await g(Reason{text});", "co_await h([n = std::move(n)]() mutable { use(n); });",
           "co_await pool.run([x = items[0]] { use(x); });", "co_await f([x]<class T>(T t) { use(x, t); });",
           "co_await f(std::vector<std::pair<A, B>>{x});", "co_await f(a ? T{x} : T{y});", "co_await f(new T{x});",
           "co_await T{x}.run();", "co_await f(Parts{text.data(), std::move(owner)});", "f(1'000); co_await f(1'000, [owner] { return 'c'; });")
    good = ("auto w = [report] { return 1; }; co_await pool.run(w);", "co_await pool.run([this] { go(); });", "co_await f(x, {});",
            "co_await f(\"{a}\"); use({b, c});", "co_await f([&queue = parts_.queue] { go(queue); });", "co_await f({x.data() + at, count}, y);",
            "co_await f(&a, [&b](auto c) { a(); d([c] { e({c, 1}); }); });")
    for text in bad:
        assert list(find_faults(text)), text
    for text in good:
        assert not list(find_faults(text)), text


def main():
    prove_itself()
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.[ch]pp"))]
    faults = [f"{path.relative_to(ROOT)}:{line}: {what}" for path in files for line, what in find_faults(path.read_text())]
    print("\n".join(faults) or f"{len(files)} files keep co_await apart from closures and braces")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()

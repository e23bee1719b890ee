"""The cases of tests/vectors/spf (README.md there), and their zones as master files for NSD."""
import dataclasses
import ipaddress
import pathlib
import re

from .command import ROOT

FOLDER = ROOT / "tests/vectors/spf"
ZONES = ("com", "net", "org", "arpa", "c-om")  # every name of the vectors lies below one of these


@dataclasses.dataclass
class Case:
    title: str
    domain: str  # of the case's own record
    values: dict

    def question(self, number):
        asked = {"id": number, "ip": self.values.get("ip", "192.0.2.1"), "helo": self.values.get("helo", "mx.example.org")}
        sender = self.values.get("from", f"user@{self.domain}")
        if sender != "-":
            asked["mail_from"] = "" if sender == "<>" else sender
        if "receiver" in self.values:
            asked["receiver"] = self.values["receiver"]
        return asked


def unescape(text):
    """Octets written as \\DDD; the answer is bytes."""
    return re.sub(rb"\\(\d{3})", lambda found: bytes([int(found[1])]), text.encode())


def load(path):
    """(zone lines, cases) of one file."""
    zone, cases = [], []
    for line in path.read_text().split("\n"):
        if not line or line.startswith("#"):
            continue
        key, _, value = line.partition(" ")
        if key == "case":
            cases.append(Case(value, f"c{len(cases) + 1}.example.com", {}))
        elif not cases:
            zone.append(line)
        else:
            value = re.sub(r"(?<!%)\{d\}", cases[-1].domain, value)
            cases[-1].values[key] = unescape(value).decode(errors="surrogateescape")
            if key == "record":
                zone.append(f"{cases[-1].domain} TXT {value}")
    return zone, cases


def master_files(zone_lines):
    """({zone: records}, zones that shall fail) for world.names.Names."""
    zones, failing = {zone: [] for zone in ZONES}, []
    for line in zone_lines:
        owner, kind, *rest = line.split(" ", 2)
        data = rest[0] if rest else ""
        owner = owner_name(owner)
        if kind == "TEMPORARY":
            failing.append(owner)
        elif data == "TEMPORARY" or ".." in data and kind != "TXT":
            continue  # no name server can show these: their cases are the library's
        else:
            name = owner.replace("%", "\\%")
            zones[owner.rsplit(".", 1)[1]].append(f"{name}. 1 IN {kind} {format_data(kind, data)}")
    return zones, failing


def owner_name(owner):
    try:
        return ipaddress.ip_address(owner).reverse_pointer
    except ValueError:
        return owner


def format_data(kind, data):
    if kind == "TXT":
        octets = unescape(data)
        pieces = [octets[i:i + 255] for i in range(0, len(octets), 255)] or [b""]
        return " ".join('"' + "".join(quote(octet) for octet in piece) + '"' for piece in pieces)
    if kind in ("MX", "PTR", "CNAME") and not data.endswith("."):
        return data + "."
    return data


def quote(octet):
    return chr(octet) if 32 <= octet < 127 and octet not in b'"\\' else f"\\{octet:03d}"

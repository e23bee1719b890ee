"""A Postfix that verifies who sends: SPF by policyd-spf, DKIM by opendkim, DMARC by opendmarc, each a program of
strangers. Mail that fails SPF with "fail", or DMARC where the domain says p=reject, is refused.

policyd-spf and opendkim ask the test's NSD. opendmarc can only ask the machine's resolver; it gets the zones'
DMARC records from a file instead (its TestDNSData)."""
import pathlib
import socket
import subprocess
import time

from .ports import free_port
from .postfix import Postfix
from .process import end

POLICYD = """\
import sys
import dns.resolver
resolver = dns.resolver.Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], {names_port}
dns.resolver.default_resolver = resolver
from spf_engine.policyd_spf import main
sys.exit(main())
"""
POLICYD_CONF = "debugLevel = 1\nTestOnly = 1\nHELO_reject = Fail\nMail_From_reject = Fail\nPermError_reject = True\n" \
               "TempError_Defer = True\nskip_addresses = 192.0.2.255\nHeader_Type = AR\nAuthserv_Id = {hostname}\n"
OPENDKIM_CONF = "Socket inet:{port}@127.0.0.1\nMode v\nSyslog no\nAuthservID {hostname}\nInternalHosts 192.0.2.255\n" \
                "ResolverConfiguration {folder}/unbound.conf\nOn-BadSignature reject\n"
UNBOUND_CONF = "server:\n  do-not-query-localhost: no\n  module-config: \"iterator\"\n" \
               "  local-zone: \"test.\" nodefault\nforward-zone:\n  name: \".\"\n" \
               "  forward-addr: 127.0.0.1@{names_port}\n"
OPENDMARC_CONF = "Socket inet:{port}@127.0.0.1\nSyslog false\nAuthservID {hostname}\nTrustedAuthservIDs {hostname}\n" \
                 "IgnoreHosts {folder}/ignored\nRejectFailures true\nTestDNSData {folder}/dmarc.records\n" \
                 "PublicSuffixList /usr/share/publicsuffix/public_suffix_list.dat\n"


class VerifyingPostfix(Postfix):
    """As Postfix; `names_port`: of NSD on 127.0.0.1; `dmarc_records`: {"_dmarc.keys.test": "v=DMARC1; p=reject"}."""

    def __init__(self, hostname, address, names_port, dmarc_records, **others):
        super().__init__(hostname, address, **others)
        self.names_port, self.dmarc_records, self.filters = names_port, dmarc_records, []

    def _write_configuration(self):
        super()._write_configuration()
        self._write("policyd.py", POLICYD)
        self._write("policyd.conf", POLICYD_CONF)
        self._write("unbound.conf", UNBOUND_CONF)
        self._write("ignored", "192.0.2.255\n")
        records = "".join(f"{name} {record}\n" for name, record in self.dmarc_records.items())
        (self.folder / "dmarc.records").write_text(records)
        ports = [self._start_filter("opendkim", OPENDKIM_CONF, "-x"), self._start_filter("opendmarc", OPENDMARC_CONF, "-c")]
        milters = ", ".join(f"inet:127.0.0.1:{port}" for port in ports)
        with open(self.settings / "master.cf", "a") as master:
            master.write(f"policyd unix - n n - 0 spawn user=nobody argv=/usr/bin/python3 {self.folder}/policyd.py {self.folder}/policyd.conf\n")
        with open(self.settings / "main.cf", "a") as main:
            main.write(f"smtpd_recipient_restrictions = check_policy_service {{ unix:private/policyd, timeout=60s }}\n"
                       f"policyd_time_limit = 60\nsmtpd_milters = {milters}\nmilter_default_action = tempfail\n"
                       f"milter_protocol = 6\n")

    def _write(self, name, text, **more):
        path = self.folder / name
        path.write_text(text.format(hostname=self.hostname, folder=self.folder, names_port=self.names_port, **more))
        return path

    def _start_filter(self, name, config, option):
        port = free_port("127.0.0.1")
        path = self._write(f"{name}.conf", config, port=port)
        log = open(self.folder / f"{name}.log", "wb")
        self.filters.append(subprocess.Popen([f"/usr/sbin/{name}", "-f", option, str(path)], stdout=log, stderr=log))
        log.close()
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return port
            except OSError:
                said = pathlib.Path(self.folder / f"{name}.log").read_text()
                assert self.filters[-1].poll() is None and time.monotonic() < deadline, f"{name} does not start: {said}"
                time.sleep(0.05)

    def stop(self):
        super().stop()
        while self.filters:
            end(self.filters.pop())

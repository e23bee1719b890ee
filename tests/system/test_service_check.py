"""`config check --service`: whether sealing will work, before there is mail."""
import json

from world.authority import Authority
from world.command import run_sealpost, sealpost, write_gateway_config
from world.setting import Setting


class Asked:
    """`config check --service` of the setting's gateway."""

    def __init__(self, setting):
        self.config = setting.gateway_config

    def __call__(self, expect):
        self.answer = json.loads(sealpost("--config", self.config, "--format", "json", "config", "check", "--service", expect=expect))
        assert self.answer["good"] == (expect == 0), self.answer
        return self.answer["service"]

    def problem(self):
        problem, = self.answer["problems"]
        return problem["key"], problem["what"] + " " + problem["hint"]


def test_a_check_of_the_configuration_asks_the_service_when_it_is_told_to(tmp_path, start):
    setting = Setting(tmp_path, start)
    url, token = f"https://localhost:{setting.service_port}", setting.folder / "acme" / "service.token"
    ask = Asked(setting)
    steps = ("reachable", "certificate_verified", "token_accepted", "account_enabled", "organisation")

    def check(expect, *values):
        assert ask(expect) == {"url": url, **dict(zip(steps, values))}

    check(3, False, None, None, None, None)
    assert ask.problem()[0] == "gateway.service_url" and "[dns] resolver" in ask.problem()[1]
    assert "service" not in json.loads(sealpost("--config", setting.gateway_config, "--format", "json", "config", "check"))
    setting.start_service()
    check(0, True, True, True, True, "Acme")
    said = sealpost("--config", setting.gateway_config, "config", "check", "--service")
    assert said.splitlines() == [f"{url}: reachable, certificate verified, token accepted, account of Acme enabled", "good"]

    setting.serve_command("account", "disable", "acme")
    check(2, True, True, True, False, None)
    assert ask.problem()[0] == "gateway.token_file" and "account enable" in ask.problem()[1]
    setting.serve_command("account", "enable", "acme")

    good = token.read_text()
    setting._write_secret(token, "spt_" + "A" * 43 + "\n")
    check(2, True, True, False, None, None)
    assert ask.problem()[0] == "gateway.token_file" and "token new" in ask.problem()[1]
    told = run_sealpost("--config", setting.gateway_config, "config", "check", "--service")
    assert told.stdout == f"{url}: reachable, certificate verified, token refused\n" and "AAAA" not in told.stderr, told
    setting._write_secret(token, good)

    whole = setting.gateway_config.read_text()
    another = Authority(tmp_path / "another").root
    setting.gateway_config.write_text(whole.replace(str(setting.authority.root), str(another)))
    check(2, True, False, None, None, None)
    assert ask.problem()[0] == "gateway.service_url" and "gateway.trust" in ask.problem()[1]
    setting.gateway_config.write_text(whole)
    check(0, True, True, True, True, "Acme")


def test_there_must_be_a_service_and_a_token_to_ask_with(tmp_path):
    config = write_gateway_config(tmp_path)
    check = lambda: json.loads(sealpost("--config", config, "--format", "json", "config", "check", "--service", expect=2))
    answer = check()
    problem, = answer["problems"]
    assert answer["service"] is None and problem["key"] == "gateway.service_url" and "--service" in problem["hint"], answer
    whole = config.read_text()
    config.write_text(whole + '[gateway]\nservice_url = "https://127.0.0.1:1"\ntoken_file = "service.token"\n')
    answer = check()
    problem, = answer["problems"]
    assert answer["service"] is None and problem["key"] == "gateway.token_file", answer
    config.write_text(whole + "[nod]\n")
    assert check()["service"] is None

"""What the service says of its API is what it does: every call of its OpenAPI document is there, and a person who follows a wrong
link sees a page."""
import http.client
import json
import ssl

from world.setting import Setting


class Service:
    def __init__(self, folder, start):
        self.setting = Setting(folder, start)
        self.setting.start_service()

    def ask(self, method, path, headers):
        context = ssl.create_default_context(cafile=str(self.setting.authority.root))
        connection = http.client.HTTPSConnection("localhost", self.setting.service_port, context=context, timeout=20)
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
        finally:
            connection.close()


def test_every_call_that_is_described_is_there_and_unknown_paths_have_a_page_for_people(tmp_path, start):
    service = Service(tmp_path, start)
    program = {"Accept": "application/json"}
    status, _, text = service.ask("GET", "/api/v1/openapi/service.json", program)
    assert status == 200
    assert service.ask("GET", "/api/v1/openapi.json", program)[2] == text, "this one, where there is no gateway"
    of_administrators = service.ask("GET", "/api/v1/openapi/administrators.json", program)[2]
    for path, calls in [*json.loads(text)["paths"].items(), *json.loads(of_administrators)["paths"].items()]:
        asked = path.replace("{id}", "a" * 26).replace("{ref}", "a" * 26).replace("{domain}", "acme.test").replace("{name}", "ada")
        for method in calls:
            status, _, text = service.ask(method.upper(), asked, program)
            # Of an unknown path the answer is the same 404; these need a session, a token, an origin or another id first.
            known = status in (200, 204, 401, 403) or (status == 404 and calls[method].get("security") == [])
            assert known, (method, path, status, text)

    browser = {"Accept": "text/html,application/xhtml+xml"}
    for path in ("/nothing-here", "/open/a/b", "/envelopes"):
        status, kind, text = service.ask("GET", path, browser)
        assert status == 404 and kind.startswith("text/html") and "This page does not exist" in text and 'href="/"' in text
        status, _, text = service.ask("GET", path, browser | {"Accept-Language": "fr-CH, en;q=0.5"})
        assert status == 404 and 'lang="fr"' in text and "Cette page n’existe pas" in text
        status, kind, text = service.ask("GET", path, program)
        assert status == 404 and kind == "application/problem+json"
    status, kind, _ = service.ask("GET", "/api/v1/nothing", browser)
    assert status == 404 and kind == "application/problem+json"
    assert service.ask("GET", "/ingest", browser)[0] == 303, "who loads the window of a form again"

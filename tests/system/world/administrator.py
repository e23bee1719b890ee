"""An administrator's program: HTTPS with a cookie, an Origin and a CSRF token, as the pages have them."""
import http.client
import json
import ssl


class Administrator:
    """Signed in at `origin`, where a name is given. `call` answers (status, body); `get`, `post` and `edit` the body of a call that
    succeeds."""

    def __init__(self, endpoint, origin, root, name="", password=""):
        self.endpoint, self.origin = endpoint, origin
        self.context = ssl.create_default_context(cafile=str(root))
        self.cookie = self.csrf = ""
        self.connection = None
        self.size = 0  # of the last answer
        if name:
            status, self.session = self.sign_in(name, password)
            assert status == 200, self.session

    def sign_in(self, name, password, **code):
        """`code`: totp or recovery_code. (status, body)"""
        status, answer = self.call("POST", "/api/v1/admin/session", {"name": name, "password": password, **code})
        if status == 200:
            self.csrf = answer["csrf"]
        return status, answer

    def call(self, method, path, body=None):
        if self.connection is None:
            host = self.origin.removeprefix("https://").split(":")[0]
            self.connection = http.client.HTTPSConnection(host, self.endpoint[1], context=self.context, timeout=120)
        headers = {"Origin": self.origin, "Content-Type": "application/json", "X-CSRF-Token": self.csrf, "Cookie": self.cookie}
        data = None if body is None else json.dumps(body)
        self.connection.request(method, path, data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        self.size = len(text)
        if answer.headers.get("Set-Cookie"):
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        if answer.will_close:
            self.connection.close()
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if is_json else text.decode()

    def _succeed(self, method, path, body=None):
        status, answer = self.call(method, f"/api/v1/policy/{path}", body)
        assert status == 200, (path, status, answer)
        return answer

    def get(self, path):
        return self._succeed("GET", path)

    def post(self, path, **body):
        return self._succeed("POST", path, body)

    @property
    def edition(self):
        return self.get("state")["edition"]

    def edit(self, *changes):
        return self.post("edit", edition=self.edition, changes=list(changes))

    def commit(self, comment):
        return self.post("commit", edition=self.edition, comment=comment)["version"]

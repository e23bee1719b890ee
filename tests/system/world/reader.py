"""A recipient at the service, as a browser would be one: cookies, own origin, CSRF token, HTTPS with the test's
authority. Envelopes are opened by Debian's age with the released key."""
import http.client
import json
import re
import ssl
import subprocess
import uuid

ARMOR = re.compile(rb"-----BEGIN AGE ENCRYPTED FILE-----.*?-----END AGE ENCRYPTED FILE-----", re.S)


class Refused(Exception):
    def __init__(self, status, problem):
        super().__init__(f"{status} {problem}")
        self.status, self.problem = status, problem


class Reader:
    def __init__(self, port, root):
        self.port, self.context = port, ssl.create_default_context(cafile=str(root))
        self.origin, self.cookies, self.csrf = f"https://localhost:{port}", {}, None

    def request(self, method, path, body=None, headers=None, own=True):
        connection = http.client.HTTPSConnection("localhost", self.port, context=self.context, timeout=60)
        sent = {"Accept": "application/json", **(headers or {})}
        if own and method != "GET":
            sent.setdefault("Origin", self.origin)
            if self.csrf:
                sent["X-CSRF-Token"] = self.csrf
        if own and self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if isinstance(body, dict):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection.request(method, path, body=body, headers=sent)
        response = connection.getresponse()
        data = response.read()
        connection.close()
        for cookie in response.headers.get_all("Set-Cookie", []):
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        if response.status >= 400:
            raise Refused(response.status, data.decode(errors="replace"))
        return response, data

    def call(self, method, path, body=None):
        _, data = self.request(method, path, body)
        answer = json.loads(data) if data else {}
        if isinstance(answer, dict) and answer.get("csrf"):
            self.csrf = answer["csrf"]
        return answer

    def ingest(self, page):
        """Posts the page's form as a file:// page does; answers the ticket."""
        body, content_type = multipart([("envelope", None, ARMOR.search(page).group(0))])
        response, _ = self.request("POST", "/ingest", body, {"Content-Type": content_type, "Origin": "null", "Accept": "text/html"}, own=False)
        assert response.status == 303
        return response.headers["Location"].rsplit("/", 1)[1]

    def prove(self, ref, address, wait_for_code_mail):
        """Signs in by a code. `ref`: of an envelope; "": of none; None: to begin a message."""
        place = {"compose": True} if ref is None else {"ref": ref}
        challenge = self.call("POST", "/api/v1/codes", {"address": address, "language": "en", **place})
        mail = wait_for_code_mail()
        text = mail.get_body(("plain",)).get_content()
        assert challenge["reference"] in text
        code = re.search(r"\b(\d{4}) (\d{4})\b", text)
        self.call("POST", "/api/v1/session", {"challenge": challenge["challenge"], "code": code[1] + code[2]})

    def open(self, ref, folder):
        """Releases the key and decrypts with Debian's age; answers the original message."""
        released = self.call("POST", f"/api/v1/open/{ref}/release", {})
        _, sealed = self.request("GET", f"/api/v1/open/{ref}/content")
        key = folder / f"{uuid.uuid4()}.key"
        key.write_text(released["identity"] + "\n")
        done = subprocess.run(["age", "--decrypt", "--identity", str(key)], input=sealed, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def reply(self, ref, text, attachment, mode="reply", to=(), key=None):
        """`key`: makes it safe to send again what got no answer."""
        order = {"mode": mode, "to": list(to), "subject": "Re: Contract", "text": text}
        return self._send_form(f"/api/v1/open/{ref}/replies", "reply", order, attachment, key)

    def compose(self, to, text, attachment, sender=None, key=None):
        """Begins a message; `key` as for reply()."""
        order = {"to": list(to), "subject": "Offer", "text": text, **({"from": sender} if sender else {})}
        return self._send_form("/api/v1/messages", "message", order, attachment, key)

    def _send_form(self, path, name, order, attachment, key):
        body, content_type = multipart([(name, None, json.dumps(order).encode()), ("attachment", "signed.bin", attachment)])
        headers = {"Content-Type": content_type, **({"Idempotency-Key": f'"{key}"'} if key else {})}
        _, data = self.request("POST", path, body, headers)
        return json.loads(data)

    def sign_in_administrator(self, name, password):
        self.call("POST", "/api/v1/admin/session", {"name": name, "password": password})


def multipart(fields):
    boundary = uuid.uuid4().hex
    body = b""
    for name, file_name, value in fields:
        disposition = f'form-data; name="{name}"' + (f'; filename="{file_name}"' if file_name else "")
        kind = "Content-Type: application/octet-stream\r\n" if file_name else ""
        body += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n{kind}\r\n".encode() + value + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def page_of(mail):
    """The envelope page that a notification carries."""
    return next(part for part in mail.iter_attachments() if part.get_filename() == "message.html").get_content().encode()

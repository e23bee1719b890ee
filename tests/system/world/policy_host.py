"""The host that publishes a domain's MTA-STS policy, by Python's HTTPS server."""
import http.server
import ssl
import threading


class PolicyHost:
    """with PolicyHost(("127.0.0.3", port), (chain.pem, key.pem), "version: STSv1\\n…") as host: host.asked"""

    def __init__(self, address, certificate, policy):
        self.address, self.certificate, self.policy, self.asked = address, certificate, policy, 0

    def __enter__(self):
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                host.asked += 1
                is_there = self.path == "/.well-known/mta-sts.txt"
                body = host.policy.encode() if is_there else b"no such page"
                self.send_response(200 if is_there else 404)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self.certificate))
        self.server = http.server.ThreadingHTTPServer(self.address, Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def stop(self):
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
        self.server = None

    def __exit__(self, *_):
        self.stop()

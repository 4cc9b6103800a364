"""A web server for tests: checks the signature of each request, fails every second one, and notes the rows of the others.
usage: webhook.py PORT SECRET-FILE OUTPUT"""
import hashlib
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

secret = open(sys.argv[2], "rb").read().strip()
requests = 0


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        global requests
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = self.headers["X-Sallyport-Timestamp"].encode() + b"." + body
        wanted = "sha256=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, self.headers["X-Sallyport-Signature"]):
            print("wrong signature", file=sys.stderr, flush=True)
        requests += 1
        if requests % 2:
            self.send_response(503)
        else:
            with open(sys.argv[3], "a") as output:
                output.writelines(f"{row['sequence']}\n" for row in json.loads(body)["rows"])
            self.send_response(204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Hook)
print("ready", flush=True)
server.serve_forever()

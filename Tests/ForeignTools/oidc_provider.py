"""A small OpenID provider for tests: discovery, JWKS, the device flow (RFC 8628), refresh tokens; http on 127.0.0.1.

It keeps to the rules that a client can break: credentials of the client, the interval of polling, codes that serve
once. People sign in by POST to /device (user_code, login, decision=approve|deny, after=SECONDS). What a test wants to
be otherwise it says by POST to /control:
  groups=LOGIN:A,B   the groups of somebody          revoke=LOGIN     their refresh tokens end
  rotate=RS256|ES256 a new key in place of the old   fault=WORD       of the ID tokens from now on, see token()
  deny_fast=yes      to answer each second poll with slow_down
  browser=LOGIN      who answers at /authorize, which sends browsers back at once; empty: nobody, it is denied
usage: oidc_provider.py PORT CLIENT-ID CLIENT-SECRET"""
import base64
import hashlib
import json
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote_plus, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PORT, CLIENT, SECRET = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ISSUER = f"http://127.0.0.1:{PORT}"
INTERVAL = 1
lock = threading.Lock()
grants = {}  # by device code
refresh_tokens = {}  # to logins
codes = {}  # of the authorization code flow
groups = {}
state = {"fault": "", "deny_fast": "", "browser": ""}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size=None):
    return b64(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))


class Key:
    def __init__(self, algorithm):
        self.algorithm, self.id = algorithm, secrets.token_hex(4)
        if algorithm == "RS256":
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        else:
            self.private = ec.generate_private_key(ec.SECP256R1())

    def public(self):
        numbers = self.private.public_key().public_numbers()
        common = {"kid": self.id, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "RS256":
            return common | {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e)}
        return common | {"kty": "EC", "crv": "P-256", "x": number(numbers.x, 32), "y": number(numbers.y, 32)}

    def sign(self, data):
        if self.algorithm == "RS256":
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


key = Key("RS256")


def token(login, nonce=None):
    now, fault = int(time.time()), state["fault"]
    claims = {
        "iss": "https://elsewhere.example.org" if fault == "iss" else ISSUER,
        "aud": "another-client" if fault == "aud" else CLIENT,
        "sub": f"subject-of-{login}-anew" if fault == "sub" else f"subject-of-{login}",
        "preferred_username": login,
        "groups": groups.get(login, []),
        "iat": now,
        "exp": now - 3600 if fault == "exp" else now + 300,
    }
    if nonce is not None:
        claims["nonce"] = "another" if fault == "nonce" else nonce
    header = {"alg": "none" if fault == "none" else key.algorithm, "kid": key.id}
    signed = ".".join(b64(json.dumps(part).encode()) for part in (header, claims)).encode()
    signer = Key(key.algorithm) if fault == "key" else key
    signature = b"" if fault == "none" else signer.sign(signed)
    return f"{signed.decode()}.{b64(signature)}"


class Provider(BaseHTTPRequestHandler):
    def answer(self, body, status=200):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        if self.path == "/.well-known/openid-configuration":
            self.answer({
                "issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks", "token_endpoint": f"{ISSUER}/token",
                "authorization_endpoint": f"{ISSUER}/authorize",
                "device_authorization_endpoint": f"{ISSUER}/device_authorization",
                "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            })
        elif self.path.startswith("/authorize?"):
            with lock:
                self.authorize({name: values[0] for name, values in parse_qs(self.path.partition("?")[2]).items()})
        elif self.path == "/jwks":
            self.answer({"keys": [{"kty": "unheard-of"}, key.public()]})
        else:
            self.answer({"error": "not_found"}, 404)

    def authorize(self, asked):
        """RFC 6749 section 4.1, RFC 7636: whoever the test says is signed in, and agrees."""
        if asked.get("response_type") != "code" or asked.get("client_id") != CLIENT or "redirect_uri" not in asked \
                or asked.get("code_challenge_method") != "S256" or "openid" not in asked.get("scope", "").split():
            return self.answer({"error": "invalid_request"}, 400)
        if state["browser"]:
            code = secrets.token_urlsafe(16)
            codes[code] = asked | {"login": state["browser"]}
            back = {"code": code, "state": asked["state"]}
        else:
            back = {"error": "access_denied", "state": asked["state"]}
        self.send_response(302)
        self.send_header("Location", asked["redirect_uri"] + "?" + urlencode(back))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def form(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        return {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}

    def is_client(self):
        kind, _, value = (self.headers["Authorization"] or "").partition(" ")
        name, _, secret = base64.b64decode(value).decode().partition(":")
        return kind == "Basic" and (unquote_plus(name), unquote_plus(secret)) == (CLIENT, SECRET)

    def do_POST(self):
        form = self.form()
        with lock:
            if self.path == "/device":
                self.sign_in(form)
            elif self.path == "/control":
                self.control(form)
            elif not self.is_client():
                self.answer({"error": "invalid_client"}, 401)
            elif self.path == "/device_authorization":
                code, device = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper(), secrets.token_urlsafe(24)
                grants[device] = {
                    "code": code, "scope": form.get("scope", "").split(), "polled": 0, "login": None, "polls": 0,
                    "decision": None, "from": 0, "expires": time.time() + 300,
                }
                self.answer({
                    "device_code": device, "user_code": code, "verification_uri": f"{ISSUER}/device",
                    "expires_in": 300, "interval": INTERVAL,
                })
            elif self.path == "/token":
                self.give(form)
            else:
                self.answer({"error": "not_found"}, 404)

    def sign_in(self, form):
        found = [grant for grant in grants.values() if grant["code"] == form.get("user_code")]
        if not found:
            return self.answer({"error": "unknown code"}, 404)
        found[0].update(
            login=form["login"], decision=form["decision"], **{"from": time.time() + float(form.get("after", "0"))})
        self.answer({})

    def control(self, form):
        global key
        for name, value in form.items():
            if name == "groups":
                login, _, list_ = value.partition(":")
                groups[login] = [group for group in list_.split(",") if group]
            elif name == "revoke":
                for text in [text for text, login in refresh_tokens.items() if login == value]:
                    del refresh_tokens[text]
            elif name == "rotate":
                key = Key(value)
            else:
                state[name] = value
        self.answer({})

    def give(self, form):
        if form.get("grant_type") == "refresh_token":
            login = refresh_tokens.pop(form.get("refresh_token"), None)
            return self.answer({"error": "invalid_grant"}, 400) if login is None else self.tokens(login, True)
        if form.get("grant_type") == "authorization_code":
            asked = codes.pop(form.get("code"), None)
            proof = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
            if asked is None or asked["redirect_uri"] != form.get("redirect_uri") or asked["code_challenge"] != proof:
                return self.answer({"error": "invalid_grant"}, 400)
            return self.tokens(asked["login"], False, asked["nonce"])
        device = form.get("device_code")
        grant = grants.get(device)
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:device_code" or grant is None:
            return self.answer({"error": "invalid_grant"}, 400)
        now, last = time.time(), grant["polled"]
        grant["polled"], grant["polls"] = now, grant["polls"] + 1
        if now > grant["expires"]:
            return self.answer({"error": "expired_token"}, 400)
        # As close as a client's clock may be.
        if now - last < INTERVAL * 0.9 or (state["deny_fast"] and grant["polls"] == 1):
            return self.answer({"error": "slow_down"}, 400)
        if grant["decision"] is None or now < grant["from"]:
            return self.answer({"error": "authorization_pending"}, 400)
        del grants[device]
        if grant["decision"] != "approve":
            return self.answer({"error": "access_denied"}, 400)
        self.tokens(grant["login"], "offline_access" in grant["scope"])

    def tokens(self, login, offline, nonce=None):
        body = {"access_token": secrets.token_hex(8), "token_type": "Bearer", "id_token": token(login, nonce)}
        if offline:
            body["refresh_token"] = secrets.token_urlsafe(24)
            refresh_tokens[body["refresh_token"]] = login
        self.answer(body)

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", PORT), Provider)
print("ready", flush=True)
server.serve_forever()

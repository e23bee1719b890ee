"""An authenticator app: one-time codes by RFC 6238 (SHA-1, 6 digits, 30 s), each given out once."""
import base64
import hashlib
import hmac
import struct
import time

STEP = 30


def code_of(secret, step):
    """RFC 4226 §5.3. `secret` is base32 without padding."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


class Authenticator:
    def __init__(self, secret):
        self.secret, self.used = secret, 0

    def next_code(self):
        """One that is right now and was not given out: of the step before, of this one, or of the next. Waits for the fourth."""
        step, into = divmod(time.time(), STEP)
        earliest = int(step) if into > STEP - 10 else int(step) - 1  # the one before is over soon
        self.used = max(self.used + 1, earliest)
        time.sleep(max(0, (self.used - 1) * STEP - time.time()))
        return code_of(self.secret, self.used)

#!/usr/bin/env python3
"""Writes the vectors of doc/spec/envelope.md: one fault a file.

An implementation of age v1 of its own, on python3-cryptography, so that vectors do not come from the
code that they test. Each file: header lines, an empty line, the sealed octets.
  expect: ok | denied (another key) | broken
  identity: AGE-SECRET-KEY-1...      payload: SHA-256 of the plaintext (of `ok` files)
  form: binary | armor               comment: the one fault
Run it in this folder after a change; the output is the same each time.
"""
import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CHUNK = 65536
IDENTITY = hashlib.sha256(b"sealpost vector identity").digest()
OTHER = hashlib.sha256(b"sealpost vector other identity").digest()
EPHEMERAL = hashlib.sha256(b"sealpost vector ephemeral").digest()
FILE_KEY = hashlib.sha256(b"sealpost vector file key").digest()[:16]
NONCE = hashlib.sha256(b"sealpost vector nonce").digest()[:16]
HELLO = b"Subject: hello\r\n\r\nsealed\r\n"


def b64(octets):
    return base64.b64encode(octets).rstrip(b"=")


def public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def agree(private, peer):
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(peer))


def hkdf(key, salt, info, size=32):
    prk = hmac.new(salt or bytes(32), key, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()[:size]


def bech32(prefix, octets):
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

    def polymod(values):
        check = 1
        for value in values:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ value
            for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
                check ^= g if top >> i & 1 else 0
        return check

    bits = "".join(f"{o:08b}" for o in octets)
    bits += "0" * (-len(bits) % 5)
    data = [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(expanded + data + [0] * 6) ^ 1
    data += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(alphabet[d] for d in data)


def stanza(recipient=IDENTITY, share=None, shared=None, file_key=FILE_KEY):
    share = share or public(EPHEMERAL)
    shared = shared or agree(EPHEMERAL, public(recipient))
    key = hkdf(shared, share + public(recipient), b"age-encryption.org/v1/X25519")
    return b"-> X25519 " + b64(share) + b"\n" + b64(ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)) + b"\n"


def mac_of(head, file_key=FILE_KEY):
    return hmac.new(hkdf(file_key, b"", b"header"), head, hashlib.sha256).digest()


def header(stanzas=None, version=b"age-encryption.org/v1\n", file_key=FILE_KEY):
    head = version + (stanzas if stanzas is not None else stanza(file_key=file_key)) + b"---"
    return head + b" " + b64(mac_of(head, file_key)) + b"\n"


def chunk(text, counter, last):
    key = hkdf(FILE_KEY, NONCE, b"payload")
    return ChaCha20Poly1305(key).encrypt(counter.to_bytes(11, "big") + bytes([last]), text, None)


def payload(text):
    pieces = [text[i:i + CHUNK] for i in range(0, len(text), CHUNK)] or [b""]
    return NONCE + b"".join(chunk(p, i, i == len(pieces) - 1) for i, p in enumerate(pieces))


def armor(octets, end=b"\n"):
    text = base64.b64encode(octets)
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return end.join([b"-----BEGIN AGE ENCRYPTED FILE-----", *lines, b"-----END AGE ENCRYPTED FILE-----", b""])


def write(name, expect, comment, octets, plain=None, form="binary", identity=IDENTITY):
    lines = [f"expect: {expect}", f"identity: {bech32('age-secret-key-', identity).upper()}", f"form: {form}", f"comment: {comment}"]
    if plain is not None:
        lines.append(f"payload: {hashlib.sha256(plain).hexdigest()}")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".vector"), "wb") as out:
        out.write("\n".join(lines).encode() + b"\n\n" + octets)


def headers():
    good = header() + payload(HELLO)
    write("good", "ok", "nothing wrong", good, HELLO)
    write("empty_message", "ok", "an empty plaintext in its one chunk", header() + payload(b""), b"")
    write("other_key", "denied", "sealed for another key", good, identity=OTHER)
    write("version_2", "broken", "another version", header(version=b"age-encryption.org/v2\n") + payload(HELLO))
    write("version_crlf", "broken", "CRLF after the version", header(version=b"age-encryption.org/v1\r\n") + payload(HELLO))
    write("no_stanza", "broken", "no recipient stanza", header(b"") + payload(HELLO))
    write("two_stanzas", "broken", "a second X25519 stanza", header(stanza(OTHER) + stanza()) + payload(HELLO))
    write("second_stanza_after", "broken", "a stanza behind ours", header(stanza() + stanza(OTHER)) + payload(HELLO))
    write("scrypt_stanza", "broken", "a passphrase stanza", header(b"-> scrypt " + b64(NONCE) + b" 10\n" + b64(bytes(32)) + b"\n") + payload(HELLO))
    write("grease_stanza", "broken", "a stanza that nobody knows", header(b"-> x-grease a\n\n" + stanza()) + payload(HELLO))
    write("extra_argument", "broken", "a second argument of the stanza", header(stanza().replace(b"\n", b" extra\n", 1)) + payload(HELLO))
    write("lower_case_type", "broken", "the stanza type in lower case", header(stanza().replace(b"X25519", b"x25519")) + payload(HELLO))
    share = b64(public(EPHEMERAL))
    write("share_padded", "broken", "padding behind the share", header(stanza().replace(share, share + b"=")) + payload(HELLO))
    write("share_not_canonical", "broken", "trailing bits of the share set", header(stanza().replace(share, share[:-1] + bytes([share[-1] + 1]))) + payload(HELLO))
    write("share_short", "broken", "a share of 31 octets", header(stanza().replace(share, b64(public(EPHEMERAL)[:31]))) + payload(HELLO))
    for name, point in (("zero", bytes(32)), ("one", bytes([1]) + bytes(31)), ("order_8", bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"))):
        write("share_low_order_" + name, "broken", "a share of low order", header(stanza(share=point, shared=bytes(32))) + payload(HELLO))
    write("body_short", "broken", "a wrapped key of 31 octets", header(stanza().replace(stanza().split(b"\n")[1], b64(bytes(31)))) + payload(HELLO))
    write("file_key_long", "broken", "a file key of 24 octets", header(stanza(file_key=FILE_KEY + bytes(8))) + payload(HELLO))


def macs():
    head = header()
    mac = head.rstrip(b"\n").split(b" ")[-1]
    write("mac_wrong", "broken", "another MAC", head.replace(mac, b64(bytes(32))) + payload(HELLO))
    write("mac_missing", "broken", "no MAC", head[:-len(mac) - 2] + b"\n" + payload(HELLO))
    write("mac_padded", "broken", "padding behind the MAC", head.replace(mac, mac + b"=") + payload(HELLO))
    write("mac_not_canonical", "broken", "trailing bits of the MAC set", head.replace(mac, mac[:-1] + bytes([mac[-1] + 1])) + payload(HELLO))
    write("mac_short", "broken", "a MAC of 31 octets", head.replace(mac, b64(mac_of(head.split(b" ")[0])[:31])) + payload(HELLO))
    write("header_cut", "broken", "cut off in the header", head[:100])
    write("nonce_cut", "broken", "cut off in the payload nonce", head + NONCE[:10])
    write("payload_missing", "broken", "no chunk at all", head + NONCE)


def chunks():
    two = bytes(range(256)) * (2 * CHUNK // 256)
    one = two[:CHUNK]
    write("full_chunk", "ok", "exactly one full chunk", header() + payload(one), one)
    write("chunk_and_one", "ok", "one octet in the second chunk", header() + payload(one + b"x"), one + b"x")
    write("last_chunk_empty", "broken", "an empty last chunk behind a full one", header() + NONCE + chunk(one, 0, 0) + chunk(b"", 1, 1))
    write("last_flag_missing", "broken", "the only chunk is not marked as last", header() + NONCE + chunk(HELLO, 0, 0))
    write("second_chunk_cut", "broken", "cut off between chunks", header() + NONCE + chunk(one, 0, 0))
    write("first_marked_last", "broken", "a chunk behind the one marked as last", header() + NONCE + chunk(one, 0, 1) + chunk(HELLO, 1, 1))
    write("wrong_counter", "broken", "the counter begins at one", header() + NONCE + chunk(HELLO, 1, 1))
    write("short_first_chunk", "broken", "a short chunk before the last", header() + NONCE + chunk(HELLO, 0, 0) + chunk(HELLO, 1, 1))
    write("tag_wrong", "broken", "one bit of the tag", header() + payload(HELLO)[:-1] + bytes([payload(HELLO)[-1] ^ 1]))
    write("tag_cut", "broken", "cut off in the tag", header() + payload(HELLO)[:-1])
    write("trailing_octet", "broken", "an octet behind the end", header() + payload(HELLO) + b"x")


def armors():
    good = header() + payload(HELLO)
    text = armor(good)
    write("armor_good", "ok", "nothing wrong", text, HELLO, "armor")
    write("armor_crlf", "ok", "CRLF line ends, as a form sends them", armor(good, b"\r\n"), HELLO, "armor")
    write("armor_space_around", "ok", "white space around", b"\n \n" + text + b"\n\t\n", HELLO, "armor")
    lines = text.split(b"\n")
    write("armor_long_line", "broken", "a line of 68 columns", b"\n".join([lines[0], lines[1] + lines[2][:4], lines[2][4:], *lines[3:]]), form="armor")
    write("armor_short_line", "broken", "a short line inside", b"\n".join([lines[0], lines[1][:60], lines[1][60:] + lines[2], *lines[3:]]), form="armor")
    write("armor_empty_line", "broken", "an empty line inside", b"\n".join([lines[0], lines[1], b"", *lines[2:]]), form="armor")
    write("armor_space_in_line", "broken", "a blank at the end of a line", text.replace(b"\n", b" \n", 2).replace(b" \n", b"\n", 1), form="armor")
    write("armor_text_before", "broken", "text before the armor", b"see below\n" + text, form="armor")
    write("armor_text_after", "broken", "text behind the armor", text + b"see above\n", form="armor")
    write("armor_no_end", "broken", "no last line", b"\n".join(lines[:-2]) + b"\n", form="armor")
    write("armor_other_label", "broken", "another label", text.replace(b"AGE ENCRYPTED FILE", b"PRIVATE KEY"), form="armor")
    write("armor_empty", "broken", "nothing inside", lines[0] + b"\n" + lines[-2] + b"\n", form="armor")
    padded = header() + payload(HELLO + b"\n" * (-(len(good) + 1) % 3 + 2))
    while base64.b64encode(padded)[-2:] != b"==":
        padded = header() + payload(HELLO + b"\n" * (len(padded) - len(good) + 1))
    armored = armor(padded)
    write("armor_padding_missing", "broken", "the padding left off", armored.replace(b"==\n", b"\n"), form="armor")
    at = armored.index(b"==\n") - 1
    write("armor_not_canonical", "broken", "trailing bits set", armored[:at] + bytes([armored[at] + 1]) + armored[at + 1:], form="armor")


headers()
macs()
chunks()
armors()

"""Certificates with one fault each, made with Debian's openssl: any dates, key, hash, names and order of the chain."""
import datetime
import pathlib

from .authority import openssl

CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign"
CA_CONFIG = """\
[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
policy = any
unique_subject = no
rand_serial = yes
email_in_dn = no
[any]
commonName = optional
organizationName = optional
"""
KEYS = {"ec": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        **{f"rsa{bits}": ["-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}"] for bits in (512, 1024, 2048)}}


def in_days(days):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)


class Chains:
    """Every certificate has a name here and stands in NAME.pem with its key in NAME.key."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "ca.conf").write_text(CA_CONFIG)
        (self.folder / "index.txt").touch()

    def make_key(self, name, kind="ec"):
        openssl("genpkey", *KEYS[kind], "-out", f"{name}.key", cwd=self.folder)

    def sign(self, name, subject, extensions, issuer=None, key="ec", hash="sha256", begins=-1, ends=30):
        """`issuer`: the name of another one; None: by its own key. A key that is there already is used again, so that
        one authority can have two certificates: sign("root-crossed", …) after copying the key."""
        if not (self.folder / f"{name}.key").exists():
            self.make_key(name, key)
        openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr", cwd=self.folder)
        (self.folder / f"{name}.ext").write_text(extensions + "\nsubjectKeyIdentifier=hash\n")
        signer = ["-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key"] if issuer else ["-selfsign", "-keyfile", f"{name}.key"]
        openssl("ca", "-batch", "-notext", "-config", "ca.conf", "-in", f"{name}.csr", "-extfile", f"{name}.ext", "-md", hash,
                "-startdate", in_days(begins).strftime("%Y%m%d%H%M%SZ"), "-enddate", in_days(ends).strftime("%Y%m%d%H%M%SZ"),
                *signer, "-out", f"{name}.pem", cwd=self.folder)
        return name

    def make_authority(self, name, subject, issuer=None, **options):
        return self.sign(name, subject, CA, issuer, **options)

    def make_leaf(self, name, *hosts, issuer, subject=None, more="extendedKeyUsage=serverAuth", **options):
        """Without hosts there are no alternative names, and the subject is all there is."""
        names = ["subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts)] if hosts else []
        return self.sign(name, subject or f"/CN={hosts[0]}", "\n".join([*names, more]), issuer, **options)

    def revoke(self, name, issuer):
        openssl("ca", "-config", "ca.conf", "-cert", f"{issuer}.pem", "-keyfile", f"{issuer}.key", "-md", "sha256", "-revoke",
                f"{name}.pem", cwd=self.folder)

    def ocsp_answer(self, name, issuer):
        """A file of what the issuer, asked now, answers for this certificate."""
        path = self.folder / f"{name}.ocsp"
        openssl("ocsp", "-index", "index.txt", "-CA", f"{issuer}.pem", "-rsigner", f"{issuer}.pem", "-rkey", f"{issuer}.key",
                "-issuer", f"{issuer}.pem", "-cert", f"{name}.pem", "-ndays", "2", "-respout", str(path), cwd=self.folder)
        return path

    def same_key(self, name, of):
        (self.folder / f"{name}.key").write_bytes((self.folder / f"{of}.key").read_bytes())

    def pem(self, *names):
        return "".join((self.folder / f"{name}.pem").read_text() for name in names)

    def der(self, name):
        openssl("x509", "-in", f"{name}.pem", "-outform", "DER", "-out", f"{name}.der", cwd=self.folder)
        return (self.folder / f"{name}.der").read_bytes()

    def bundle(self, leaf, *others):
        """(chain file, key file) as a server sends it: in this order."""
        chain = self.folder / f"{leaf}.chain.pem"
        chain.write_text(self.pem(leaf, *others))
        return chain, self.folder / f"{leaf}.key"

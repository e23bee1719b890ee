"""A private certificate authority, made with Debian's openssl: a root, an intermediate, leaves."""
import pathlib
import subprocess


def openssl(*arguments, cwd, stdin=None):
    done = subprocess.run(["openssl", *arguments], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Authority:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sign("root", "/CN=Test root", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign", issuer=None)
        self._sign("intermediate", "/CN=Test intermediate", "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign",
                   issuer="root")
        self.root = self.folder / "root.pem"

    def _sign(self, name, subject, extensions, issuer, key_type="ecdsa"):
        if key_type == "rsa":
            openssl("genrsa", "-out", f"{name}.key", "2048", cwd=self.folder)
        else:
            openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key", cwd=self.folder)
        openssl("req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr", cwd=self.folder)
        (self.folder / f"{name}.ext").write_text(extensions + "\nsubjectKeyIdentifier=hash\n")
        signer = ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial"] if issuer else ["-signkey", f"{name}.key"]
        openssl("x509", "-req", "-in", f"{name}.csr", "-days", "30", "-extfile", f"{name}.ext", *signer, "-out", f"{name}.pem",
                cwd=self.folder)

    def issue(self, folder, name, *hosts, with_intermediate=True, key_type="ecdsa"):
        """Writes NAME.pem (leaf and intermediate) and NAME.key into the folder."""
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        names = ",".join(f"DNS:{host}" for host in hosts)
        self._sign(name, f"/CN={hosts[0]}", f"subjectAltName={names}\nextendedKeyUsage=serverAuth", issuer="intermediate",
                   key_type=key_type)
        chain = (self.folder / f"{name}.pem").read_text()
        if with_intermediate:
            chain += (self.folder / "intermediate.pem").read_text()
        (folder / f"{name}.pem").write_text(chain)
        key = folder / f"{name}.key"
        key.write_text((self.folder / f"{name}.key").read_text())
        key.chmod(0o600)

#!/usr/bin/env bash
# How these files were made, with OpenSSL 3.0, in an empty folder. They are good for a hundred years; the
# password is "secret". The answers (*.ocsp) are of 2026-11-26 and good for seven days.
set -euo pipefail
D="-days 36500"
openssl ecparam -genkey -name prime256v1 -noout | openssl pkcs8 -topk8 -nocrypt -out root.key
openssl req -x509 -new -key root.key $D -subj "/O=Test/CN=Test Root" -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out root.pem
mk() { # name subj issuer ext
 openssl ecparam -genkey -name prime256v1 -noout | openssl pkcs8 -topk8 -nocrypt -out $1.key
 openssl req -new -key $1.key -subj "$2" -out $1.csr
 printf "$4" > $1.ext
 openssl x509 -req -in $1.csr -CA $3.pem -CAkey $3.key -CAcreateserial $D -extfile $1.ext -out $1.pem 2>/dev/null
}
mk issuing "/O=Test/CN=Test Issuing" root "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
mk server "/CN=mx.acme.test" issuing "basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:mx.acme.test\nextendedKeyUsage=serverAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
mk other "/CN=other.test" issuing "basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:other.test\n"
mk staple "/CN=staple.test" issuing "basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:staple.test\ntlsfeature=status_request\n"
mk responder "/CN=Test Responder" issuing "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=OCSPSigning\nkeyUsage=critical,digitalSignature\n"
mk stranger "/CN=Stranger" root "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=OCSPSigning\n"
# forms
openssl x509 -in server.pem -outform DER -out server.der
openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:secret -in server.key -out server-encrypted.key
openssl ec -in server.key -aes256 -passout pass:secret -out server-traditional.key 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in server.key -outform DER -out server-key.der
cat issuing.pem root.pem > above.pem
openssl pkcs12 -export -inkey server.key -in server.pem -certfile above.pem -passout pass:secret -out modern.p12
openssl pkcs12 -export -legacy -inkey server.key -in server.pem -certfile above.pem -passout pass:secret -out legacy.p12
openssl pkcs12 -export -inkey server.key -in server.pem -passout pass: -out without-password.p12
openssl pkcs12 -export -inkey server.key -in server.pem -passout pass:secret -iter 6000000 -nomaciter -out many-rounds.p12
openssl pkcs12 -export -inkey server.key -in server.pem -certfile above.pem -passout pass:secret -iter 3000000 -nomaciter -out many-rounds-together.p12
openssl pkcs8 -topk8 -scrypt -scrypt_N 16384 -scrypt_r 8 -scrypt_p 1 -passout pass:secret -in server.key -out server-scrypt.key
openssl pkcs8 -topk8 -scrypt -scrypt_N 16384 -scrypt_r 8 -scrypt_p 64 -passout pass:secret -in server.key -out heavy-scrypt.key
openssl crl2pkcs7 -nocrl -certfile server.pem -certfile above.pem -outform PEM -out bundle.p7b
openssl crl2pkcs7 -nocrl -certfile server.pem -certfile above.pem -outform DER -out bundle.p7c
openssl pkcs12 -in modern.p12 -passin pass:secret -nodes -out with-bag-attributes.pem 2>/dev/null
# ocsp
ser() { openssl x509 -in $1.pem -noout -serial | cut -d= -f2; }
sub() { openssl x509 -in $1.pem -noout -subject -nameopt compat | sed 's/^subject=//; s/^ *//'; }
printf "V\t21251101000000Z\t\t$(ser server)\tunknown\t/CN=mx.acme.test\nV\t21251101000000Z\t\t$(ser other)\tunknown\t/CN=other.test\n" > good.txt
printf "R\t21251101000000Z\t261120100000Z,keyCompromise\t$(ser server)\tunknown\t/CN=mx.acme.test\n" > revoked.txt
printf "V\t21251101000000Z\t\t$(ser other)\tunknown\t/CN=other.test\n" > unknown.txt
openssl ocsp -issuer issuing.pem -cert server.pem -reqout server.req -no_nonce >/dev/null
openssl ocsp -issuer issuing.pem -cert other.pem -reqout other.req -no_nonce >/dev/null
resp() { openssl ocsp -index $2 -CA issuing.pem -rsigner $3.pem -rkey $3.key -reqin $4.req -ndays 7 -respout $1.ocsp >/dev/null; }
resp good good.txt issuing server
resp good-by-responder good.txt responder server
resp revoked revoked.txt responder server
resp unknown unknown.txt issuing server
resp of-another good.txt issuing other
resp by-stranger good.txt stranger server
resp by-other-server good.txt other server

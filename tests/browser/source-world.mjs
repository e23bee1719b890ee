// Two real nodes as two organisations have them: acme.test with a gateway whose certificate the node keeps itself, and
// keys.test with the envelope service; an authority with an intermediate, names by NSD, mailboxes for Alice and Bob; and
// mixed.test, whose three mail hosts are acme's, the one of the mailboxes, and one that hesitates.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './drivers/page.mjs';
import { Mailboxes } from './mailboxes.mjs';
import { startNames } from './names.mjs';
import { Node } from './node.mjs';
import { freePort } from './ports.mjs';
import { submit } from './smtp.mjs';

export const addresses = { gateway: '127.0.0.2', partner: '127.0.0.3', inner: '127.0.0.4', sending: '127.0.0.5', hesitant: '127.0.0.6' };
const password = 'correct horse battery';

const serviceConfig = (ports) => `[node]
hostname = "keys.test"
data_dir = "data"
roles    = ["service"]
workers  = 1
[dns]
resolver = "127.0.0.1:${ports.dns}"
[tls]
trust = ["../authority/root.pem"]
[[certificate]]
name  = "keys"
chain = "keys.pem"
key   = "keys.key"
[service]
url            = "https://localhost:${ports.service}"
listen         = "127.0.0.1:${ports.service}"
certificate    = "keys"
kek            = "file:kek.key"
mail_domain    = "keys.test"
send_addresses = ["${addresses.sending}"]
[delivery]
mx_port     = ${ports.mx}
helo        = "out.keys.test"
first_retry = "1s"
[[dkim]]
domain   = "keys.test"
selector = "s1"
key      = "dkim.key"
[limits]
drain_timeout = "2s"
`;

// "mx1" is kept by the node: a demo certificate until somebody installs another.
const gatewayConfig = (ports) => `[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 1
[dns]
resolver = "127.0.0.1:${ports.dns}"
[tls]
trust = ["../authority/root.pem"]
[[certificate]]
name  = "mx1"
names = ["mx1.acme.test"]
[[certificate]]
name  = "admin"
chain = "admin.pem"
key   = "admin.key"
[[listener]]
name        = "public"
kind        = "public"
address     = "${addresses.gateway}:${ports.mx}"
certificate = "mx1"
[[listener]]
name        = "private"
kind        = "private"
address     = "${addresses.gateway}:${ports.private}"
certificate = "mx1"
[gateway]
service_url = "https://localhost:${ports.service}"
token_file  = "service.token"
[admin]
listen      = "127.0.0.1:${ports.admin}"
url         = "https://localhost:${ports.admin}"
certificate = "admin"
[delivery]
mx_port        = ${ports.mx}
source_address = "${addresses.gateway}"
first_retry    = "1s"
longest_retry  = "2s"
[limits]
drain_timeout = "2s"
`;

const policy = (ports) => `[[mail_flow_policy]]
name     = "ACCEPTED"
behavior = "accept"
[[mail_flow_policy]]
name     = "RELAYED"
behavior = "relay"
[[mail_flow_policy]]
name     = "KEYS_TLS"
behavior = "accept"
tls      = "required"
[[sender_group]]
name     = "KEYS"
listener = "public"
order    = 1
policy   = "KEYS_TLS"
senders  = ["keys.test", ".keys.test"]
[[sender_group]]
name     = "EVERYBODY"
listener = "public"
policy   = "ACCEPTED"
senders  = ["ALL"]
[[sender_group]]
name     = "INSIDE"
listener = "private"
policy   = "RELAYED"
senders  = ["127.0.0.0/8"]
[[recipient]]
address = "acme.test"
[[route]]
domain = "acme.test"
hosts  = ["${addresses.inner}:${ports.inner}"]
[[encryption_profile]]
name    = "default"
receipt = false
[[encryption_profile]]
name      = "strong"
assurance = "strong"
receipt   = false
[[encryption_rule]]
name             = "strong"
subject_contains = ["[strong]"]
profile          = "strong"
[[encryption_rule]]
name             = "tagged"
subject_contains = ["[secure]"]
`;

class Authority {
    constructor(folder) {
        this.folder = folder;
        mkdirSync(folder, { recursive: true });
        const is_authority = 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign';
        this.make('root', '/CN=Test root', is_authority, null);
        this.make('intermediate', '/CN=Test intermediate', is_authority, 'root');
        this.intermediate = this.read('intermediate.pem');
    }

    read(name) {
        return readFileSync(join(this.folder, name), 'utf8');
    }

    openssl(...words) {
        execFileSync('openssl', words, { cwd: this.folder, stdio: 'pipe' });
    }

    make(name, subject, extensions, issuer) {
        this.openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
        this.openssl('req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
        this.sign(name, extensions, issuer);
    }

    sign(name, extensions, issuer) {
        writeFileSync(join(this.folder, `${name}.ext`), `${extensions}\nsubjectKeyIdentifier=hash\n`);
        const signer = issuer ? ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial'] : ['-signkey', `${name}.key`];
        this.openssl('x509', '-req', '-in', `${name}.csr`, '-days', '90', '-extfile', `${name}.ext`, ...signer, '-out', `${name}.pem`);
    }

    /** Signs a request as an authority does, and gives the certificate alone. */
    signRequest(pem, ...hosts) {
        writeFileSync(join(this.folder, 'asked.csr'), pem);
        this.sign('asked', `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\nextendedKeyUsage=serverAuth`, 'intermediate');
        return this.read('asked.pem');
    }

    /** NAME.pem and NAME.key in the folder, as a node reads them. */
    issue(folder, name, ...hosts) {
        this.make(name, `/CN=${hosts[0]}`, `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}\nextendedKeyUsage=serverAuth`, 'intermediate');
        writeFileSync(join(folder, `${name}.pem`), this.read(`${name}.pem`) + this.intermediate);
        writeSecret(join(folder, `${name}.key`), this.read(`${name}.key`));
    }
}

function writeSecret(path, text) {
    writeFileSync(path, text);
    chmodSync(path, 0o600);
}

/** A mail host that says nothing to anybody until it is told to refuse them. */
class HesitantHost {
    waiting = new Set();

    static async start(host, port) {
        const own = new HesitantHost();
        own.server = createServer((socket) => {
            own.waiting.add(socket);
            socket.on('error', () => {}).on('close', () => own.waiting.delete(socket));
        });
        await new Promise((resolve, reject) => own.server.on('error', reject).listen(port, host, resolve));
        return own;
    }

    refuse() {
        for (const socket of this.waiting) socket.end('554 5.7.1 not from here\r\n');
    }

    stop() {
        for (const socket of this.waiting) socket.destroy();
        return new Promise((done) => this.server.close(done));
    }
}

export class SourceWorld {
    /** `change(config)` may write the gateway's configuration anew. */
    static async start(program, change = (config) => config) {
        const world = new SourceWorld();
        world.folder = mkdtempSync(join(tmpdir(), 'sealpost-source-'));
        try {
            await world.begin(program, change);
        } catch (error) {
            await world.stop();
            throw error;
        }
        return world;
    }

    async begin(program, change) {
        const { gateway, partner, inner, hesitant } = addresses;
        this.password = password;
        this.ports = { mx: await freePort(gateway, partner, hesitant), inner: await freePort(inner), private: await freePort(gateway), service: await freePort('127.0.0.1'), admin: await freePort('127.0.0.1') };
        this.authority = new Authority(join(this.folder, 'authority'));
        this.service = new Node(program, join(this.folder, 'keys'));
        this.gateway = new Node(program, join(this.folder, 'acme'));
        const record = this.service_record(program);
        this.names = await startNames(join(this.folder, 'names'), {
            'acme.test': ['@ MX 10 mx1', `mx1 A ${gateway}`], 'partner.test': ['@ MX 10 mx', `mx A ${partner}`], 'keys.test': ['@ A 127.0.0.1', `out A ${addresses.sending}`, record],
            'mixed.test': ['@ MX 10 mx1.acme.test.', '@ MX 20 mx.partner.test.', '@ MX 30 mx', `mx A ${hesitant}`],
            '127.in-addr.arpa': ['2.0.0 PTR mx1.acme.test.', '3.0.0 PTR mx.partner.test.', '5.0.0 PTR out.keys.test.'],
        });
        this.ports.dns = this.names.port;
        this.mailboxes = await Mailboxes.start([[inner, this.ports.inner], [partner, this.ports.mx]]);
        this.hesitant = await HesitantHost.start(hesitant, this.ports.mx);
        this.makeService();
        this.makeGateway(change);
        await this.service.start();
        await this.gateway.start();
    }

    service_record(program) {
        return execFileSync(program, ['dkim', 'new', '--domain', 'keys.test', '--selector', 's1', '--key-out', 'dkim.key'], { cwd: this.service.folder, encoding: 'utf8' }).trim();
    }

    makeService() {
        const { folder } = this.service;
        this.authority.issue(folder, 'keys', 'keys.test', 'localhost');
        writeFileSync(join(folder, 'sealpost.toml'), serviceConfig(this.ports));
        this.service.run(['kek', 'new']);
        this.service.run(['account', 'add', 'acme', '--organisation', 'Acme', '--domain', 'acme.test']);
        [this.token] = this.service.run(['token', 'new', 'acme', '--label', 'mx1']).split(/\s/);
        this.service.run(['admin', 'add', 'admin', '--account', 'acme', '--password-stdin'], `${password}\n`);
        this.service.run(['domain', 'add', 'acme.test', '--account', 'acme', '--trust-ownership-without-proof']);
    }

    makeGateway(change) {
        const { folder } = this.gateway;
        this.authority.issue(folder, 'admin', 'localhost');
        writeSecret(join(folder, 'service.token'), `${this.token}\n`);
        writeFileSync(join(folder, 'sealpost.toml'), change(gatewayConfig(this.ports), this.authority, folder));
        writeFileSync(join(folder, 'policy.toml'), policy(this.ports));
        this.gateway.run(['policy', 'submit', 'policy.toml']);
        this.gateway.run(['policy', 'commit', '-m', 'the policy of this test']);
        this.gateway.run(['admin', 'add', 'anna', '--node', '--password-stdin'], `${password}\n`);
    }

    get service_url() {
        return `https://localhost:${this.ports.service}`;
    }

    get gateway_url() {
        return `https://localhost:${this.ports.admin}`;
    }

    /** Alice's mail program hands a message to her gateway. */
    send(subject, text) {
        return submit(addresses.gateway, this.ports.private, { from: 'alice@acme.test', to: 'bob@partner.test', subject, text });
    }

    /** The nth message in a mailbox, parsed, with the octets as they came. */
    arrival(address, n) {
        return until(`message ${n} for ${address}`, () => this.mailboxes.read(address, n), 60_000);
    }

    async stop() {
        await Promise.all([this.gateway?.stop(), this.service?.stop()]);
        await Promise.all([this.mailboxes?.stop(), this.hesitant?.stop()]);
        await this.names?.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }
}

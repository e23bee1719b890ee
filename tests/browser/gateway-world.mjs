// A real gateway with its administration pages, in a folder of its own, as an administrator of it has it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Node } from './node.mjs';
import { freePort } from './ports.mjs';
import { converse } from './smtp.mjs';

const config = (ports) => `[node]
hostname = "mx1.acme.test"
data_dir = "data"
roles    = ["gateway"]
workers  = 2

# Nobody answers there: no host has a name, for the moment.
[dns]
resolver = "127.0.0.1:${ports.dns}"
timeout  = "1s"

[[certificate]]
name  = "mx1"
chain = "mx1.pem"
key   = "mx1.key"

[[listener]]
name        = "public"
kind        = "public"
address     = "127.0.0.1:${ports.smtp}"
certificate = "mx1"

[admin]
listen      = "127.0.0.1:${ports.admin}"
url         = "https://localhost:${ports.admin}"
certificate = "mx1"

[delivery]
first_retry = "1h"

[limits]
drain_timeout = "2s"
`;

export class Gateway {
    /** `more`: further lines of its configuration. */
    static async start(sealpost, more = '') {
        const gateway = new Gateway();
        gateway.node = new Node(sealpost, mkdtempSync(join(tmpdir(), 'sealpost-gateway-')));
        gateway.ports = { smtp: await freePort(), admin: await freePort(), dns: await freePort() };
        writeFileSync(join(gateway.node.folder, 'sealpost.toml'), config(gateway.ports) + more);
        gateway.sealpost('cert', 'new', '--dns', 'mx1.acme.test', '--dns', 'localhost', '--out', 'mx1.pem', '--key-out', 'mx1.key');
        gateway.password = JSON.parse(gateway.sealpost('--format', 'json', 'admin', 'add', 'anna', '--node')).password;
        await gateway.node.start();
        return gateway;
    }

    get service_url() {
        return `https://localhost:${this.ports.admin}`;
    }

    /** What a command says; throws when it fails. */
    sealpost(...words) {
        return this.node.run(words);
    }

    /** The policy that a host meets, as `hat check` tells it. */
    check(ip, ...more) {
        return JSON.parse(this.sealpost('--format', 'json', 'hat', 'check', '--listener', 'public', '--ip', ip, ...more));
    }

    /** Says these lines to the listener, each after the reply to the one before, and gives all replies. */
    converse(from, lines) {
        return converse('127.0.0.1', this.ports.smtp, lines, { from });
    }

    async stop() {
        await this.node.stop();
        rmSync(this.node.folder, { recursive: true, force: true });
    }
}

// A real gateway with its administration pages, in a folder of its own, as an administrator of it has it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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

function freePort() {
    return new Promise((resolve, reject) => {
        const server = createServer().on('error', reject);
        server.listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

function readUntilReady(server) {
    return new Promise((resolve, reject) => {
        const lines = createInterface({ input: server.stdout });
        lines.on('line', (line) => line.startsWith('ready') && resolve(line));
        server.on('exit', (code) => reject(new Error(`the gateway ended with ${code} before it was ready`)));
    });
}

export class Gateway {
    static async start(sealpost) {
        const gateway = new Gateway();
        gateway.sealpost_path = sealpost;
        gateway.folder = mkdtempSync(join(tmpdir(), 'sealpost-gateway-'));
        gateway.ports = { smtp: await freePort(), admin: await freePort(), dns: await freePort() };
        writeFileSync(join(gateway.folder, 'sealpost.toml'), config(gateway.ports));
        gateway.sealpost('cert', 'new', '--dns', 'mx1.acme.test', '--dns', 'localhost', '--out', 'mx1.pem', '--key-out', 'mx1.key');
        gateway.password = JSON.parse(gateway.sealpost('--format', 'json', 'admin', 'add', 'anna', '--node')).password;
        gateway.server = spawn(sealpost, ['--config', 'sealpost.toml', 'serve'], { cwd: gateway.folder, stdio: ['ignore', 'pipe', 'ignore'] });
        await readUntilReady(gateway.server);
        return gateway;
    }

    get service_url() {
        return `https://localhost:${this.ports.admin}`;
    }

    /** What a command says; throws when it fails. */
    sealpost(...words) {
        return execFileSync(this.sealpost_path, ['--config', 'sealpost.toml', ...words], { cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    }

    /** The policy that a host meets, as `hat check` tells it. */
    check(ip, ...more) {
        return JSON.parse(this.sealpost('--format', 'json', 'hat', 'check', '--listener', 'public', '--ip', ip, ...more));
    }

    /** Says these lines to the listener, each after the reply to the one before, and gives all replies. */
    converse(from, lines) {
        return new Promise((resolve, reject) => {
            const connection = createConnection({ host: '127.0.0.1', port: this.ports.smtp, localAddress: from });
            const replies = [];
            connection.setTimeout(20_000, () => connection.destroy(new Error('the gateway is silent')));
            createInterface({ input: connection }).on('line', (line) => {
                if (line[3] === '-') return;
                replies.push(line);
                if (lines.length > 0) connection.write(`${lines.shift()}\r\n`);
                else connection.end();
            });
            connection.on('error', reject).on('close', () => resolve(replies));
        });
    }

    async stop() {
        const ended = new Promise((resolve) => this.server.removeAllListeners('exit').on('exit', resolve));
        this.server.kill();
        await ended;
        rmSync(this.folder, { recursive: true, force: true });
    }
}

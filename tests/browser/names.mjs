// NSD as the name server of a test's zones, on loopback: startNames(FOLDER, {"acme.test": ["@ MX 10 mx1"]}).
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './drivers/page.mjs';
import { freeNamePort } from './ports.mjs';

/** Whether a question for the SOA record of the zone is answered without an error. */
function answers(port, zone) {
    const name = zone.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
    const question = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 0, 6, 0, 1]);
    return new Promise((resolve) => {
        const socket = createSocket('udp4');
        const end = (answer) => {
            clearTimeout(timer);
            socket.close();
            resolve(answer);
        };
        const timer = setTimeout(() => end(false), 200);
        socket.on('error', () => end(false)).on('message', (message) => end((message[3] & 15) === 0));
        socket.send(question, port, '127.0.0.1');
    });
}

export async function startNames(folder, zones) {
    mkdirSync(folder, { recursive: true });
    const port = await freeNamePort();
    for (const [zone, lines] of Object.entries(zones)) {
        const records = [`$ORIGIN ${zone}.`, '$TTL 1', '@ SOA ns hostmaster 1 3600 600 86400 1', '@ NS ns', 'ns A 127.0.0.1', ...lines];
        writeFileSync(join(folder, `${zone}.zone`), `${records.join('\n')}\n`);
    }
    const named = Object.keys(zones).map((zone) => `zone:\n  name: ${zone}\n  zonefile: ${zone}.zone\n`).join('');
    writeFileSync(join(folder, 'nsd.conf'), `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: ${folder}
  database: ""
  pidfile: ${folder}/nsd.pid
  xfrdfile: ${folder}/xfrd.state
  zonelistfile: ${folder}/zone.list
  logfile: ${folder}/nsd.log
  server-count: 1
remote-control:
  control-enable: no
${named}`);
    const server = spawn('nsd', ['-d', '-c', join(folder, 'nsd.conf')], { stdio: 'ignore' });
    const ended = new Promise((resolve) => server.on('exit', resolve));
    const stop = () => {
        server.kill();
        return ended;
    };
    try {
        await until('the name server', () => answers(port, Object.keys(zones)[0]));
    } catch (error) {
        await stop();
        throw new Error(`${error.message}\n${readFileSync(join(folder, 'nsd.log'), 'utf8')}`);
    }
    return { port, stop };
}

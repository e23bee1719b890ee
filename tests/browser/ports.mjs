// Ports that the kernel says are free, on loopback.
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const listenTo = {
    tcp: (host, port) => new Promise((resolve, reject) => {
        const server = createServer().on('error', reject);
        server.listen(port, host, () => resolve(server));
    }),
    udp: (host, port) => new Promise((resolve, reject) => {
        const socket = createSocket('udp4').on('error', reject);
        socket.bind(port, host, () => resolve(socket));
    }),
};

/** The kernel may name one again once it is closed. */
const given = new Set();

/** One that is free at each of these ["tcp"|"udp", address] places. */
async function freeAt(places) {
    for (;;) {
        const held = [];
        try {
            for (const [kind, host] of places) held.push(await listenTo[kind](host, held[0]?.address().port ?? 0));
            const { port } = held[0].address();
            if (given.has(port)) continue;
            given.add(port);
            return port;
        } catch (error) {
            if (error.code !== 'EADDRINUSE') throw error;
        } finally {
            await Promise.all(held.map((one) => new Promise((done) => one.close(done))));
        }
    }
}

/** A port that is free at each of these addresses. */
export const freePort = (...hosts) => freeAt((hosts.length > 0 ? hosts : ['127.0.0.1']).map((host) => ['tcp', host]));

/** A port that is free for datagrams and streams: a name server answers both. */
export const freeNamePort = () => freeAt([['udp', '127.0.0.1'], ['tcp', '127.0.0.1']]);

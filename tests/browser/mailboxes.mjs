// Mail servers that keep what they are given: as much SMTP as a test needs.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import PostalMime from 'postal-mime';

const address_of = (line) => /<([^>]*)>/.exec(line)?.[1]?.toLowerCase() ?? '';

export class Mailboxes {
    /** Servers at these [address, port] pairs; whoever is written to has a mailbox. */
    static async start(endpoints) {
        const mailboxes = new Mailboxes();
        mailboxes.kept = new Map();
        mailboxes.servers = await Promise.all(endpoints.map(([host, port]) => new Promise((resolve, reject) => {
            const server = createServer((socket) => mailboxes.serve(socket)).on('error', reject);
            server.listen(port, host, () => resolve(server));
        })));
        return mailboxes;
    }

    serve(socket) {
        const say = (line) => socket.write(`${line}\r\n`);
        let recipients = [];
        let data = null;
        socket.on('error', () => {});
        say('220 mailboxes.test ESMTP');
        // Octets as they come: latin1 keeps each of them.
        socket.setEncoding('latin1');
        createInterface({ input: socket, crlfDelay: Infinity }).on('line', (line) => {
            if (data !== null) {
                if (line !== '.') return data.push(line.startsWith('.') ? line.slice(1) : line);
                for (const one of recipients) this.keep(one, `${data.join('\r\n')}\r\n`);
                [recipients, data] = [[], null];
                return say('250 2.0.0 kept');
            }
            const verb = line.slice(0, 4).toUpperCase();
            if (verb === 'EHLO') return say('250-mailboxes.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 104857600');
            if (verb === 'RCPT') recipients.push(address_of(line));
            if (verb === 'RSET') recipients = [];
            if (verb === 'DATA') data = [];
            if (verb === 'QUIT') return socket.end('221 2.0.0 bye\r\n');
            return say(verb === 'DATA' ? '354 go on' : '250 2.0.0 ok');
        });
    }

    keep(address, text) {
        const raw = Buffer.from(text, 'latin1');
        this.kept.set(address, [...(this.kept.get(address) ?? []), raw]);
    }

    count(address) {
        return this.kept.get(address)?.length ?? 0;
    }

    /** The nth message, from 1; null when there is none yet. */
    async read(address, n) {
        const raw = this.kept.get(address)?.[n - 1];
        return raw ? { ...(await PostalMime.parse(raw)), raw: raw.toString('latin1') } : null;
    }

    stop() {
        return Promise.all(this.servers.map((server) => new Promise((done) => server.close(done))));
    }
}

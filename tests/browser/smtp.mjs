// As much of a mail program as a test needs: a conversation, and a message handed over.
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';

/** Says these lines, each after the reply to the one before, and gives the last line of each reply, the greeting first.
 *  With `accepted`, a reply that does not look like it ends the conversation with an error. */
export function converse(host, port, lines, { from, accepted = /^/ } = {}) {
    const left = [...lines];
    const replies = [];
    return new Promise((resolve, reject) => {
        const socket = createConnection({ host, port, localAddress: from });
        socket.setTimeout(20_000, () => socket.destroy(new Error('the gateway is silent')));
        createInterface({ input: socket }).on('line', (line) => {
            if (line[3] === '-') return;
            if (!accepted.test(line)) return socket.destroy(new Error(`the gateway said ${line}`));
            replies.push(line);
            if (left.length > 0) socket.write(`${left.shift()}\r\n`);
            else socket.end();
        });
        socket.on('error', reject).on('close', () => resolve(replies));
    });
}

/** Hands a message over and resolves when the server has said 250. */
export async function submit(host, port, { from, to, subject, text }) {
    const mail = [`From: Alice <${from}>`, `To: ${to}`, `Subject: ${subject}`, `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`, `Message-ID: <${Date.now()}@acme.test>`, 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8', '', text, '.'];
    const lines = ['EHLO laptop.acme.test', `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, 'DATA', mail.join('\r\n'), 'QUIT'];
    const replies = await converse(host, port, lines, { accepted: /^[23]/ });
    if (replies.length <= lines.length - 1) throw new Error('the gateway hung up');
}

// Mails of the mock world: building them, nothing else.

export function makeMail({ from, to, subject, text, html, files = [] }) {
    const boundary = `b-${Math.random().toString(36).slice(2)}`;
    const head = [`From: ${from}`, `To: ${to}`, `Subject: ${encodeWord(subject)}`, `Date: ${new Date().toUTCString()}`, 'MIME-Version: 1.0',
        `Content-Type: multipart/mixed; boundary="${boundary}"`];
    const parts = [bodyPart(text, html), ...files.map(filePart)];
    return Buffer.from(`${head.join('\r\n')}\r\n\r\n${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`);
}

function encodeWord(text) {
    return /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}

function wrap(bytes) {
    return Buffer.from(bytes).toString('base64').replace(/(.{76})/g, '$1\r\n');
}

function bodyPart(text, html) {
    const plain = `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${wrap(text)}`;
    if (!html) return plain;
    const rich = `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${wrap(html)}`;
    return `Content-Type: multipart/alternative; boundary="alt"\r\n\r\n--alt\r\n${plain}\r\n--alt\r\n${rich}\r\n--alt--`;
}

function filePart({ name, type, bytes, content_id }) {
    const id = content_id ? `Content-ID: <${content_id}>\r\n` : '';
    const disposition = content_id ? 'inline' : 'attachment';
    return `Content-Type: ${type ?? 'application/octet-stream'}; name="${name}"\r\nContent-Disposition: ${disposition}; filename="${name}"\r\n${id}`
        + `Content-Transfer-Encoding: base64\r\n\r\n${wrap(bytes)}`;
}

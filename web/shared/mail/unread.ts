// A message whose text is there, in a form that the pages cannot read.

import type { Message } from './parse';

const sealed_otherwise = new Set(['application/pkcs7-mime', 'application/x-pkcs7-mime', 'application/pgp-encrypted', 'application/ms-tnef', 'application/vnd.ms-tnef']);

/** S/MIME, PGP/MIME, or Outlook's own form, and nothing beside it. */
export function hasUnreadText(message: Message): boolean {
    if (message.html !== null || message.text?.trim()) return false;
    return message.files.some((file) => sealed_otherwise.has(file.type) || /^(winmail\.dat|smime\.p7m)$/i.test(file.name));
}

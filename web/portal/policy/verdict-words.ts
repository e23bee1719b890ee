// The verdicts of a preview (doc/spec/traffic.md, "How it is played") in French, by their English parts: format_cause() and
// stage_words in src/core/policy/ruling.cpp, and what src/core/traffic/play.cpp adds.

import { setApart } from '../../shared/french';
import type { Language } from '../../shared/language';

export const french_causes: Readonly<Record<string, string>> = {
    'accepted': 'accepté',
    'host name not known for the moment': 'nom de l’hôte inconnu pour le moment',
    'connection reset': 'connexion coupée',
    'rejected': 'rejeté',
    'TLS required': 'TLS obligatoire',
    'authentication required': 'authentification obligatoire',
    'client certificate required': 'certificat du client obligatoire',
    'too many messages': 'trop de messages',
    'message too large': 'message trop grand',
    'sender needs TLS': 'TLS obligatoire pour cet expéditeur',
    'sender refused': 'expéditeur refusé',
    'sender domain malformed': 'domaine de l’expéditeur mal formé',
    'sender domain does not exist': 'domaine de l’expéditeur inexistant',
    'sender domain not known for the moment': 'domaine de l’expéditeur inconnu pour le moment',
    'address without a domain': 'adresse sans domaine',
    'refused character': 'caractère refusé',
    'too many recipients': 'trop de destinataires',
    'recipient refused': 'destinataire refusé',
    'stands for too many others': 'remplace trop d’autres adresses',
    'sender not authentic': 'expéditeur non authentique',
    'header not understood': 'en-tête incompris',
    'refused': 'refusé',
};

/** Where something else than the policy refused. */
export const french_stages: Readonly<Record<string, string>> = {
    banner: 'à la connexion', MAIL: 'à MAIL', RCPT: 'à RCPT', DATA: 'à DATA', end: 'à la fin du message',
};

/** What becomes of a message that was accepted. */
export const french_fates: Readonly<Record<string, string>> = {
    'sealed': 'scellé', 'sealed unless TLS': 'scellé sauf TLS', 'discarded': 'jeté', 'suspended': 'suspendu',
};

function find(words: Readonly<Record<string, string>>, text: string): string {
    return Object.hasOwn(words, text) ? (words[text] ?? text) : text;
}

/** "530 TLS required", "452 refused at RCPT", "accepted, sealed"; a part that is not known stays as it is. */
export function sayVerdict(text: string, language: Language): string {
    if (language === 'en') return text;
    const [ruling = '', ...fates] = text.split(', ');
    const [, code = '', cause = '', stage] = /^(\d{3} )?(.*?)(?: at (\w+))?$/.exec(ruling) ?? [];
    const said = code + find(french_causes, cause) + (stage ? ` ${find(french_stages, stage)}` : '');
    return setApart([said, ...fates.map((fate) => find(french_fates, fate))].join(', '));
}

// Under whose name replies leave, in two languages; kept apart from the portal's other sentences.

import type { Language } from '../shared/language';
import type { SentAs, SentAsReason } from './api';

const en = {
    title: 'Under whose name your people’s replies leave',
    checking: 'Asking DNS…',
    because: (said: string, why: string) => `${said}: ${why}`,
    sent_as: {
        person: 'under the writer’s own address',
        service: 'under the service’s address',
    } satisfies Record<SentAs, string>,
    person: (domain: string) => `Replies of your people leave under their own addresses: ${domain} lets this service send for it.`,
    service: (domain: string, why: string) => `Replies of your people leave under the service’s address, with ${domain} in Reply-To only, because ${why}.`,
    reasons: {
        authorised: (domain) => `SPF of ${domain} passes for every address that the service sends from`,
        no_send_addresses: () => 'the operator of this service has named no sending addresses',
        no_domain: () => 'the address has no domain that could authorise the service',
        spf_missing: (domain) => `${domain} has no SPF record`,
        spf_not_pass: (domain) => `the SPF record of ${domain} does not name the service`,
        spf_broken: (domain) => `the SPF record of ${domain} has a fault`,
        spf_unknown: (domain) => `DNS did not answer for ${domain}`,
        dmarc_not_pass: (domain) => `the DMARC policy of ${domain} would not be met`,
        dmarc_unknown: (domain) => `the DMARC record of ${domain} could not be read`,
    } satisfies Record<SentAsReason, (domain: string) => string>,
    advice: (include: string) => `To change that, add include:${include} to the SPF record, before its final “all”.`,
    mend: 'To change that, mend the SPF record first.',
    advisor: 'Open the SPF advisor',
    spf: (address: string, result: string, mechanism: string) => `${address}: SPF ${result}${mechanism && ` (${mechanism})`}`,
    dmarc: (result: string, policy: string) => `DMARC ${result}, policy ${policy}`,
};

export type SendingWords = typeof en;

const fr: SendingWords = {
    title: 'Sous quel nom partent les réponses de vos utilisateurs',
    checking: 'Interrogation du DNS…',
    because: (said: string, why: string) => `${said}\u00a0: ${why}`,
    sent_as: { person: 'sous l’adresse de son auteur', service: 'sous l’adresse du service' },
    person: (domain: string) => `Les réponses de vos utilisateurs partent sous leur propre adresse : ${domain} autorise ce service à envoyer pour lui.`,
    service: (domain: string, why: string) => `Les réponses de vos utilisateurs partent sous l’adresse du service, ${domain} ne figurant que dans Reply-To, parce que ${why}.`,
    reasons: {
        authorised: (domain) => `le SPF de ${domain} accepte chaque adresse d’où le service envoie`,
        no_send_addresses: () => 'l’exploitant de ce service n’a indiqué aucune adresse d’envoi',
        no_domain: () => 'l’adresse n’a pas de domaine qui pourrait autoriser le service',
        spf_missing: (domain) => `${domain} n’a pas d’enregistrement SPF`,
        spf_not_pass: (domain) => `l’enregistrement SPF de ${domain} ne nomme pas le service`,
        spf_broken: (domain) => `l’enregistrement SPF de ${domain} a un défaut`,
        spf_unknown: (domain) => `le DNS n’a pas répondu pour ${domain}`,
        dmarc_not_pass: (domain) => `la politique DMARC de ${domain} ne serait pas respectée`,
        dmarc_unknown: (domain) => `l’enregistrement DMARC de ${domain} n’a pas pu être lu`,
    },
    advice: (include: string) => `Pour changer cela, ajoutez include:${include} à l’enregistrement SPF, avant son « all » final.`,
    mend: 'Pour changer cela, corrigez d’abord l’enregistrement SPF.',
    advisor: 'Ouvrir le conseiller SPF',
    spf: (address: string, result: string, mechanism: string) => `${address} : SPF ${result}${mechanism && ` (${mechanism})`}`,
    dmarc: (result: string, policy: string) => `DMARC ${result}, politique ${policy}`,
};

export const sending_words: Record<Language, SendingWords> = { en, fr };

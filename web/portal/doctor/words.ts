// Sentences of "Doctor", one table a language; the compiler holds the keys together.

import { french } from '../../shared/french';
import type { Language } from '../../shared/language';
import type { FindingState, Section } from './doctor';

const en = {
    title: 'Doctor',
    lead: 'Everything about the mail of a domain on one page: what is well, what is not, and what mends it. It asks DNS and the mail hosts, and sends no mail.',
    domain: 'Domain',
    ask: 'Examine',
    asking: 'Asking DNS and the mail hosts. This can take half a minute.',
    healthy: (domain: string) => `${domain} is healthy.`,
    ill: (count: number) => `${count} ${count === 1 ? 'thing is' : 'things are'} not well.`,
    unknown: (count: number) => `${count} ${count === 1 ? 'thing' : 'things'} could not be found out.`,
    also: (count: number) => `${count} ${count === 1 ? 'thing works but is' : 'things work but are'} better mended.`,
    to_do: 'What to do',
    evidence: 'Mail hosts and their certificates',
    nothing: 'Nothing to tell.',
    states: { good: 'Good', note: 'Note', warn: 'Better mended', bad: 'Not well', unknown: 'Unknown' } satisfies Record<FindingState, string>,
    sections: {
        mx: 'Mail hosts (MX)', tls: 'TLS, DANE and MTA-STS', spf: 'SPF', dkim: 'DKIM', dmarc: 'DMARC', hat: 'Sender group for the service (HAT)', dns_lists: 'DNS lists', tls_reports: 'TLS reports',
    } satisfies Record<Section, string>,
    section_leads: {
        mx: 'Where mail for the domain goes.', tls: 'Whether it gets there unread by others.', spf: 'Who may send in its name, now and with the include of the service.',
        dkim: 'Whether its mail is signed.', dmarc: 'What others do with mail that is not.', hat: 'Whether this gateway demands TLS of each host of the service.', dns_lists: 'Whether the lists that its host access table asks still are lists.', tls_reports: 'Whether others tell it of TLS faults.',
    } satisfies Record<Section, string>,
    command: 'The same on the command line',
};

export type DoctorWords = typeof en;

const fr: DoctorWords = french({
    title: 'Diagnostic',
    lead: 'Tout sur le courrier d’un domaine en une page : ce qui va bien, ce qui ne va pas, et ce qui y remédie. Le DNS et les serveurs de courrier sont interrogés ; aucun courrier n’est envoyé.',
    domain: 'Domaine',
    ask: 'Examiner',
    asking: 'Interrogation du DNS et des serveurs de courrier. Cela peut prendre une demi-minute.',
    healthy: (domain: string) => `${domain} se porte bien.`,
    ill: (count: number) => `${count} ${count < 2 ? 'point ne va' : 'points ne vont'} pas bien.`,
    unknown: (count: number) => `${count} ${count < 2 ? 'point n’a' : 'points n’ont'} pas pu être éclairci${count < 2 ? '' : 's'}.`,
    also: (count: number) => `${count} ${count < 2 ? 'point fonctionne' : 'points fonctionnent'}, mais mieux vaut corriger.`,
    to_do: 'Ce qu’il faut faire',
    evidence: 'Serveurs de courrier et leurs certificats',
    nothing: 'Rien à signaler.',
    states: { good: 'Bien', note: 'À savoir', warn: 'À corriger', bad: 'Pas bien', unknown: 'Inconnu' },
    sections: {
        mx: 'Serveurs de courrier (MX)', tls: 'TLS, DANE et MTA-STS', spf: 'SPF', dkim: 'DKIM', dmarc: 'DMARC', hat: 'Groupe d’expéditeurs du service (HAT)', dns_lists: 'Listes DNS', tls_reports: 'Rapports TLS',
    },
    section_leads: {
        mx: 'Où va le courrier du domaine.', tls: 'S’il y arrive sans être lu par d’autres.', spf: 'Qui peut envoyer en son nom, maintenant et avec l’include du service.',
        dkim: 'Si son courrier est signé.', dmarc: 'Ce que d’autres font du courrier qui ne l’est pas.', hat: 'Si cette passerelle exige TLS de chaque hôte du service.', dns_lists: 'Si les listes que consulte sa table d’accès des hôtes en sont encore.', tls_reports: 'Si d’autres lui signalent les défauts TLS.',
    },
    command: 'La même chose en ligne de commande',
});

export const doctor_words: Record<Language, DoctorWords> = { en, fr };

// Sentences of the mail flow policies' pages.

import type { Language } from '../../shared/language';
import type { FlowSection } from './flow-sections';
import { french } from '../../shared/french';

const en = {
    lead: 'A mail flow policy says what a connection may do. Sender groups name the policy that the hosts in them meet; what a policy leaves open comes from the default policy parameters of the listener.',
    add: 'Add Policy…',
    add_title: 'Add Policy',
    edit_title: (name: string) => `Mail flow policy ${name}`,
    defaults: 'Default Policy Parameters',
    defaults_of: (listener: string) => `Default Policy Parameters: ${listener}`,
    defaults_lead: 'What every policy inherits that does not say otherwise.',
    all: 'all listeners',
    name: 'Policy',
    behavior: 'Behavior',
    differs: 'Differs from the defaults in',
    nothing_differs: 'nothing',
    used_by: 'Used by',
    unused: 'no sender group',
    predefined: 'predefined',
    predefined_note: 'This policy exists without being written. Submitting writes it into the document, with your values.',
    delete: 'Delete this policy',
    delete_sure: (name: string) => `Delete ${name}?`,
    values_of: 'Show defaults of',
    custom_count: (count: number) => (count === 1 ? '1 set here' : `${count} set here`),
    none: 'none',
    sections: {
        behavior: 'Connection Behavior', connections: 'Connections', banner: 'SMTP Banner', host_limits: 'Host Limits', sender_limits: 'Envelope Sender Limits',
        harvest: 'Directory Harvest Attack Prevention (DHAP)', security: 'Security Features', authentication: 'Sender Authentication: SPF, DKIM, DMARC, ARC',
        verification: 'Sender Verification', addresses: 'Addresses and Bounces', other: 'Other',
    } satisfies Record<FlowSection, string>,
};

export type FlowWords = typeof en;

const fr: FlowWords = french({
    lead: 'Une politique de flux de messagerie dit ce qu’une connexion peut faire. Les groupes d’expéditeurs nomment la politique de leurs hôtes ; ce qu’elle laisse ouvert vient des paramètres par défaut de l’écouteur.',
    add: 'Ajouter une politique…',
    add_title: 'Ajouter une politique',
    edit_title: (name: string) => `Politique de flux ${name}`,
    defaults: 'Paramètres de politique par défaut',
    defaults_of: (listener: string) => `Paramètres de politique par défaut : ${listener}`,
    defaults_lead: 'Ce dont hérite toute politique qui ne dit rien d’autre.',
    all: 'tous les écouteurs',
    name: 'Politique',
    behavior: 'Comportement',
    differs: 'Diffère des valeurs par défaut par',
    nothing_differs: 'rien',
    used_by: 'Utilisée par',
    unused: 'aucun groupe',
    predefined: 'prédéfinie',
    predefined_note: 'Cette politique existe sans être écrite. La soumettre l’inscrit dans le document, avec vos valeurs.',
    delete: 'Supprimer cette politique',
    delete_sure: (name: string) => `Supprimer ${name} ?`,
    values_of: 'Afficher les valeurs par défaut de',
    custom_count: (count: number) => (count === 1 ? '1 définie ici' : `${count} définies ici`),
    none: 'aucun',
    sections: {
        behavior: 'Comportement de connexion', connections: 'Connexions', banner: 'Bannière SMTP', host_limits: 'Limites par hôte', sender_limits: 'Limites par expéditeur d’enveloppe',
        harvest: 'Protection contre la collecte d’adresses (DHAP)', security: 'Fonctions de sécurité', authentication: 'Authentification des expéditeurs : SPF, DKIM, DMARC, ARC',
        verification: 'Vérification des expéditeurs', addresses: 'Adresses et rebonds', other: 'Autres',
    },
});

export const flow_words: Record<Language, FlowWords> = { en, fr };

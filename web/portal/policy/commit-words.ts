// Sentences of Commit Changes: what is pending, what it would do, and the history.

import type { Language } from '../../shared/language';
import type { Change, SectionName } from './api';
import { french } from '../../shared/french';

const en = {
    lead: 'Nothing that was submitted is live before it is committed. A commit is live at once on every node, without dropping a connection.',
    nothing: 'Nothing waits to be committed.',
    nothing_more: (version: number) => `Version ${version} is live.`,
    changes: 'Changes',
    change_count: (count: number) => (count === 1 ? '1 change' : `${count} changes`),
    changes_cut: (shown: number, total: number) => `${shown} of ${total} changes are shown; the text below has them all.`,
    kinds: { added: 'added', removed: 'removed', changed: 'changed', moved: 'moved' } satisfies Record<Change['kind'], string>,
    key: 'Parameter', before: 'Before', after: 'After',
    left_out: 'not set',
    reordered: (list: string) => `New order: ${list}`,
    senders_added: (count: number) => (count === 1 ? '1 sender added' : `${count.toLocaleString('en')} senders added`),
    senders_removed: (count: number) => (count === 1 ? '1 sender removed' : `${count.toLocaleString('en')} senders removed`),
    and_more: (count: number) => `and ${count.toLocaleString('en')} more`,
    text: 'The difference as text',
    no_difference: 'No difference.',
    warnings: 'Worth knowing before you commit',
    no_warnings: 'There are no warnings.',

    preview: 'What would have been different',
    preview_lead: 'The connections and messages of the past, played against these changes. What SPF and the like found then is taken as it was.',
    preview_last: 'Messages to play',
    preview_none: 'No connection and no message would have ended differently.',
    not_played: 'Also changed, and not in these figures:',
    preview_empty: 'The gateway has no facts of the past yet.',
    preview_sum: (connections: string, all_connections: string, messages: string, all_messages: string) =>
        `${connections} of ${all_connections} connections and ${messages} of ${all_messages} messages would have met something else.`,
    preview_span: (since: string, until: string) => `From ${since} to ${until}.`,
    tables: { groups: 'By sender group', policies: 'By mail flow policy', verdicts: 'By verdict' },
    connections: 'Connections', messages: 'Messages',
    examples: 'Examples',
    time: 'Time', host: 'Host', from_to: 'Sender and recipient',
    becomes: 'becomes',

    comment: 'Comment (for the history)',
    commit: 'Commit Changes',
    committing: 'Committing…',
    committed: (version: number) => `Version ${version} is live.`,
    discard: 'Discard Changes',
    discard_sure: 'Discard everything that is pending?',
    discarded: 'The pending changes were discarded.',

    history: 'History',
    version: 'Version', when: 'When', who: 'Who', what: 'Comment',
    show: 'Show Changes',
    show_of: (version: number) => `Show the changes of version ${version}`,
    hide: 'Hide Changes',
    rollback: 'Roll Back',
    rollback_sure: (version: number) => `Make version ${version} current again?`,
    rollback_yes: 'Roll back',
    live: 'live',
    more: 'Show more',
    something_staged: 'There are pending changes: commit or discard them before you roll back.',
    nothing_to_do: 'That version is what is live now.',
    nothing_staged: 'Nothing is pending any more.',
    sections: {
        mail_flow_policy: 'Mail flow policy', listener_defaults: 'Default policy parameters', sender_group: 'Sender group', recipient: 'Recipient Access Table, row', route: 'SMTP route, row',
        destination: 'Destination control, row', exception: 'Exception table, row', bounce_profile: 'Bounce profile', address_list: 'Address list', alias: 'Alias, row', masquerade: 'Masquerade, row',
        domain_map: 'Domain map, row', encryption_profile: 'Encryption profile', encryption_rule: 'Encryption rule',
    } satisfies Record<SectionName, string>,
};

export type CommitWords = typeof en;

const number = (value: number) => value.toLocaleString('fr');

const fr: CommitWords = french({
    lead: 'Rien de ce qui est soumis ne prend effet avant la validation. Une validation prend effet aussitôt sur chaque nœud, sans couper de connexion.',
    nothing: 'Rien n’attend d’être validé.',
    nothing_more: (version: number) => `La version ${version} est active.`,
    changes: 'Modifications',
    change_count: (count: number) => (count === 1 ? '1 modification' : `${count} modifications`),
    changes_cut: (shown: number, total: number) => `${shown} modifications sur ${total} sont affichées ; le texte ci-dessous les contient toutes.`,
    kinds: { added: 'ajout', removed: 'suppression', changed: 'modification', moved: 'déplacement' },
    key: 'Paramètre', before: 'Avant', after: 'Après',
    left_out: 'non défini',
    reordered: (list: string) => `Nouvel ordre : ${list}`,
    senders_added: (count: number) => (count === 1 ? '1 expéditeur ajouté' : `${number(count)} expéditeurs ajoutés`),
    senders_removed: (count: number) => (count === 1 ? '1 expéditeur retiré' : `${number(count)} expéditeurs retirés`),
    and_more: (count: number) => (count === 1 ? 'et 1 autre' : `et ${number(count)} autres`),
    text: 'La différence sous forme de texte',
    no_difference: 'Aucune différence.',
    warnings: 'À savoir avant de valider',
    no_warnings: 'Il n’y a aucun avertissement.',

    preview: 'Ce qui aurait été différent',
    preview_lead: 'Les connexions et messages passés, rejoués avec ces modifications. Ce que SPF et les autres ont trouvé alors est repris tel quel.',
    preview_last: 'Messages à rejouer',
    preview_none: 'Aucune connexion ni aucun message n’aurait fini autrement.',
    not_played: 'Changé aussi, et hors de ces chiffres :',
    preview_empty: 'La passerelle n’a encore aucun fait du passé.',
    preview_sum: (connections: string, all_connections: string, messages: string, all_messages: string) =>
        `${connections} connexions sur ${all_connections} et ${messages} messages sur ${all_messages} auraient rencontré autre chose.`,
    preview_span: (since: string, until: string) => `Du ${since} au ${until}.`,
    tables: { groups: 'Par groupe d’expéditeurs', policies: 'Par politique de flux', verdicts: 'Par verdict' },
    connections: 'Connexions', messages: 'Messages',
    examples: 'Exemples',
    time: 'Heure', host: 'Hôte', from_to: 'Expéditeur et destinataire',
    becomes: 'devient',

    comment: 'Commentaire (pour l’historique)',
    commit: 'Valider les modifications',
    committing: 'Validation…',
    committed: (version: number) => `La version ${version} est active.`,
    discard: 'Abandonner les modifications',
    discard_sure: 'Abandonner tout ce qui est en attente ?',
    discarded: 'Les modifications en attente ont été abandonnées.',

    history: 'Historique',
    version: 'Version', when: 'Quand', who: 'Qui', what: 'Commentaire',
    show: 'Afficher les modifications',
    show_of: (version: number) => `Afficher les modifications de la version ${version}`,
    hide: 'Masquer les modifications',
    rollback: 'Restaurer',
    rollback_sure: (version: number) => `Rendre la version ${version} de nouveau active ?`,
    rollback_yes: 'Restaurer',
    live: 'active',
    more: 'Afficher plus',
    something_staged: 'Des modifications sont en attente : validez-les ou abandonnez-les avant de restaurer.',
    nothing_to_do: 'Cette version est celle qui est active.',
    nothing_staged: 'Plus rien n’est en attente.',
    sections: {
        mail_flow_policy: 'Politique de flux', listener_defaults: 'Paramètres par défaut', sender_group: 'Groupe d’expéditeurs', recipient: 'Table d’accès des destinataires, ligne', route: 'Route SMTP, ligne',
        destination: 'Contrôle de destination, ligne', exception: 'Table des exceptions, ligne', bounce_profile: 'Profil de rebond', address_list: 'Liste d’adresses', alias: 'Alias, ligne', masquerade: 'Masquage, ligne',
        domain_map: 'Table des domaines, ligne', encryption_profile: 'Profil de chiffrement', encryption_rule: 'Règle de chiffrement',
    },
});

export const commit_words: Record<Language, CommitWords> = { en, fr };

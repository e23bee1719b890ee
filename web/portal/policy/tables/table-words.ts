// The sentences of the table pages: what each table is for, what its page says around its rows.

import type { Language } from '../../../shared/language';
import type { SectionName } from '../api';

export type TableSection = Exclude<SectionName, 'mail_flow_policy' | 'listener_defaults' | 'sender_group'>;

export interface TableWords {
    /** Heading of the part, where a page has several. */
    title: string;
    lead: string;
    add: string;
    /** Heading of the form. */
    adding: string;
    editing: string;
    none: string;
    fixed: string;
}

const en = {
    search: 'Search',
    found: (count: number, total: number) => (count === total ? `${total} ${total === 1 ? 'row' : 'rows'}` : `${count} of ${total} rows`),
    nothing_found: 'No row contains this.',
    show_more: 'Show more rows',
    order: 'Order',
    first_match: 'Read from top to bottom: the first row that matches decides.',
    closest_match: 'The closest entry decides, whatever its place: the exact name, then the longest .suffix, then ALL.',
    closest_address: 'The closest entry decides, whatever its place.',
    move_up: (row: string) => `Move up: ${row}`,
    move_down: (row: string) => `Move down: ${row}`,
    edit_row: (row: string) => `Edit: ${row}`,
    delete_row: (row: string) => `Delete: ${row}`,
    sure: (row: string) => `Delete ${row}?`,
    removed: 'deleted',
    undo: 'Nothing here is live before it is committed; discarding the pending changes takes all of them back.',
    actions: 'Actions',
    predefined: 'predefined',
    by_default: 'default',
    as_text: 'In the policy document',
    command: 'The same on the command line',
    place: 'Order',
    place_hint: (most: number) => `1 is read first, ${most} last.`,
    place_fault: (most: number) => `Enter a whole number from 1 to ${most}.`,
    host_faults: { host: 'Each line needs a host: a name or an IP address.', priority: 'A priority is a number from 0 to 65535.', port: 'A port is a number from 1 to 65535.' },
    unknown_row: 'This row does not exist any more.',
    row_gone: 'Others changed or deleted this row meanwhile. Submitting adds what you entered as a new row.',
    all_public: 'all public listeners',
    anywhere: 'everywhere',
    gathered: { limits: 'Limits', conditions: 'Conditions' } as Record<string, string>,
    connections: (count: number) => `${count} ${count === 1 ? 'connection' : 'connections'}`,
    messages: (count: number) => `${count} ${count === 1 ? 'message' : 'messages'} each`,
    recipients: (count: number, minutes: number) => `${count} recipients in ${minutes} min`,
    no_recipients: 'recipients: no limit',
    never: 'never',
    ten_years: 'ten years',
    unconditional: 'every outgoing message',
    policy_profile: 'from the policy',
    entries: (count: number) => `${count} ${count === 1 ? 'entry' : 'entries'}`,
    tables: {
        recipient: {
            title: 'Recipient Access Table', lead: 'Which recipients public listeners take mail for. It is asked where the mail flow policy accepts; relayed connections skip it.',
            add: 'Add Recipient', adding: 'Add a recipient', editing: 'Edit the recipient', none: 'No recipient yet: mail for everybody is refused.', fixed: 'All Other Recipients',
        },
        exception: {
            title: 'Exception Table', lead: 'Envelope senders that are allowed or rejected by name, where the mail flow policy says “Use the exception table”.',
            add: 'Add Sender Exception', adding: 'Add a sender exception', editing: 'Edit the sender exception', none: 'No exception yet.', fixed: '',
        },
        address_list: {
            title: 'Address Lists', lead: 'Addresses under a name. Other tables and the parameters of mail flow policies call them list:NAME.',
            add: 'Add Address List', adding: 'Add an address list', editing: 'Edit the address list', none: 'No address list yet.', fixed: '',
        },
        destination: {
            title: 'Destination Controls', lead: 'How mail leaves for a domain: TLS, how many connections and recipients, which bounce profile. What comes in is decided on by the HAT Overview: a service that has to use TLS towards you gets a sender group there.',
            add: 'Add Destination', adding: 'Add a destination', editing: 'Edit the destination', none: 'No destination of its own yet.', fixed: 'Default',
        },
        bounce_profile: {
            title: 'Bounce Profiles', lead: 'How long delivery is tried, and what the sender hears. Mail flow policies and destinations call them by name.',
            add: 'Add Bounce Profile', adding: 'Add a bounce profile', editing: 'Edit the bounce profile', none: '', fixed: 'default',
        },
        route: {
            title: 'SMTP Routes', lead: 'Where a domain’s mail goes instead of its MX hosts.',
            add: 'Add Route', adding: 'Add a route', editing: 'Edit the route', none: 'No route yet.', fixed: 'All Other Domains',
        },
        alias: {
            title: 'Aliases', lead: 'Recipients that stand for others; asked after the recipient access table took them.',
            add: 'Add Alias', adding: 'Add an alias', editing: 'Edit the alias', none: 'No alias yet.', fixed: '',
        },
        masquerade: {
            title: 'Masquerading', lead: 'Sender addresses of our own outgoing mail that the world sees under another name.',
            add: 'Add Masquerade', adding: 'Add a masquerade', editing: 'Edit the masquerade', none: 'No masquerade yet.', fixed: '',
        },
        domain_map: {
            title: 'Domain Map', lead: 'Recipient domains that stand for others; asked before the recipient access table.',
            add: 'Add Domain', adding: 'Add a domain to the map', editing: 'Edit the domain', none: 'No domain yet.', fixed: '',
        },
        encryption_profile: {
            title: 'Encryption Profiles', lead: 'How a message is sealed: what opens it, how it travels, what its recipients may do.',
            add: 'Add Encryption Profile', adding: 'Add an encryption profile', editing: 'Edit the encryption profile', none: '', fixed: 'default',
        },
        encryption_rule: {
            title: 'Encryption Rules', lead: 'Which outgoing messages are sealed. All conditions of a rule must hold; of one condition’s entries any.',
            add: 'Add Encryption Rule', adding: 'Add an encryption rule', editing: 'Edit the encryption rule', none: 'No rule yet: messages are sealed by their header alone.', fixed: '',
        },
    } satisfies Record<TableSection, TableWords>,
};

export type TablesWords = typeof en;

const fr: TablesWords = {
    search: 'Rechercher',
    found: (count, total) => (count === total ? `${total} ${total > 1 ? 'lignes' : 'ligne'}` : `${count} sur ${total} lignes`),
    nothing_found: 'Aucune ligne ne contient cela.',
    show_more: 'Afficher plus de lignes',
    order: 'Ordre',
    first_match: 'Lecture de haut en bas\u00a0: la première ligne qui correspond décide.',
    closest_match: 'L’entrée la plus précise décide, où qu’elle soit\u00a0: le nom exact, puis le plus long .suffixe, puis ALL.',
    closest_address: 'L’entrée la plus précise décide, où qu’elle soit.',
    move_up: (row) => `Monter\u00a0: ${row}`,
    move_down: (row) => `Descendre\u00a0: ${row}`,
    edit_row: (row) => `Modifier\u00a0: ${row}`,
    delete_row: (row) => `Supprimer\u00a0: ${row}`,
    sure: (row) => `Supprimer ${row}\u00a0?`,
    removed: 'supprimé',
    undo: 'Rien n’entre en vigueur avant la validation\u00a0; abandonner les modifications en attente les annule toutes.',
    actions: 'Actions',
    predefined: 'prédéfini',
    by_default: 'par défaut',
    as_text: 'Dans le document de politique',
    command: 'La même chose en ligne de commande',
    place: 'Ordre',
    place_hint: (most) => `1 est lu en premier, ${most} en dernier.`,
    place_fault: (most) => `Saisissez un nombre entier de 1 à ${most}.`,
    host_faults: { host: 'Chaque ligne demande un hôte\u00a0: un nom ou une adresse IP.', priority: 'Une priorité est un nombre de 0 à 65535.', port: 'Un port est un nombre de 1 à 65535.' },
    unknown_row: 'Cette ligne n’existe plus.',
    row_gone: 'Une autre personne a modifié ou supprimé cette ligne entre-temps. Soumettre ajoute votre saisie comme nouvelle ligne.',
    all_public: 'tous les écouteurs publics',
    anywhere: 'partout',
    gathered: { limits: 'Limites', conditions: 'Conditions' },
    connections: (count) => `${count} ${count > 1 ? 'connexions' : 'connexion'}`,
    messages: (count) => `${count} ${count > 1 ? 'messages' : 'message'} chacune`,
    recipients: (count, minutes) => `${count} destinataires en ${minutes} min`,
    no_recipients: 'destinataires\u00a0: sans limite',
    never: 'jamais',
    ten_years: 'dix ans',
    unconditional: 'tout message sortant',
    policy_profile: 'selon la politique',
    entries: (count) => `${count} ${count > 1 ? 'entrées' : 'entrée'}`,
    tables: {
        recipient: {
            title: 'Table d’accès des destinataires', lead: 'Pour quels destinataires les écouteurs publics acceptent du courrier. Elle est consultée quand la politique de flux accepte\u00a0; le relais l’ignore.',
            add: 'Ajouter un destinataire', adding: 'Ajouter un destinataire', editing: 'Modifier le destinataire', none: 'Aucun destinataire\u00a0: tout courrier est refusé.', fixed: 'Tous les autres destinataires',
        },
        exception: {
            title: 'Table des exceptions', lead: 'Expéditeurs d’enveloppe autorisés ou rejetés nommément, là où la politique de flux dit «\u00a0Utiliser la table des exceptions\u00a0».',
            add: 'Ajouter une exception', adding: 'Ajouter une exception d’expéditeur', editing: 'Modifier l’exception d’expéditeur', none: 'Aucune exception.', fixed: '',
        },
        address_list: {
            title: 'Listes d’adresses', lead: 'Des adresses sous un nom. Les autres tables et les paramètres des politiques de flux les appellent list:NOM.',
            add: 'Ajouter une liste', adding: 'Ajouter une liste d’adresses', editing: 'Modifier la liste d’adresses', none: 'Aucune liste d’adresses.', fixed: '',
        },
        destination: {
            title: 'Contrôles de destination', lead: 'Comment le courrier part vers un domaine\u00a0: TLS, nombre de connexions et de destinataires, profil de rebond. De ce qui arrive, c’est la vue de la HAT qui décide\u00a0: un service qui doit employer TLS envers vous y a un groupe d’expéditeurs.',
            add: 'Ajouter une destination', adding: 'Ajouter une destination', editing: 'Modifier la destination', none: 'Aucune destination particulière.', fixed: 'Par défaut',
        },
        bounce_profile: {
            title: 'Profils de rebond', lead: 'Combien de temps la remise est tentée, et ce que l’expéditeur apprend. Politiques de flux et destinations les appellent par leur nom.',
            add: 'Ajouter un profil', adding: 'Ajouter un profil de rebond', editing: 'Modifier le profil de rebond', none: '', fixed: 'default',
        },
        route: {
            title: 'Routes SMTP', lead: 'Où va le courrier d’un domaine, au lieu de ses serveurs MX.',
            add: 'Ajouter une route', adding: 'Ajouter une route', editing: 'Modifier la route', none: 'Aucune route.', fixed: 'Tous les autres domaines',
        },
        alias: {
            title: 'Alias', lead: 'Destinataires mis pour d’autres\u00a0; consultés une fois acceptés par la table d’accès des destinataires.',
            add: 'Ajouter un alias', adding: 'Ajouter un alias', editing: 'Modifier l’alias', none: 'Aucun alias.', fixed: '',
        },
        masquerade: {
            title: 'Masquage d’adresses', lead: 'Adresses d’expéditeur de notre courrier sortant, que le monde voit sous un autre nom.',
            add: 'Ajouter un masquage', adding: 'Ajouter un masquage d’adresse', editing: 'Modifier le masquage d’adresse', none: 'Aucun masquage.', fixed: '',
        },
        domain_map: {
            title: 'Table des domaines', lead: 'Domaines de destinataires mis pour d’autres\u00a0; consultée avant la table d’accès des destinataires.',
            add: 'Ajouter un domaine', adding: 'Ajouter un domaine à la table', editing: 'Modifier le domaine', none: 'Aucun domaine.', fixed: '',
        },
        encryption_profile: {
            title: 'Profils de chiffrement', lead: 'Comment un message est scellé\u00a0: ce qui l’ouvre, comment il voyage, ce que ses destinataires peuvent faire.',
            add: 'Ajouter un profil', adding: 'Ajouter un profil de chiffrement', editing: 'Modifier le profil de chiffrement', none: '', fixed: 'default',
        },
        encryption_rule: {
            title: 'Règles de chiffrement', lead: 'Quels messages sortants sont scellés. Toutes les conditions d’une règle doivent être remplies\u00a0; parmi les entrées d’une condition, une seule suffit.',
            add: 'Ajouter une règle', adding: 'Ajouter une règle de chiffrement', editing: 'Modifier la règle de chiffrement', none: 'Aucune règle\u00a0: seul l’en-tête d’un message le fait sceller.', fixed: '',
        },
    },
};

export const tables_words: Record<Language, TablesWords> = { en, fr };

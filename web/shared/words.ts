// Sentences that every page shares, one table a language; the compiler holds the keys together.

import type { Language } from './language';

const en = {
    skip: 'Skip to the content',
    language: 'Language',
    loading: 'Loading…',
    retry: 'Try again',
    copy: 'Copy',
    copy_what: (what: string) => `Copy: ${what}`,
    copied: 'Copied',
    download: 'Download',
    cancel: 'Cancel',
    discard: 'Discard what you have typed?',
    sign_out: 'Sign out',
    yes: 'yes',
    no: 'no',
    attachments: 'Attachments',
    remove: 'Remove',
    from: 'From',
    to: 'To',
    cc: 'Copy to',
    date: 'Date',
    show_text: 'Show as plain text',
    show_html: 'Show with formatting',
    message_body: 'Message',
    remote_blocked: 'Pictures and other content from elsewhere are not loaded, so the sender of a hidden picture learns nothing about you.',
    no_text: 'This message has no text.',
    unreachable: 'The server cannot be reached. Check your connection, then try again.',
    try_later: 'The server cannot do this right now. Please try again in a moment.',
    too_many: (seconds: number) =>
        seconds > 90 ? `Too many attempts. Please wait ${Math.ceil(seconds / 60)} minutes, then try again.` : `Too many attempts. Please wait ${seconds} seconds, then try again.`,
    not_allowed: 'This is not allowed.',
    not_signed_in: 'Your session has ended. Please sign in again.',
    too_large: 'This is too large. At most 64 MB can be sent.',
    bad_request: 'The server did not understand this entry.',
    unexpected: 'Something went wrong that we did not expect.',
};

export type SharedWords = typeof en;

const fr: SharedWords = {
    skip: 'Aller au contenu',
    language: 'Langue',
    loading: 'Chargement…',
    retry: 'Réessayer',
    copy: 'Copier',
    copy_what: (what: string) => `Copier\u00a0: ${what}`,
    copied: 'Copié',
    download: 'Télécharger',
    cancel: 'Annuler',
    discard: 'Abandonner ce que vous avez saisi ?',
    sign_out: 'Se déconnecter',
    yes: 'oui',
    no: 'non',
    attachments: 'Pièces jointes',
    remove: 'Retirer',
    from: 'De',
    to: 'À',
    cc: 'Copie à',
    date: 'Date',
    show_text: 'Afficher en texte simple',
    show_html: 'Afficher avec la mise en forme',
    message_body: 'Message',
    remote_blocked: 'Les images et autres contenus venus d’ailleurs ne sont pas chargés : une image cachée n’apprend rien sur vous.',
    no_text: 'Ce message ne contient pas de texte.',
    unreachable: 'Le serveur est injoignable. Vérifiez votre connexion, puis réessayez.',
    try_later: 'Le serveur ne peut pas le faire pour l’instant. Veuillez réessayer dans un moment.',
    too_many: (seconds: number) =>
        seconds > 90 ? `Trop de tentatives. Veuillez attendre ${Math.ceil(seconds / 60)} minutes, puis réessayez.` : `Trop de tentatives. Veuillez attendre ${seconds} secondes, puis réessayez.`,
    not_allowed: 'Cela n’est pas autorisé.',
    not_signed_in: 'Votre session est terminée. Veuillez vous reconnecter.',
    too_large: 'C’est trop volumineux. On peut envoyer 64 Mo au plus.',
    bad_request: 'Le serveur n’a pas compris cette saisie.',
    unexpected: 'Un problème inattendu est survenu.',
};

export const shared_words: Record<Language, SharedWords> = { en, fr };

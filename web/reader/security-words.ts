// The sentences about second factors, one table a language.

import { factor_words } from '../shared/factors/words';
import { french } from '../shared/french';
import type { Language } from '../shared/language';

const en = {
    ...factor_words.en,
    link: 'Sign-in and security',
    title: 'Sign-in and security',
    lead: 'How you prove who you are at this service, beside your mail address.',
    prove_title: 'Sign in to change this',
    prove_lead: 'Enter your mail address. We send a code of 8 digits there; or sign in with your password or a passkey.',
    prove_next: 'Sign in',
    password_needed: 'Give your password, so that nobody who merely reads your mail can change this.',
    choose_lead: 'Passkeys and authenticator apps stand beside a password. Choose one first.',
    choose_next: 'Save and go on',
    loading: 'Looking up your account…',

    factor_title: 'Confirm that it is you',
    factor_lead: 'This needs your second factor.',
    with_passkey: 'Use a passkey',
    sign_in_with_passkey: 'Sign in with a passkey',
    or_code: 'Or enter the code from your authenticator app.',
    lost_all: 'Nothing of this at hand? Only the operator of this service can take your second factors away. Ask whoever sent you the message to put you in touch.',
    passkey_failed: 'The passkey did not work, or you cancelled. Try again.',
    passkey_unknown: 'This passkey was not accepted here. Perhaps it was removed.',
    passkey_late: 'This took too long. Try again.',
    passkey_there: 'This device already holds a passkey of your account.',

    set_up_title: 'Set up a second factor',
    set_up_lead: 'The sender asks for more than a password: a passkey, or a code from an authenticator app. You have neither yet. Set one up now; it counts at once, and from then on such messages open for you with it only.',
    set_up_note: 'Every mail address of yours gets a note that this was added.',

    addresses: 'Mail addresses',
    addresses_lead: 'A code that is sent to any one of these signs in to your account. Remove one that you no longer have, or that others read, too.',
    address_remove_sure: (address: string) =>
        `Remove ${address}? What is addressed to it, and what was sent from it, is from now on for whoever proves this address anew, and no longer for you. Other browsers in which you are signed in are signed out.`,
    address_last: 'This is your only address. It stays, since nothing else would say who you are.',

    passkeys: 'Passkeys',
    passkeys_lead: 'A passkey lives in your phone, computer or security key and is unlocked by finger, face or PIN. It alone is enough to sign in.',
    no_passkeys: 'None yet.',
    add_passkey: 'Add a passkey',
    passkey_name: 'Name of the passkey',
    passkey_name_hint: 'So that you recognise it later: “phone”, “key on my key ring”.',
    passkey_default: 'My passkey',
    no_support: 'This browser cannot use passkeys.',
    rename: 'Rename',
    save: 'Save',
    remove: 'Remove',
    remove_what: (name: string) => `Remove: ${name}`,
    rename_what: (name: string) => `Rename: ${name}`,
    remove_sure: (name: string) => `Remove “${name}”? It can no longer be used to sign in, and other browsers in which you are signed in are signed out.`,
    too_many: 'There are 10 passkeys already. Remove one first.',

    recovery_lead: 'If you lose your phone or key, a recovery code stands in for it, once, beside your password.',
    recovery_none: 'You have none. Without them, a lost phone means asking the operator.',
    done: 'It is set up.',
    skip_codes: 'Go on without recovery codes',
};

export type SecurityWords = typeof en;

const fr: SecurityWords = french({
    ...factor_words.fr,
    link: 'Connexion et sécurité',
    title: 'Connexion et sécurité',
    lead: 'Comment vous prouvez qui vous êtes auprès de ce service, en plus de votre adresse électronique.',
    prove_title: 'Connectez-vous pour modifier cela',
    prove_lead: 'Saisissez votre adresse électronique. Nous y envoyons un code de 8 chiffres ; ou connectez-vous avec votre mot de passe ou une clé d’accès.',
    prove_next: 'Se connecter',
    password_needed: 'Donnez votre mot de passe, pour que quelqu’un qui ne fait que lire votre courriel ne puisse pas modifier cela.',
    choose_lead: 'Les clés d’accès et les applications d’authentification complètent un mot de passe. Choisissez-en d’abord un.',
    choose_next: 'Enregistrer et continuer',
    loading: 'Recherche de votre compte…',

    factor_title: 'Confirmez que c’est vous',
    factor_lead: 'Votre second facteur est nécessaire.',
    with_passkey: 'Utiliser une clé d’accès',
    sign_in_with_passkey: 'Se connecter avec une clé d’accès',
    or_code: 'Ou saisissez le code de votre application d’authentification.',
    lost_all: 'Vous n’avez rien de tout cela sous la main ? Seul l’exploitant de ce service peut retirer vos seconds facteurs. Demandez à l’expéditeur du message de vous mettre en relation.',
    passkey_failed: 'La clé d’accès n’a pas fonctionné, ou vous avez annulé. Réessayez.',
    passkey_unknown: 'Cette clé d’accès n’a pas été acceptée ici. Elle a peut-être été retirée.',
    passkey_late: 'Cela a pris trop de temps. Réessayez.',
    passkey_there: 'Cet appareil contient déjà une clé d’accès de votre compte.',

    set_up_title: 'Configurez un second facteur',
    set_up_lead: 'L’expéditeur demande plus qu’un mot de passe : une clé d’accès, ou un code d’une application d’authentification. Vous n’avez encore ni l’un ni l’autre. Configurez-en un maintenant ; il compte aussitôt, et désormais de tels messages ne s’ouvriront pour vous qu’avec lui.',
    set_up_note: 'Chacune de vos adresses électroniques reçoit un avis de cet ajout.',

    addresses: 'Adresses électroniques',
    addresses_lead: 'Un code envoyé à l’une de ces adresses permet de se connecter à votre compte. Retirez celle que vous n’avez plus, ou que d’autres lisent aussi.',
    address_remove_sure: (address: string) =>
        `Retirer ${address} ? Ce qui lui est adressé, et ce qui en a été envoyé, sera désormais pour quiconque prouve de nouveau cette adresse, et non plus pour vous. Les autres navigateurs où vous êtes connecté seront déconnectés.`,
    address_last: 'C’est votre seule adresse. Elle reste, car rien d’autre ne dirait qui vous êtes.',

    passkeys: 'Clés d’accès',
    passkeys_lead: 'Une clé d’accès se trouve dans votre téléphone, votre ordinateur ou une clé de sécurité ; le doigt, le visage ou un code PIN la déverrouille. Elle suffit à elle seule pour se connecter.',
    no_passkeys: 'Aucune pour l’instant.',
    add_passkey: 'Ajouter une clé d’accès',
    passkey_name: 'Nom de la clé d’accès',
    passkey_name_hint: 'Pour la reconnaître plus tard : « téléphone », « clé de mon trousseau ».',
    passkey_default: 'Ma clé d’accès',
    no_support: 'Ce navigateur ne peut pas utiliser de clés d’accès.',
    rename: 'Renommer',
    save: 'Enregistrer',
    remove: 'Retirer',
    remove_what: (name: string) => `Retirer : ${name}`,
    rename_what: (name: string) => `Renommer : ${name}`,
    remove_sure: (name: string) => `Retirer « ${name} » ? Elle ne pourra plus servir à se connecter, et les autres navigateurs où vous êtes connecté seront déconnectés.`,
    too_many: 'Il y a déjà 10 clés d’accès. Retirez-en d’abord une.',

    recovery_lead: 'Si vous perdez votre téléphone ou votre clé, un code de secours le remplace, une fois, en plus de votre mot de passe.',
    recovery_none: 'Vous n’en avez pas. Sans eux, un téléphone perdu oblige à s’adresser à l’exploitant.',
    done: 'C’est configuré.',
    skip_codes: 'Continuer sans codes de secours',
});

export const security_words: Record<Language, SecurityWords> = { en, fr };

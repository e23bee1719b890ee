// The portal's sentences, one table a language; the compiler holds the keys together.

import type { Language } from '../shared/language';

const en = {
    product: 'Sealpost',
    product_detail: 'administration',
    foot: 'No page here shows what is written in a sealed message.',
    foot_of_account: 'Administrators manage envelopes and domains, and can read no message.',
    foot_of_node: 'Administrators decide how mail is handled. No page here shows what is written in it.',
    title: 'Administration',
    nav: 'Pages',
    signed_in_as: (name: string, account: string) => (account ? `${name} · ${account}` : name),

    sign_in_title: 'Sign in',
    name: 'Administrator',
    password: 'Password',
    sign_in: 'Sign in',
    signing_in: 'One moment…',
    wrong_password: 'Name or password is not right.',
    session_over: 'Your session has ended. Sign in again to go on where you were; what you typed is kept.',

    nothing_here: 'Nothing here is yours',
    nothing_here_why: 'You are signed in, but this node has no page for you: you administer neither an account here nor its mail policies. Whoever runs the node can change that.',

    no_page: 'This page does not exist',
    no_page_why: 'Its address is wrong, or it belongs to what somebody else administers.',

    domains: 'Domains and TLS',
    from: 'From',
    state: 'State',
    more: 'Show more',

    envelopes: 'Envelopes',
    envelopes_lead: 'Every envelope of your account: whom it went to and who has opened it. What is written in it stays sealed, for you too.',
    spf: 'SPF advisor',
};

export type PortalWords = typeof en;

const fr: PortalWords = {
    product: 'Sealpost',
    product_detail: 'administration',
    foot: 'Aucune page ne montre ici le contenu d’un message scellé.',
    foot_of_account: 'Les administrateurs gèrent les plis et les domaines et ne peuvent lire aucun message.',
    foot_of_node: 'Les administrateurs décident du traitement du courrier. Aucune page n’en montre ici le contenu.',
    title: 'Administration',
    nav: 'Pages',
    signed_in_as: (name: string, account: string) => (account ? `${name} · ${account}` : name),

    sign_in_title: 'Connexion',
    name: 'Administrateur',
    password: 'Mot de passe',
    sign_in: 'Se connecter',
    signing_in: 'Un instant…',
    wrong_password: 'Le nom ou le mot de passe est incorrect.',
    session_over: 'Votre session est terminée. Connectez-vous à nouveau pour continuer là où vous étiez ; ce que vous avez saisi est conservé.',

    nothing_here: 'Rien ici ne vous est confié',
    nothing_here_why: 'Votre session est ouverte, mais ce nœud n’a pas de page pour vous : vous n’y administrez ni compte ni politiques de messagerie. La personne qui exploite le nœud peut changer cela.',

    no_page: 'Cette page n’existe pas',
    no_page_why: 'Son adresse est fausse, ou elle fait partie de ce que quelqu’un d’autre administre.',

    domains: 'Domaines et TLS',
    from: 'De',
    state: 'État',
    more: 'Afficher plus',

    envelopes: 'Plis',
    envelopes_lead: 'Tous les plis de votre compte : à qui ils sont allés et qui les a ouverts. Leur contenu reste scellé, pour vous aussi.',
    spf: 'Conseil SPF',
};

export const portal_words: Record<Language, PortalWords> = { en, fr };

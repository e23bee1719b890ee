// Sentences of "My sign-in", and of signing in with a second factor, one table a language.

import { french } from '../../shared/french';
import type { Language } from '../../shared/language';

const en = {
    title: 'My sign-in',
    lead: 'What you are asked for beside your password, here and at every node that shares this node’s store. Recovery codes work at all of them, the codes of the app only where the key is the same.',
    must: 'This node asks all administrators for a second factor. Set up an authenticator app first; everything else comes after it.',
    app_lead: 'An app on your phone shows a code of 6 digits that changes every 30 seconds. Once it is set up, the password alone signs in nowhere, and your other sessions end.',
    app_none: 'None yet: whoever finds out your password can sign in as you.',
    app_remove_sure: 'Remove the authenticator app? Your recovery codes go with it: from then on your password alone signs in. Other browsers in which you are signed in are signed out.',
    recovery_lead: 'If you lose your phone, a recovery code stands in for it, once, beside your password.',
    recovery_first: 'Set up the app first.',
    recovery_none: 'You have none. Without them, a lost phone means asking another administrator, or the operator.',

    factor_title: 'Confirm that it is you',
    factor_lead: 'Your password is right. Your second factor is needed, too.',
    back: 'Back',
    lost_all: 'Neither at hand? Another administrator can take your second factor away, or the operator: sealpost admin factors remove.',
    app_later: 'The codes of your app cannot be checked right now. Try again in a moment, or use a recovery code.',
    changed_meanwhile: 'Your sign-in was changed at this very moment. Go back and try again.',
    other_node: 'Your app was set up with another key than this node has now: at another node, or before the key was lost or replaced. Its codes cannot be checked here. Use a recovery code, or sign in where you set it up.',
};

export type OwnWords = typeof en;

const fr: OwnWords = french({
    title: 'Ma connexion',
    lead: 'Ce qui vous est demandé en plus de votre mot de passe, ici et sur tous les nœuds qui partagent les données de celui-ci. Les codes de secours y fonctionnent partout, les codes de l’application seulement là où la clé est la même.',
    must: 'Ce nœud demande un second facteur à tous les administrateurs. Configurez d’abord une application d’authentification ; tout le reste vient après.',
    app_lead: 'Une application sur votre téléphone affiche un code de 6 chiffres qui change toutes les 30 secondes. Une fois l’application configurée, le mot de passe seul ne suffit plus nulle part, et vos autres sessions prennent fin.',
    app_none: 'Aucune pour l’instant : qui découvre votre mot de passe peut se connecter en votre nom.',
    app_remove_sure: 'Retirer l’application d’authentification ? Vos codes de secours disparaissent avec elle : votre mot de passe seul suffit ensuite pour se connecter. Les autres navigateurs où vous êtes connecté seront déconnectés.',
    recovery_lead: 'Si vous perdez votre téléphone, un code de secours le remplace, une fois, en plus de votre mot de passe.',
    recovery_first: 'Configurez d’abord l’application.',
    recovery_none: 'Vous n’en avez pas. Sans eux, un téléphone perdu oblige à s’adresser à un autre administrateur, ou à l’exploitant.',

    factor_title: 'Confirmez que c’est vous',
    factor_lead: 'Votre mot de passe est correct. Votre second facteur est nécessaire, lui aussi.',
    back: 'Retour',
    lost_all: 'Vous n’avez ni l’un ni l’autre sous la main ? Un autre administrateur peut retirer votre second facteur, ou l’exploitant : sealpost admin factors remove.',
    app_later: 'Les codes de votre application ne peuvent pas être vérifiés pour l’instant. Réessayez dans un moment, ou utilisez un code de secours.',
    changed_meanwhile: 'Votre connexion vient d’être modifiée à l’instant. Revenez en arrière et réessayez.',
    other_node: 'Votre application a été configurée avec une autre clé que celle de ce nœud : sur un autre nœud, ou avant que la clé ne soit perdue ou remplacée. Ses codes ne peuvent pas être vérifiés ici. Utilisez un code de secours, ou connectez-vous là où vous l’avez configurée.',
});

export const own_words: Record<Language, OwnWords> = { en, fr };

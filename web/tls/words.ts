// Sentences of the public page, one table a language; the compiler holds the keys together.

import { french } from '../shared/french';
import type { Language } from '../shared/language';
import type { EnvelopeReason } from './api';

const en = {
    product: 'Sealpost',
    product_detail: 'for whoever runs a mail domain',
    foot: 'This page sends no mail to your hosts. It says hello, starts TLS, looks at the certificate and leaves.',
    title: 'Why is this an envelope?',
    lead: 'Enter your mail domain. This page says why replies to it come as envelopes, tests whether your mail hosts can take them in clear form inside TLS, and lets you switch that on. You need no account.',
    domain: 'Your mail domain',
    domain_hint: 'What stands behind the @ of your addresses.',
    go: 'Look',
    another: 'Another domain',
    asking: 'Looking…',
    why: (domain: string) => `Why is mail to ${domain} an envelope?`,
    direct: (domain: string) => `Mail to ${domain} arrives in clear form`,
    reasons: {
        not_known: 'Nobody has told this service yet that your mail hosts can be trusted with messages in clear form. So each message is sealed: whatever way it takes, only its reader opens it.',
        not_proven: 'Somebody has asked for direct delivery, but nobody has proven yet that the domain is theirs. So each message is sealed.',
        not_tested: 'The domain is proven, but its mail hosts have not been tested yet. So each message is sealed.',
        not_ready: 'The last test found a mail host whose TLS cannot be verified, so each message is sealed. Test again: it tells what to mend.',
        switched_off: 'Everything is ready, but direct delivery is switched off. So each message is sealed.',
    } satisfies Record<EnvelopeReason, string>,
    not_an_envelope: 'Direct delivery is on: replies travel inside verified TLS and are read in your usual mail program. Only if no verified connection can be made does the choice below count.',
    lanes: { envelope: 'As an envelope', tls: 'Directly, inside TLS' },
    now: 'now',
    stations: { service: 'this service', path: 'any path', tunnel: 'verified TLS', host: 'your mail host', sealed: 'opened in a browser', open: 'read at once' },
    picture: {
        envelope: 'A sealed envelope travels over any path to your mail host and is opened in a browser.',
        tls: 'A message travels through a verified TLS connection to your mail host and is read at once in the mail program.',
    },

    steps: 'Three steps to direct delivery',
    step_done: 'done',
    test: 'Test your mail hosts',
    test_lead: 'Every address of every host in your MX records must offer TLS with a certificate that an authority signed, intermediate certificates included.',
    test_passed: (when: string) => `Passed ${when}.`,
    test_failed: (when: string) => `Failed ${when}.`,
    prove: (domain: string) => `Prove that ${domain} is yours`,
    prove_lead: 'Only who runs the domain may change how mail to it is delivered.',
    prove_begin: 'Begin',
    prove_beginning: 'One moment…',
    choose: 'Choose direct delivery',
    choose_later: 'Comes after the proof.',
    choose_test: 'One more test, now that the domain is yours: the switch needs a passed one.',
    hour_over: 'The hour for which your proof counts is over. Prove the domain again to change anything.',
    leave: 'Done: sign out',
    left: 'You are signed out. What you chose stays.',
    other_own: (domain: string) => `This browser manages ${domain} at the moment. Proving another domain ends that.`,
};

export type PageWords = typeof en;

const fr: PageWords = french({
    product: 'Sealpost',
    product_detail: 'pour qui gère un domaine de courrier',
    foot: 'Cette page n’envoie aucun courrier à vos serveurs. Elle dit bonjour, démarre TLS, regarde le certificat et s’en va.',
    title: 'Pourquoi est-ce un pli ?',
    lead: 'Saisissez votre domaine de courrier. Cette page dit pourquoi les réponses y arrivent sous pli, teste si vos serveurs peuvent les recevoir en clair dans TLS, et permet de l’activer. Aucun compte n’est nécessaire.',
    domain: 'Votre domaine de courrier',
    domain_hint: 'Ce qui suit le @ de vos adresses.',
    go: 'Regarder',
    another: 'Un autre domaine',
    asking: 'Recherche…',
    why: (domain: string) => `Pourquoi le courrier à ${domain} est-il sous pli ?`,
    direct: (domain: string) => `Le courrier à ${domain} arrive en clair`,
    reasons: {
        not_known: 'Personne n’a encore dit à ce service que vos serveurs de courrier peuvent recevoir des messages en clair. Chaque message est donc scellé : quel que soit son chemin, seule la personne destinataire l’ouvre.',
        not_proven: 'Quelqu’un a demandé la remise directe, mais personne n’a encore prouvé que le domaine est à lui. Chaque message est donc scellé.',
        not_tested: 'Le domaine est prouvé, mais ses serveurs de courrier n’ont pas encore été testés. Chaque message est donc scellé.',
        not_ready: 'Le dernier test a trouvé un serveur de courrier dont TLS n’est pas vérifiable : chaque message est donc scellé. Testez à nouveau : le test dit quoi corriger.',
        switched_off: 'Tout est prêt, mais la remise directe est désactivée. Chaque message est donc scellé.',
    },
    not_an_envelope: 'La remise directe est active : les réponses voyagent dans une connexion TLS vérifiée et se lisent dans votre messagerie habituelle. Le choix ci-dessous ne compte que si une connexion vérifiée est impossible.',
    lanes: { envelope: 'Sous pli', tls: 'Directement, dans TLS' },
    now: 'actuellement',
    stations: { service: 'ce service', path: 'tout chemin', tunnel: 'TLS vérifié', host: 'votre serveur', sealed: 'ouvert dans un navigateur', open: 'lu tout de suite' },
    picture: {
        envelope: 'Un pli scellé va par n’importe quel chemin jusqu’à votre serveur et s’ouvre dans un navigateur.',
        tls: 'Un message passe par une connexion TLS vérifiée jusqu’à votre serveur et se lit tout de suite dans la messagerie.',
    },

    steps: 'Trois étapes vers la remise directe',
    step_done: 'fait',
    test: 'Testez vos serveurs de courrier',
    test_lead: 'Chaque adresse de chaque serveur de vos enregistrements MX doit proposer TLS avec un certificat signé par une autorité, certificats intermédiaires compris.',
    test_passed: (when: string) => `Réussi le ${when}.`,
    test_failed: (when: string) => `Échoué le ${when}.`,
    prove: (domain: string) => `Prouvez que ${domain} est à vous`,
    prove_lead: 'Seule la personne qui gère le domaine peut changer la façon dont son courrier est remis.',
    prove_begin: 'Commencer',
    prove_beginning: 'Un instant…',
    choose: 'Choisissez la remise directe',
    choose_later: 'Vient après la preuve.',
    choose_test: 'Encore un test, maintenant que le domaine est à vous : il faut un test réussi pour activer la remise directe.',
    hour_over: 'L’heure pendant laquelle votre preuve compte est passée. Prouvez à nouveau le domaine pour changer quelque chose.',
    leave: 'Terminé : se déconnecter',
    left: 'Vous êtes déconnecté. Votre choix reste.',
    other_own: (domain: string) => `Ce navigateur gère en ce moment ${domain}. Prouver un autre domaine y met fin.`,
});

export const page_words: Record<Language, PageWords> = { en, fr };

// Sentences of "Domains and TLS" that only the portal needs; what it shares with the public page is in shared/tls.

import { french } from '../../shared/french';
import type { Language } from '../../shared/language';
import type { ComposeFrom, DeliveryState, TlsProof } from '../api';

const en = {
    lead: 'Replies to these domains can be delivered in clear form inside verified TLS, so that your users need not open an envelope. A domain must be proven and its test passed first.',
    none: 'No domain yet. Add the first one below.',
    add_title: 'Add a domain',
    add_domain: 'Domain',
    add: 'Add',
    add_exists: 'This domain is on the list already.',
    remove: 'Remove this domain',
    remove_sure: (domain: string) => `Remove ${domain}? Replies to it are then always sealed.`,

    proven: 'Proven',
    not_proven: 'Not proven',
    tls_on: 'TLS replies on',
    tls_off: 'Replies sealed',
    ready: 'Test passed',
    not_ready: 'Test failed',
    not_tested: 'Not tested',
    needs_test: 'Test again: a delivery failed since',

    proof_title: '1. Prove that the domain is yours',
    proof_done: 'The domain is proven.',
    proof_done_by: (how: string) => `The domain is proven ${how}.`,
    contact: (address: string) => `Warnings about this domain go to ${address}.`,

    test_title: '2. Test its mail hosts',
    test_lead: 'Every address of every host in the domain’s MX records must offer TLS with a certificate signed by a known authority, intermediates included.',
    test_at: (when: string) => `Tested ${when}`,

    switch_title: '3. Switch TLS replies on',

    history: 'Earlier tests',
    history_none: 'No test yet.',
    when: 'Time',
    result: 'Result',
    cause: 'Why it was made',
    causes: { asked: 'asked for', daily: 'daily test', failed_delivery: 'a delivery failed' } as Record<string, string>,
    evidence: 'Evidence',
    evidence_of: (when: string) => `Evidence of the test of ${when}`,
    hide: 'Hide',
    verified_of: (good: number, all: number) => `${good} of ${all} verified`,

    stopped_title: 'What this fault stops',
    stopped_lead: 'Notifications, codes and receipts come from the same hosts as replies: a TLS fault of the domain’s mail hosts stops all of them, not replies alone.',
    stopped_said: 'The last failed delivery said:',
    stopped_none: 'Nothing waits at the moment.',
    stopped_notices: (count: number, is_all: boolean) => `${is_all ? '' : 'At least '}${count} ${count === 1 ? 'notice waits' : 'notices wait'} (notifications, codes, receipts):`,
    stopped_replies_none: 'No reply waits.',

    begin_title: 'Who may begin a message',
    begin_lead: 'People outside can write to your users in this service’s pages, without an envelope to answer. Their message arrives as replies do.',
    begin_domains: (domains: string) => `This is about addresses of ${domains}, and of the names below them.`,
    begin_no_domain: 'Your account has no domain yet, neither a proven one nor one that the operator gave it. Until then nobody can begin a message to you.',
    begin_from: 'Who may write first',
    begin_choices: { nobody: 'Nobody', known: 'People you have written to', anyone: 'Anyone' } satisfies Record<ComposeFrom, string>,
    begin_meanings: {
        nobody: 'Messages cannot be begun. Replies to your envelopes go on as they do now.',
        known: 'Whoever was a recipient of one of your envelopes can write to you later, too. Strangers cannot.',
        anyone: 'Whoever proves a mail address by a code, strangers, too. Choose this when you want to be written to first, as an office or a practice does.',
    } satisfies Record<ComposeFrom, string>,
    begin_note: 'A choice counts at once. Whom your envelopes allow to reply is not changed by it.',

    deliveries: 'Deliveries of replies and messages',
    deliveries_none: 'No reply or message has been delivered yet.',
    states: { delivered: 'Delivered', queued: 'On its way', held: 'Held', bounced: 'Returned' } satisfies Record<DeliveryState, string>,
    ways: { tls: 'TLS', envelope: 'Envelope' },
    to: 'To',
    from: 'From',
    way: 'Way',
    state: 'State',
    tls: 'TLS',
    detail: 'What was seen',
    verified: 'certificate verified',
    unverified: 'not verified',
    proofs: {
        none: 'not verified', pkix: 'certificate verified', 'mta-sts': 'certificate verified, host listed by MTA-STS',
        'dane-ee': 'proven by DANE', 'dane-ta': 'authority proven by DANE',
    } as Record<TlsProof, string>,
    without_tls: 'no TLS',
    release: 'Release',
    refresh: 'Refresh',
    more: 'Show more',
};

export type DomainWords = typeof en;

const fr: DomainWords = french({
    lead: 'Les réponses à ces domaines peuvent être remises en clair à l’intérieur d’une connexion TLS vérifiée : vos utilisateurs n’ont alors pas de pli à ouvrir. Le domaine doit d’abord être prouvé et son test réussi.',
    none: 'Aucun domaine. Ajoutez le premier ci-dessous.',
    add_title: 'Ajouter un domaine',
    add_domain: 'Domaine',
    add: 'Ajouter',
    add_exists: 'Ce domaine est déjà dans la liste.',
    remove: 'Retirer ce domaine',
    remove_sure: (domain: string) => `Retirer ${domain} ? Les réponses seront alors toujours scellées.`,

    proven: 'Prouvé',
    not_proven: 'Non prouvé',
    tls_on: 'Réponses TLS actives',
    tls_off: 'Réponses scellées',
    ready: 'Test réussi',
    not_ready: 'Test échoué',
    not_tested: 'Non testé',
    needs_test: 'À tester à nouveau : une remise a échoué depuis',

    proof_title: '1. Prouvez que le domaine est à vous',
    proof_done: 'Le domaine est prouvé.',
    proof_done_by: (how: string) => `Le domaine est prouvé ${how}.`,
    contact: (address: string) => `Les avertissements sur ce domaine vont à ${address}.`,

    test_title: '2. Testez ses serveurs de courrier',
    test_lead: 'Chaque adresse de chaque serveur des enregistrements MX doit proposer TLS avec un certificat signé par une autorité connue, certificats intermédiaires compris.',
    test_at: (when: string) => `Testé le ${when}`,

    switch_title: '3. Activez les réponses TLS',

    history: 'Tests précédents',
    history_none: 'Aucun test pour l’instant.',
    when: 'Heure',
    result: 'Résultat',
    cause: 'Pourquoi il a eu lieu',
    causes: { asked: 'demandé', daily: 'test quotidien', failed_delivery: 'une remise a échoué' },
    evidence: 'Preuves',
    evidence_of: (when: string) => `Preuves du test du ${when}`,
    hide: 'Masquer',
    verified_of: (good: number, all: number) => `${good} sur ${all} ${good < 2 ? 'vérifiée' : 'vérifiées'}`,

    stopped_title: 'Ce que ce défaut arrête',
    stopped_lead: 'Notifications, codes et accusés viennent des mêmes serveurs que les réponses : un défaut TLS des serveurs du domaine les arrête tous, pas seulement les réponses.',
    stopped_said: 'La dernière remise échouée a dit :',
    stopped_none: 'Rien n’attend pour l’instant.',
    stopped_notices: (count: number, is_all: boolean) => `${is_all ? '' : 'Au moins '}${count} ${count < 2 ? 'avis attend' : 'avis attendent'} (notifications, codes, accusés)\u00a0:`,
    stopped_replies_none: 'Aucune réponse n’attend.',

    begin_title: 'Qui peut commencer un message',
    begin_lead: 'Des personnes extérieures peuvent écrire à vos utilisateurs dans les pages de ce service, sans avoir de pli auquel répondre. Leur message arrive comme le font les réponses.',
    begin_domains: (domains: string) => `Il s’agit des adresses de ${domains}, et des noms qui sont au-dessous.`,
    begin_no_domain: 'Votre compte n’a pas encore de domaine, ni prouvé, ni donné par l’exploitant. D’ici là, personne ne peut commencer un message pour vous.',
    begin_from: 'Qui peut écrire en premier',
    begin_choices: { nobody: 'Personne', known: 'Les personnes à qui vous avez écrit', anyone: 'Tout le monde' },
    begin_meanings: {
        nobody: 'Aucun message ne peut être commencé. Les réponses à vos plis continuent comme à présent.',
        known: 'Quiconque a été destinataire d’un de vos plis peut aussi vous écrire plus tard. Les inconnus ne le peuvent pas.',
        anyone: 'Quiconque prouve une adresse électronique par un code, les inconnus aussi. Choisissez cela si vous voulez qu’on vous écrive en premier, comme une administration ou un cabinet.',
    },
    begin_note: 'Un choix prend effet aussitôt. Il ne change rien à qui vos plis permettent de répondre.',

    deliveries: 'Remises des réponses et messages',
    deliveries_none: 'Aucune réponse, aucun message n’a encore été remis.',
    states: { delivered: 'Remise', queued: 'En route', held: 'Retenue', bounced: 'Retournée' },
    ways: { tls: 'TLS', envelope: 'Pli' },
    to: 'À',
    from: 'De',
    way: 'Voie',
    state: 'État',
    tls: 'TLS',
    detail: 'Ce qui a été vu',
    verified: 'certificat vérifié',
    unverified: 'non vérifié',
    proofs: {
        none: 'non vérifié', pkix: 'certificat vérifié', 'mta-sts': 'certificat vérifié, hôte listé par MTA-STS',
        'dane-ee': 'prouvé par DANE', 'dane-ta': 'autorité prouvée par DANE',
    },
    without_tls: 'sans TLS',
    release: 'Libérer',
    refresh: 'Actualiser',
    more: 'Afficher plus',
});

export const domain_words: Record<Language, DomainWords> = { en, fr };

// The sentences of the page about what somebody has sent, one table a language.

import type { Language } from '../shared/language';
import { french } from '../shared/french';

const en = {
    link: 'Messages you have sent',
    title: 'Messages you have sent',
    lead: 'The envelopes that were sealed in your name: whom they went to and who has opened them. You can lock them, let them expire sooner, or recall them.',
    loading: 'Looking up what you have sent…',
    prove_title: 'First show which address is yours',
    prove_lead: 'Enter the mail address that you send from. We send a code of 8 digits there; or sign in with your password or a passkey.',
    prove_next: 'Go on',
    code_sent: (address: string) => `If an envelope was sealed in the name of ${address}, a mail with a code is on its way. It shows these words:`,
    session_ended: 'Your session has ended, so what you have sent is hidden. Show again that the address is yours to go on.',
    note: 'What was delivered in clear form inside verified TLS is no envelope, and is not listed here. Subjects are sealed with the messages.',
};

export type SentWords = typeof en;

const fr: SentWords = french({
    link: 'Messages que vous avez envoyés',
    title: 'Messages que vous avez envoyés',
    lead: 'Les plis scellés en votre nom : à qui ils sont allés et qui les a ouverts. Vous pouvez les verrouiller, avancer leur expiration ou les rappeler.',
    loading: 'Recherche de ce que vous avez envoyé…',
    prove_title: 'Montrez d’abord quelle adresse est la vôtre',
    prove_lead: 'Saisissez l’adresse électronique depuis laquelle vous envoyez : nous y envoyons un code de 8 chiffres ; ou connectez-vous avec votre mot de passe ou une clé d’accès.',
    prove_next: 'Continuer',
    code_sent: (address: string) => `Si un pli a été scellé au nom de ${address}, un courriel avec un code est en route. Il affiche ces mots :`,
    session_ended: 'Votre session est terminée, ce que vous avez envoyé est donc masqué. Montrez de nouveau que l’adresse est la vôtre pour continuer.',
    note: 'Ce qui a été remis en clair dans un TLS vérifié n’est pas un pli et ne figure pas ici. Les objets sont scellés avec les messages.',
});

export const sent_words: Record<Language, SentWords> = { en, fr };

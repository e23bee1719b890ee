// The sentences of the page on which somebody begins a message, one table a language.

import type { Language } from '../shared/language';
import { french } from '../shared/french';

const en = {
    link: 'Write a new message',
    title: 'Write a secure message',
    lead: 'It goes to an organisation that uses this service, and never crosses the internet readable by others.',
    loading: 'Looking up whom you can reach…',

    prove_title: 'First show which address is yours',
    prove_lead: 'Your message leaves in the name of your mail address. Enter it, and we send a code of 8 digits there; or sign in with your password or a passkey.',
    prove_next: 'Go on',
    code_sent: (address: string) => `If somebody here can be written to from ${address}, a mail with a code is on its way. It shows these words:`,

    reach_title: 'Whom you can reach here',
    reach_count: (count: number) => `${count} organisations`,
    reach_lead: 'These organisations have written to you. You can write to any address of their domains.',
    nobody_title: 'There is nobody to suggest yet',
    nobody: 'No organisation that takes new messages from you has written to you here so far. Some take them from everybody, though: if you know an address there, write to it below. Should it be out of reach, you are told so and nothing is sent.',
    add_lead: 'Was a message sent to another address of yours? Prove that one, too, to reach who sent it.',
    add_prove_lead: 'Enter your other address. We send a code of 8 digits there, and remember that the address is yours.',

    form: 'Your message',
    suggested: 'Who has written to you:',
    add: (who: string) => `Add: ${who}`,
    more: (count: number) => `and ${count} more. Type a part of a name or an address to find them.`,
    to_many: (most: number) => `Enter ${most} addresses at most. Send the message once more to reach others.`,
    not_reachable: (addresses: string) => `You cannot write from here to ${addresses}. A message goes only to organisations that use this service and have written to you, or that let everybody write to them. Nothing was sent; take out or mend what is named.`,

    session_ended: 'Your session has ended, so what you have written is hidden. Show again that the address is yours to go on; nothing is lost.',
    session_over: 'Your session has ended, or was begun by somebody else. Your text and files are still here; they are sent once you have shown that the address is yours.',
    left_title: 'Nothing was sent',
    another: 'Write another message',
};

export type ComposeWords = typeof en;

const fr: ComposeWords = french({
    link: 'Écrire un nouveau message',
    title: 'Écrire un message sécurisé',
    lead: 'Il va à une organisation qui utilise ce service, et ne traverse jamais internet de façon lisible par d’autres.',
    loading: 'Recherche de qui vous pouvez joindre…',

    prove_title: 'Montrez d’abord quelle adresse est la vôtre',
    prove_lead: 'Votre message part au nom de votre adresse électronique. Saisissez-la : nous y envoyons un code de 8 chiffres ; ou connectez-vous avec votre mot de passe ou une clé d’accès.',
    prove_next: 'Continuer',
    code_sent: (address: string) => `Si l’on peut écrire ici à quelqu’un depuis ${address}, un courriel avec un code est en route. Il affiche ces mots :`,

    reach_title: 'Qui vous pouvez joindre ici',
    reach_count: (count: number) => `${count} organisations`,
    reach_lead: 'Ces organisations vous ont écrit. Vous pouvez écrire à toute adresse de leurs domaines.',
    nobody_title: 'Il n’y a encore personne à proposer',
    nobody: 'Aucune organisation qui accepte de nouveaux messages de votre part ne vous a écrit ici jusqu’à présent. Certaines en acceptent de tout le monde : si vous y connaissez une adresse, écrivez-lui ci-dessous. Si elle est hors de portée, cela vous est dit et rien n’est envoyé.',
    add_lead: 'Un message a été envoyé à une autre de vos adresses ? Prouvez aussi celle-là pour joindre son expéditeur.',
    add_prove_lead: 'Saisissez votre autre adresse. Nous y envoyons un code de 8 chiffres et retenons que cette adresse est la vôtre.',

    form: 'Votre message',
    suggested: 'Qui vous a écrit :',
    add: (who: string) => `Ajouter : ${who}`,
    more: (count: number) => `et ${count} de plus. Tapez une partie d’un nom ou d’une adresse pour les trouver.`,
    to_many: (most: number) => `Saisissez ${most} adresses au plus. Envoyez le message une nouvelle fois pour joindre d’autres personnes.`,
    not_reachable: (addresses: string) => `Vous ne pouvez pas écrire d’ici à ${addresses}. Un message ne va qu’aux organisations qui utilisent ce service et vous ont écrit, ou qui laissent tout le monde leur écrire. Rien n’a été envoyé ; retirez ou corrigez ce qui est nommé.`,

    session_ended: 'Votre session est terminée ; ce que vous avez écrit est donc masqué. Montrez à nouveau que l’adresse est la vôtre pour continuer ; rien n’est perdu.',
    session_over: 'Votre session est terminée, ou quelqu’un d’autre en a ouvert une. Votre texte et vos fichiers sont toujours là ; ils sont envoyés dès que vous aurez montré que l’adresse est la vôtre.',
    left_title: 'Rien n’a été envoyé',
    another: 'Écrire un autre message',
});

export const compose_words: Record<Language, ComposeWords> = { en, fr };

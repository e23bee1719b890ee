// Sentences of what is done with an envelope, one table a language; the compiler holds the keys together.

import { french } from '../../shared/french';
import type { Language } from '../../shared/language';
import type { Action } from './envelope';

const en = {
    actions: 'Actions',
    names: { lock: 'Lock', unlock: 'Unlock', expiry: 'Change expiry', recall: 'Recall' } satisfies Record<Action, string>,
    done: { lock: 'It is locked.', unlock: 'It can be opened again.', expiry: 'The expiry is changed.', recall: 'It is recalled, and its key is destroyed.' } satisfies Record<Action, string>,
    nothing: 'None: its key is destroyed.',
    reason_given: 'Reason given:',
    no_reason: 'No reason was given.',
    lock_title: 'Lock this envelope',
    lock_lead: 'Nobody can open it until it is unlocked. Who has opened it already may have kept a copy.',
    reason: 'Reason (optional)',
    reason_hint: 'Whoever this envelope was sent to is shown it.',
    reason_long: 'This reason is too long. Shorten it.',
    expiry_title: 'Change when this envelope expires',
    expiry_lead: 'Then its key is destroyed, and nobody can open it any more.',
    expiry: 'Can be opened until (in the time of this computer)',
    expiry_bad: 'Choose a time to come. To end it now, recall it.',
    recall_title: 'Recall this envelope?',
    recall_lead: 'Its key is destroyed: nobody can open it any more, neither its recipients nor its sender. Who has opened it already may have kept a copy.',
    recall_next: 'Go on',
    recall_sure: 'Recall it for ever? This cannot be undone.',
    recall_yes: 'Recall for ever',
    working: 'One moment…',
    gone: 'This envelope is not here any more.',
    expired: 'It has expired meanwhile: its key is destroyed.',
    erased: 'It was recalled meanwhile: its key is destroyed.',
};

export type EnvelopeWords = typeof en;

const fr: EnvelopeWords = french({
    actions: 'Actions',
    names: { lock: 'Verrouiller', unlock: 'Déverrouiller', expiry: 'Changer l’expiration', recall: 'Rappeler' },
    done: { lock: 'Le pli est verrouillé.', unlock: 'Le pli peut de nouveau être ouvert.', expiry: 'L’expiration est changée.', recall: 'Le pli est rappelé et sa clé est détruite.' },
    nothing: 'Aucune : sa clé est détruite.',
    reason_given: 'Raison indiquée :',
    no_reason: 'Aucune raison n’a été donnée.',
    lock_title: 'Verrouiller ce pli',
    lock_lead: 'Personne ne peut l’ouvrir tant qu’il n’est pas déverrouillé. Qui l’a déjà ouvert peut en avoir gardé une copie.',
    reason: 'Raison (facultative)',
    reason_hint: 'Elle est montrée aux destinataires de ce pli.',
    reason_long: 'Cette raison est trop longue. Raccourcissez-la.',
    expiry_title: 'Changer l’expiration de ce pli',
    expiry_lead: 'Sa clé est alors détruite, et plus personne ne peut l’ouvrir.',
    expiry: 'Peut être ouvert jusqu’au (à l’heure de cet ordinateur)',
    expiry_bad: 'Choisissez un moment à venir. Pour y mettre fin maintenant, rappelez le pli.',
    recall_title: 'Rappeler ce pli ?',
    recall_lead: 'Sa clé est détruite : plus personne ne peut l’ouvrir, ni ses destinataires ni son expéditeur. Qui l’a déjà ouvert peut en avoir gardé une copie.',
    recall_next: 'Continuer',
    recall_sure: 'Le rappeler définitivement ? Cela ne peut pas être annulé.',
    recall_yes: 'Rappeler définitivement',
    working: 'Un instant…',
    gone: 'Ce pli n’est plus ici.',
    expired: 'Il a expiré entre-temps : sa clé est détruite.',
    erased: 'Il a été rappelé entre-temps : sa clé est détruite.',
});

export const envelope_words: Record<Language, EnvelopeWords> = { en, fr };

// Words for encryption profiles and encryption rules.

import { say, type SectionKeys } from './say';

export const profile_keys: SectionKeys = {
    name: say(['Name', 'Nom'], ['The name by which rules call it; another name is written there, too. “default” exists without being written.', 'Le nom par lequel les règles l’appellent ; un autre nom y est écrit aussi. « default » existe sans être écrit.']),
    assurance: say(['Envelope security', 'Sécurité du pli'], ['What the recipient needs to open it.', 'Ce qu’il faut au destinataire pour l’ouvrir.'], {
        low: ['Low: the link is enough', 'Faible : le lien suffit'], mailbox: ['Mailbox: a code by mail', 'Boîte aux lettres : un code par courriel'],
        account: ['Account: a password', 'Compte : un mot de passe'], strong: ['Strong: a password and a second factor, or a passkey', 'Forte : un mot de passe et un second facteur, ou une clé d’accès (passkey)'],
    }),
    expires_after: say(['Expires after', 'Expire après'], ['Then the key is destroyed, and nobody opens it any more; 0: after ten years.', 'La clé est alors détruite et plus personne ne peut l’ouvrir ; 0 : après dix ans.']),
    delivery: say(['Delivery', 'Remise'], ['Where the sealed part travels.', 'Par où passe la partie scellée.'], {
        attachment: ['As an attachment', 'En pièce jointe'], hosted: ['Hosted behind the link', 'Hébergée derrière le lien'], both: ['Both', 'Les deux'],
    }),
    attachment_name: say(['Attachment file name', 'Nom de la pièce jointe']),
    attachment_max_size: say(['Largest attachment', 'Taille maximale de la pièce jointe'], ['A larger message is hosted only.', 'Un message plus gros est seulement hébergé.']),
    subject: say(['Subject of the notification', 'Objet de la notification'], null, {
        original: ['The message’s own', 'Celui du message'], neutral: ['Neutral', 'Neutre'],
    }),
    neutral_subject: say(['Neutral subject', 'Objet neutre'], ['Empty: a sentence in the recipient’s language.', 'Vide : une phrase dans la langue du destinataire.']),
    reply: say(['Allow reply', 'Autoriser la réponse']),
    reply_all: say(['Allow reply to all', 'Autoriser la réponse à tous']),
    forward: say(['Allow forwarding', 'Autoriser le transfert']),
    receipt: say(['Read receipt', 'Accusé de lecture'], ['The sender is told when it is opened.', 'L’expéditeur est prévenu de l’ouverture.']),
    language: say(['Language of the notification', 'Langue de la notification'], null, {
        auto: ['The recipient’s own choice', 'Le choix du destinataire'], en: ['English', 'Anglais'], fr: ['French', 'Français'],
    }),
    logo: say(['Logo', 'Logo'], ['A picture as data URI, 64 KiB at most.', 'Une image sous forme d’URI data:, 64 Kio au plus.']),
};

export const rule_keys: SectionKeys = {
    name: say(['Name', 'Nom'], ['Stands in log and trace.', 'Figure dans le journal et la trace.']),
    listener: say(['Listener', 'Écouteur'], ['Where the message came in; none chosen: anywhere.', 'Par où le message est arrivé ; aucun choisi : n’importe où.']),
    sender: say(['Sender', 'Expéditeur'], ['user@domain, user@, domain, .domain, list:NAME or ALL.', 'utilisateur@domaine, utilisateur@, domaine, .domaine, list:NOM ou ALL.']),
    recipient: say(['Recipient', 'Destinataire'], ['user@domain, user@, domain, .domain or ALL; asked for each recipient by itself.', 'utilisateur@domaine, utilisateur@, domaine, .domaine ou ALL ; examiné pour chaque destinataire.']),
    subject_contains: say(['Subject contains', 'L’objet contient'], ['Words, upper and lower case alike.', 'Mots, sans distinction de casse.']),
    subject_matches: say(['Subject matches', 'L’objet correspond à'], ['RE2 patterns.', 'Expressions régulières RE2.']),
    header_contains: say(['Header contains', 'L’en-tête contient'], ['“Name: words”, upper and lower case alike.', '« Nom: mots », sans distinction de casse.']),
    header_matches: say(['Header matches', 'L’en-tête correspond à'], ['“Name: RE2 pattern”.', '« Nom: expression RE2 ».']),
    action: say(['Action', 'Action'], null, {
        seal: ['Seal', 'Sceller'], clear: ['Send in clear', 'Envoyer en clair'], if_tls_fails: ['Seal only where verified TLS is not to be had', 'Sceller seulement si TLS vérifié est impossible'],
    }),
    profile: say(['Encryption profile', 'Profil de chiffrement']),
    strip_subject_tag: say(['Strip the tag from the subject', 'Retirer la marque de l’objet'], ['Takes the words of “Subject contains” out of the envelope’s subject; what leaves in clear form keeps them.', 'Ôte les mots de « L’objet contient » de l’objet de l’enveloppe ; ce qui part en clair les garde.']),
    own_domains: say(['Also for own domains', 'Aussi pour nos domaines'], ['Also for recipients whom our own RAT accepts.', 'Aussi pour les destinataires que notre RAT accepte.']),
};

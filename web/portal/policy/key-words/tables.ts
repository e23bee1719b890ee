// Words for the tables that say who may connect, which addresses are taken, and where mail goes.

import { connection_keys } from './connections';
import { authentication_keys } from './authentication';
import { say, type SectionKeys } from './say';

const listener = say(['Listener', 'Écouteur'], ['None chosen: all of them.', 'Aucun choisi : tous.']);
const comment = say(['Comment', 'Commentaire']);

export const policy_keys: SectionKeys = {
    name: say(['Name', 'Nom'], ['The name by which sender groups call it; another name is written there, too.', 'Le nom par lequel les groupes d’expéditeurs l’appellent ; un autre nom y est écrit aussi.']),
    behavior: say(['Connection behavior', 'Comportement de connexion'], null, {
        accept: ['Accept: recipients by the RAT', 'Accepter : destinataires selon la RAT'], relay: ['Relay: any recipient', 'Relayer : tout destinataire'],
        reject: ['Reject: a refusing banner', 'Rejeter : bannière de refus'], refuse: ['TCP refuse: the connection is reset', 'Refus TCP : la connexion est coupée'],
        continue: ['Continue: the next group decides', 'Continuer : le groupe suivant décide'],
    }),
    ...connection_keys,
    ...authentication_keys,
};

export const default_keys: SectionKeys = {
    listener,
    defer_undecided: say(['Defer undecided hosts', 'Différer les hôtes indécis'], ['A host whose name is not known for the moment gets 421 when an earlier host-name sender could have matched; off: the address alone decides.', 'Un hôte au nom momentanément inconnu reçoit 421 si un nom d’hôte placé plus haut aurait pu correspondre ; sinon l’adresse seule décide.']),
    ...connection_keys,
    ...authentication_keys,
};

export const group_keys: SectionKeys = {
    name: say(['Name', 'Nom'], ['Stands in log and verdict.', 'Figure dans le journal et le verdict.']),
    listener: say(['Listener', 'Écouteur'], ['Whose host access table the group belongs to.', 'Celui dont la HAT contient le groupe.']),
    order: say(['Order', 'Ordre'], ['The place in the table; the first match wins.', 'La place dans la table ; la première correspondance l’emporte.']),
    policy: say(['Policy', 'Politique'], ['The mail flow policy; empty: CONTINUE (no policy).', 'La politique de flux de messagerie ; vide : CONTINUE (aucune politique).']),
    comment,
    senders: say(['Senders', 'Expéditeurs'], ['Addresses, ranges, host names, .suffixes, dnslist[zone], country[FR], SBRS[-10:-3], ALL; each with a (comment) if wanted.', 'Adresses, plages, noms d’hôtes, .suffixes, dnslist[zone], country[FR], SBRS[-10:-3], ALL ; chacun avec un (commentaire) au besoin.']),
    host_checks: say(['Connecting host DNS verification', 'Vérification DNS de l’hôte connectant'], ['Also hosts for which this holds.', 'Aussi les hôtes pour lesquels c’est le cas.'], {
        no_ptr: ['PTR record does not exist', 'L’enregistrement PTR n’existe pas'], ptr_failed: ['PTR lookup fails for the moment', 'La requête PTR échoue momentanément'],
        ptr_mismatch: ['PTR does not lead back to the address', 'Le PTR ne ramène pas à l’adresse'],
    }),
};

export const recipient_keys: SectionKeys = {
    address: say(['Recipient address', 'Adresse du destinataire'], ['One a line: user@domain, user@, domain, .domain or ALL.', 'Une par ligne : utilisateur@domaine, utilisateur@, domaine, .domaine ou ALL.']),
    listener: say(['Listener', 'Écouteur'], ['Public ones; none chosen: all of them.', 'Publics ; aucun choisi : tous.']),
    action: say(['Action', 'Action'], null, { accept: ['Accept', 'Accepter'], reject: ['Reject', 'Rejeter'] }),
    bypass_limits: say(['Bypass receiving control', 'Ignorer le contrôle de réception'], ['Not counted for recipients per hour.', 'Non compté dans les destinataires par heure.']),
    code: say(['SMTP response code', 'Code de réponse SMTP'], ['For a rejected recipient.', 'Pour un destinataire rejeté.']),
    text: say(['SMTP response text', 'Texte de réponse SMTP'], ['For a rejected recipient; it may begin with an enhanced code, such as 5.1.1. Empty: “No such mailbox” for a domain of ours, “Relaying denied” for others.', 'Pour un destinataire rejeté ; il peut commencer par un code étendu, par exemple 5.1.1. Vide : « No such mailbox » pour un de nos domaines, « Relaying denied » pour les autres.']),
};

export const route_keys: SectionKeys = {
    domain: say(['Receiving domain', 'Domaine destinataire'], ['One a line: domain, .domain or ALL.', 'Un par ligne : domaine, .domaine ou ALL.']),
    hosts: say(['Destination hosts', 'Hôtes de destination'], ['The lowest priority first, equal ones in turn.', 'La plus petite priorité d’abord, à égalité tour à tour.']),
    login: say(['Outgoing SMTP authentication', 'Authentification SMTP sortante'], ['The name of an [[smtp_login]] of sealpost.toml; inside TLS only.', 'Le nom d’un [[smtp_login]] de sealpost.toml ; uniquement dans une session TLS.']),
};

export const destination_keys: SectionKeys = {
    domain: say(['Destination', 'Destination'], ['One a line: domain, .domain or ALL.', 'Une par ligne : domaine, .domaine ou ALL.']),
    tls: say(['TLS support', 'Prise en charge de TLS'], null, {
        none: ['None', 'Aucun'], preferred: ['Preferred', 'Préféré'], required: ['Required', 'Obligatoire'],
        preferred_verify: ['Preferred, verified certificate', 'Préféré, certificat vérifié'], required_verify: ['Required, verified certificate', 'Obligatoire, certificat vérifié'],
        dane: ['DANE where published, else preferred', 'DANE si publié, sinon préféré'], dane_required: ['DANE required', 'DANE obligatoire'],
        mta_sts: ['DANE or MTA-STS where published, else preferred', 'DANE ou MTA-STS si publié, sinon préféré'],
    }),
    address_family: say(['IP address preference', 'Préférence d’adresse IP'], ['Which addresses of a host are tried.', 'Les adresses de l’hôte qui sont essayées.'], {
        prefer_v6: ['IPv6 preferred', 'IPv6 préféré'], require_v6: ['IPv6 required', 'IPv6 obligatoire'], prefer_v4: ['IPv4 preferred', 'IPv4 préféré'], require_v4: ['IPv4 required', 'IPv4 obligatoire'],
    }),
    max_connections: say(['Concurrent connections', 'Connexions simultanées'], ['To the domain, at most.', 'Vers le domaine, au plus.']),
    max_messages_per_connection: say(['Max. messages per connection', 'Messages par connexion (max.)'], ['Then the connection is closed.', 'Ensuite la connexion est fermée.']),
    max_recipients: say(['Recipients', 'Destinataires'], ['In the interval below; 0 is no limit.', 'Dans l’intervalle ci-dessous ; 0 : sans limite.']),
    recipient_minutes: say(['Recipients: interval in minutes', 'Destinataires : intervalle en minutes']),
    bounce_profile: say(['Bounce profile', 'Profil de rebond'], ['Empty: the profile of the connection’s mail flow policy.', 'Vide : le profil de la politique de flux de la connexion.']),
    tag_sender: say(['Bounce verification', 'Vérification des rebonds'], ['Our own envelope senders are tagged, so that a bounce of mail that we never sent is known.', 'Nos expéditeurs d’enveloppe sont marqués : un rebond d’un message jamais envoyé se reconnaît.']),
    suspended: say(['Suspended', 'Suspendue'], ['Mail for the domain waits, untried, until this is taken back.', 'Le courrier vers le domaine attend, sans tentative, jusqu’à la reprise.']),
};

export const exception_keys: SectionKeys = {
    address: say(['Sender address', 'Adresse de l’expéditeur'], ['One a line: user@domain, user@, @domain, @.domain, user@[192.0.2.1] or list:NAME.', 'Une par ligne : utilisateur@domaine, utilisateur@, @domaine, @.domaine, utilisateur@[192.0.2.1] ou list:NOM.']),
    action: say(['Behavior', 'Comportement'], null, { allow: ['Allow', 'Autoriser'], reject: ['Reject', 'Rejeter'] }),
    code: say(['SMTP response code', 'Code de réponse SMTP'], ['For a rejected sender.', 'Pour un expéditeur rejeté.']),
    text: say(['SMTP response text', 'Texte de réponse SMTP'], ['For a rejected sender.', 'Pour un expéditeur rejeté.']),
};

export const bounce_keys: SectionKeys = {
    name: say(['Name', 'Nom'], ['The name by which policies and destinations call it; another name is written there, too. “default” exists without being written.', 'Le nom par lequel politiques et destinations l’appellent ; un autre nom y est écrit aussi. « default » existe sans être écrit.']),
    comment,
    max_attempts: say(['Max. number of retries', 'Nombre maximal de tentatives'], ['Then the message bounces. 100 last 3.7 days with the other defaults: a longer max_age, or shorter intervals, need more.', 'Ensuite le message rebondit. 100 durent 3,7 jours avec les autres valeurs par défaut : un max_age plus long ou des intervalles plus courts en demandent davantage.']),
    max_age: say(['Max. time in queue', 'Durée maximale en file d’attente'], ['Such as 72h or 3d. Whichever limit comes first counts.', 'Par exemple 72h ou 3d. La première limite atteinte compte.']),
    first_retry: say(['Initial time to wait', 'Première attente'], ['After the first attempt that failed for the moment; doubled each time.', 'Après le premier échec temporaire ; doublée à chaque fois.']),
    max_interval: say(['Max. time to wait between attempts', 'Attente maximale entre deux tentatives']),
    send_bounces: say(['Send hard bounce messages', 'Envoyer les avis de non-remise'], ['Off: a message that cannot be delivered ends without a word to its sender.', 'Sinon, un message impossible à remettre disparaît sans un mot à son expéditeur.']),
    delay_warning_after: say(['Delay warning after', 'Avis de retard après'], ['The sender is told that the message still waits; 0 is never.', 'L’expéditeur apprend que le message attend encore ; 0 : jamais.']),
    max_delay_warnings: say(['Max. number of delay warnings', 'Nombre maximal d’avis de retard'], ['Each after that time again.', 'Chacun après le même délai.']),
    original: say(['Original message in the report', 'Message d’origine dans l’avis'], null, {
        headers: ['Header fields only', 'En-têtes seulement'], small: ['Whole below 10 KiB, else header fields', 'Entier sous 10 Kio, sinon en-têtes'], full: ['Whole', 'Entier'],
    }),
    alternate_recipient: say(['Alternate recipient', 'Autre destinataire'], ['Reports go there instead of to the sender.', 'Les avis lui sont adressés au lieu de l’expéditeur.']),
};

export const list_keys: SectionKeys = {
    name: say(['Name', 'Nom'], ['Other tables call it list:NAME; another name is written there, too.', 'Les autres tables l’appellent list:NOM ; un autre nom y est écrit aussi.']),
    comment,
    full_only: say(['Allow only full email addresses', 'Adresses complètes uniquement']),
    addresses: say(['Addresses', 'Adresses'], ['One a line: user@domain, user@, @domain, @.domain or user@[192.0.2.1].', 'Une par ligne : utilisateur@domaine, utilisateur@, @domaine, @.domaine ou utilisateur@[192.0.2.1].']),
};

export const alias_keys: SectionKeys = {
    address: say(['Alias', 'Alias'], ['One a line: user@domain, user@ or @domain. The closest one counts.', 'Un par ligne : utilisateur@domaine, utilisateur@ ou @domaine. Le plus précis compte.']),
    to: say(['Delivered to', 'Remis à'], ['One a line: whole addresses, @domain (keeps the local part), or /dev/null.', 'Une par ligne : adresses complètes, @domaine (garde la partie locale) ou /dev/null.']),
    listener,
};

export const masquerade_keys: SectionKeys = {
    from: say(['Inner address', 'Adresse interne'], ['One a line: user@domain, user@, @domain or @.domain. The closest one counts.', 'Une par ligne : utilisateur@domaine, utilisateur@, @domaine ou @.domaine. La plus précise compte.']),
    to: say(['Shown as', 'Présentée comme'], ['A whole address, or @domain, which keeps the local part.', 'Une adresse complète, ou @domaine, qui garde la partie locale.']),
    where: say(['Where', 'Où'], null, { envelope: ['Envelope: MAIL FROM', 'Enveloppe : MAIL FROM'], headers: ['Headers: From, Sender, Reply-To', 'En-têtes : From, Sender, Reply-To'] }),
    listener,
};

export const map_keys: SectionKeys = {
    from: say(['Domain in the address', 'Domaine dans l’adresse'], ['One a line: domain or .domain.', 'Un par ligne : domaine ou .domaine.']),
    to: say(['Stands for', 'Remplacé par'], ['A domain, or .domain, which keeps what stood before the suffix.', 'Un domaine, ou .domaine, qui garde ce qui précède le suffixe.']),
    listener,
};

// Words for the parameters of a mail flow policy that concern the connection: limits, banners, TLS,
// sign-in. The names are those that administrators of the reference gateway know.

import { say, type Choices, type SectionKeys } from './say';

const offered: Choices = { off: ['Off', 'Désactivé'], preferred: ['Preferred', 'Préféré'], required: ['Required', 'Obligatoire'] };

export const connection_keys: SectionKeys = {
    tls: say(['TLS', 'TLS'], ['Off: STARTTLS is not offered. Required: without STARTTLS every command gets 530.', 'Désactivé : STARTTLS n’est pas proposé. Obligatoire : sans STARTTLS, toute commande reçoit 530.'], offered),
    tls_verify_client: say(['Verify client certificate', 'Vérifier le certificat du client'], ['A certificate that is shown must verify; with TLS required one must be shown. Otherwise MAIL FROM gets 550.', 'Un certificat présenté doit être valide ; si TLS est obligatoire, il en faut un. Sinon MAIL FROM reçoit 550.']),
    tls_mandatory_senders: say(['TLS is mandatory for these senders', 'TLS obligatoire pour ces expéditeurs'], ['Envelope senders that are refused without TLS: addresses, domains or list:NAME.', 'Expéditeurs d’enveloppe refusés sans TLS : adresses, domaines ou list:NOM.']),
    auth: say(['SMTP authentication', 'Authentification SMTP'], ['Offered inside TLS only.', 'Proposée uniquement dans une session TLS.'], offered),
    max_message_size: say(['Max. message size', 'Taille maximale d’un message'], ['In octets; K, M and G are understood.', 'En octets ; K, M et G sont acceptés.']),
    max_line_length: say(['Max. length of a line', 'Longueur maximale d’une ligne'], ['In octets, its line end among them; a message with a longer line gets 554. A header line has 4096 at most.', 'En octets, fin de ligne comprise ; un message avec une ligne plus longue reçoit 554. Une ligne d’en-tête en a 4096 au plus.']),
    max_recipients_per_message: say(['Max. recipients per message', 'Destinataires par message (max.)'], ['Further recipients get 452.', 'Au-delà, les destinataires reçoivent 452.']),
    max_messages_per_connection: say(['Max. messages per connection', 'Messages par connexion (max.)'], ['Then the connection is closed with 421.', 'Ensuite la connexion est fermée avec 421.']),
    max_connections_per_host: say(['Max. concurrent connections from one host', 'Connexions simultanées par hôte (max.)'], ['Further connections get 421.', 'Au-delà, les connexions reçoivent 421.']),
    max_recipients_per_hour: say(['Max. recipients per hour', 'Destinataires par heure (max.)'], ['From one host, counted over all listeners; 0 is no limit.', 'Par hôte, tous écouteurs confondus ; 0 : sans limite.']),
    max_recipients_per_hour_code: say(['Max. recipients per hour: code', 'Destinataires par heure : code'], ['The reply beyond the limit.', 'La réponse au-delà de la limite.']),
    max_recipients_per_hour_text: say(['Max. recipients per hour: text', 'Destinataires par heure : texte'], ['$Group, $Hostname, $RemoteIP and $HATEntry are understood.', '$Group, $Hostname, $RemoteIP et $HATEntry sont remplacés.']),
    max_recipients_per_sender: say(['Max. recipients per envelope sender', 'Destinataires par expéditeur d’enveloppe (max.)'], ['In the interval below, counted over all hosts; 0 is no limit.', 'Dans l’intervalle ci-dessous, tous hôtes confondus ; 0 : sans limite.']),
    max_recipients_per_sender_minutes: say(['Envelope sender limit: interval in minutes', 'Limite par expéditeur : intervalle en minutes']),
    max_recipients_per_sender_code: say(['Envelope sender limit: code', 'Limite par expéditeur : code'], ['The reply beyond the limit.', 'La réponse au-delà de la limite.']),
    max_recipients_per_sender_text: say(['Envelope sender limit: text', 'Limite par expéditeur : texte'], ['$Group, $Hostname, $RemoteIP and $HATEntry are understood.', '$Group, $Hostname, $RemoteIP et $HATEntry sont remplacés.']),
    sender_limit_exempt: say(['Envelope sender limit: exceptions', 'Limite par expéditeur : exceptions'], ['Envelope senders without that limit: addresses, domains or list:NAME.', 'Expéditeurs d’enveloppe sans cette limite : adresses, domaines ou list:NOM.']),
    max_invalid_recipients_per_hour: say(['Directory harvest attack prevention: max. invalid recipients per hour', 'Protection contre la collecte d’adresses (DHAP) : destinataires invalides par heure (max.)'], ['From one host, recipients that the RAT refuses; then every RCPT gets 550. 0 is no limit.', 'Par hôte, destinataires refusés par la RAT ; ensuite tout RCPT reçoit 550. 0 : sans limite.']),
    drop_on_invalid_recipients: say(['Drop the connection when that limit is reached', 'Couper la connexion quand cette limite est atteinte'], ['It ends with 421.', 'Elle se termine par 421.']),
    max_invalid_recipients_code: say(['DHAP: code', 'DHAP : code'], ['The reply beyond the limit of invalid recipients.', 'La réponse au-delà de la limite de destinataires invalides.']),
    max_invalid_recipients_text: say(['DHAP: text', 'DHAP : texte'], ['$Group, $Hostname, $RemoteIP and $HATEntry are understood.', '$Group, $Hostname, $RemoteIP et $HATEntry sont remplacés.']),
    host_bits: say(['One host: leading bits of an IPv4 address', 'Un hôte : bits de tête d’une adresse IPv4'], ['Addresses that share them count as one host in limits; 32 is each address by itself.', 'Les adresses qui les partagent comptent pour un seul hôte dans les limites ; 32 : chaque adresse séparément.']),
    host_bits_v6: say(['One host: leading bits of an IPv6 address', 'Un hôte : bits de tête d’une adresse IPv6'], ['Addresses that share them count as one host in limits.', 'Les adresses qui les partagent comptent pour un seul hôte dans les limites.']),
    hostname: say(['Override SMTP banner host name', 'Nom d’hôte dans la bannière SMTP'], ['Empty: the name of this node.', 'Vide : le nom de ce nœud.']),
    banner_code: say(['Custom SMTP banner code', 'Code de la bannière SMTP'], ['Clients expect 220.', 'Les clients attendent 220.']),
    banner_text: say(['Custom SMTP banner text', 'Texte de la bannière SMTP'], ['Stands after the host name; $Group, $Hostname, $RemoteIP and $HATEntry are understood.', 'Placé après le nom d’hôte ; $Group, $Hostname, $RemoteIP et $HATEntry sont remplacés.']),
    reject_code: say(['Custom SMTP reject banner code', 'Code de la bannière de rejet'], ['For behavior “Reject”.', 'Pour le comportement « Rejeter ».']),
    reject_text: say(['Custom SMTP reject banner text', 'Texte de la bannière de rejet'], ['$Group, $Hostname, $RemoteIP and $HATEntry are understood.', '$Group, $Hostname, $RemoteIP et $HATEntry sont remplacés.']),
    delay_rejection: say(['Delayed rejection', 'Rejet différé'], ['Rejects at RCPT TO instead of at the banner, so that the log knows sender and recipients.', 'Rejette au RCPT TO plutôt qu’à la bannière : le journal connaît alors l’expéditeur et les destinataires.']),
    exception_table: say(['Use the exception table', 'Utiliser la table des exceptions'], ['Envelope senders are looked up in it.', 'Les expéditeurs d’enveloppe y sont recherchés.']),
    default_domain: say(['Default domain', 'Domaine par défaut'], ['Completes addresses without a domain, which are refused otherwise.', 'Complète les adresses sans domaine, refusées sinon.']),
    refused_characters: say(['Reject addresses with these characters', 'Refuser les adresses contenant ces caractères'], ['In the local part, for example !%', 'Dans la partie locale, par exemple !%']),
    accept_untagged_bounces: say(['Consider untagged bounces valid', 'Considérer les rebonds non marqués comme valides'], ['Where bounce verification is set up.', 'Là où la vérification des rebonds est en place.']),
    dkim_sign: say(['DKIM signing', 'Signature DKIM'], ['Outgoing mail, where sealpost.toml has a key of its domain.', 'Courrier sortant, si sealpost.toml a une clé de son domaine.']),
    bounce_profile: say(['Bounce profile', 'Profil de rebond'], ['How long delivery of these messages is tried, unless the destination says otherwise.', 'Combien de temps la remise est tentée, sauf avis contraire de la destination.']),
};

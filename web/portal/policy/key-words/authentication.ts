// Words for the parameters of a mail flow policy that judge the sender: SPF, DKIM, DMARC, ARC.

import { say, type Choices, type SectionKeys } from './say';

const asked: Choices = { off: ['Off', 'Désactivé'], verify: ['Verify', 'Vérifier'] };
const actions: Choices = {
    accept: ['Accept', 'Accepter'],
    mark: ['Mark (X-Sealpost-Verdict)', 'Marquer (X-Sealpost-Verdict)'],
    defer: ['Defer (4xx)', 'Différer (4xx)'],
    reject: ['Reject (5xx)', 'Rejeter (5xx)'],
};

export const authentication_keys: SectionKeys = {
    sender_dns: say(['Envelope sender DNS verification', 'Vérification DNS de l’expéditeur d’enveloppe'], ['Its domain must be whole and have an MX, A or AAAA record; senders that the exception table allows are not asked about.', 'Son domaine doit être complet et avoir un enregistrement MX, A ou AAAA ; les expéditeurs autorisés par la table des exceptions ne sont pas vérifiés.'], asked),
    sender_malformed_code: say(['Malformed sender: code', 'Expéditeur mal formé : code'], ['The sender’s domain is none.', 'Le domaine de l’expéditeur n’en est pas un.']),
    sender_malformed_text: say(['Malformed sender: text', 'Expéditeur mal formé : texte']),
    sender_unresolved_code: say(['Sender does not resolve: code', 'Expéditeur non résolu : code'], ['DNS cannot be asked for the moment.', 'Le DNS ne répond pas pour l’instant.']),
    sender_unresolved_text: say(['Sender does not resolve: text', 'Expéditeur non résolu : texte']),
    sender_nonexistent_code: say(['Sender does not exist: code', 'Expéditeur inexistant : code'], ['The domain does not exist, or takes no mail.', 'Le domaine n’existe pas ou n’accepte pas de courrier.']),
    sender_nonexistent_text: say(['Sender does not exist: text', 'Expéditeur inexistant : texte']),
    spf: say(['SPF verification', 'Vérification SPF'], ['Relayed mail and signed-in users are never checked.', 'Le courrier relayé et les utilisateurs authentifiés ne sont jamais vérifiés.'], asked),
    spf_helo: say(['SPF: HELO test', 'SPF : test du HELO'], ['A HELO name whose SPF fails counts like an envelope sender whose SPF fails.', 'Un nom HELO dont le SPF échoue compte comme un expéditeur d’enveloppe dont le SPF échoue.']),
    spf_none: say(['SPF: none', 'SPF : none'], ['The sender’s domain publishes nothing.', 'Le domaine de l’expéditeur ne publie rien.'], actions),
    spf_neutral: say(['SPF: neutral', 'SPF : neutral'], ['The domain does not want to say.', 'Le domaine ne se prononce pas.'], actions),
    spf_softfail: say(['SPF: softfail', 'SPF : softfail'], ['The domain thinks that the host is not its own.', 'Le domaine pense que l’hôte n’est pas à lui.'], actions),
    spf_fail: say(['SPF: fail', 'SPF : fail'], ['The domain says that the host is not its own; rejecting is 550 5.7.23.', 'Le domaine affirme que l’hôte n’est pas à lui ; le rejet est 550 5.7.23.'], actions),
    spf_temperror: say(['SPF: temperror', 'SPF : temperror'], ['DNS could not be asked; deferring is 451 4.7.24.', 'Le DNS n’a pas pu être interrogé ; différer répond 451 4.7.24.'], actions),
    spf_permerror: say(['SPF: permerror', 'SPF : permerror'], ['The domain’s record cannot be understood.', 'L’enregistrement du domaine est incompréhensible.'], actions),
    dkim: say(['DKIM verification', 'Vérification DKIM'], null, asked),
    dkim_none: say(['DKIM: none', 'DKIM : none'], ['There is no signature; rejecting is 550 5.7.20.', 'Il n’y a pas de signature ; le rejet est 550 5.7.20.'], actions),
    dkim_fail: say(['DKIM: fail', 'DKIM : fail'], ['No signature verifies; forwarders and mailing lists break many.', 'Aucune signature n’est valide ; les redirections et listes de diffusion en cassent beaucoup.'], actions),
    dkim_temperror: say(['DKIM: temperror', 'DKIM : temperror'], ['A key could not be fetched; deferring is 451 4.7.20.', 'Une clé n’a pas pu être obtenue ; différer répond 451 4.7.20.'], actions),
    dkim_permerror: say(['DKIM: permerror', 'DKIM : permerror'], ['No signature can be understood.', 'Aucune signature n’est compréhensible.'], actions),
    dmarc: say(['DMARC verification', 'Vérification DMARC'], ['The domain in From says what to do with mail that neither SPF nor DKIM vouches for.', 'Le domaine du From dit quoi faire du courrier que ni SPF ni DKIM ne garantissent.'], asked),
    dmarc_reject: say(['DMARC: fails, p=reject', 'DMARC : échec, p=reject'], ['The domain wants it rejected: 550 5.7.1.', 'Le domaine demande le rejet : 550 5.7.1.'], actions),
    dmarc_quarantine: say(['DMARC: fails, p=quarantine', 'DMARC : échec, p=quarantine'], ['The domain wants it set apart.', 'Le domaine demande la mise à l’écart.'], actions),
    dmarc_temperror: say(['DMARC: temperror', 'DMARC : temperror'], ['DNS could not be asked for the record; deferring is 451 4.7.1.', 'Le DNS n’a pas pu donner l’enregistrement ; différer répond 451 4.7.1.'], actions),
    dmarc_undecided: say(['DMARC: undecided', 'DMARC : indécis'], ['A failure would be rejected, and SPF, a key or the record of one of the domain’s names could not be asked for; deferring is 451 4.7.1.', 'Un échec serait rejeté, et le SPF, une clé ou l’enregistrement d’un nom du domaine n’a pas pu être obtenu ; différer répond 451 4.7.1.'], actions),
    dmarc_permerror: say(['DMARC: permerror', 'DMARC : permerror'], ['The record of the domain in From cannot be understood.', 'L’enregistrement du domaine du From est incompréhensible.'], actions),
    dmarc_bad_from: say(['DMARC: unusable From', 'DMARC : From inexploitable'], ['From is missing, there twice, or names no domain that could be asked (RFC 7489 §6.6.1).', 'Le From manque, figure deux fois ou ne désigne aucun domaine à interroger (RFC 7489 §6.6.1).'], actions),
    dmarc_reports: say(['DMARC: send aggregate reports', 'DMARC : envoyer les rapports agrégés'], ['Daily, to the domains that ask for them.', 'Chaque jour, aux domaines qui en demandent.']),
    arc: say(['ARC verification', 'Vérification ARC'], ['Chains of forwarders (RFC 8617).', 'Chaînes de relais successifs (RFC 8617).'], asked),
    arc_trusted_sealers: say(['ARC: trusted sealers', 'ARC : scelleurs de confiance'], ['Domains whose seal overrides a DMARC failure when their chain is whole.', 'Domaines dont le sceau l’emporte sur un échec DMARC quand leur chaîne est intacte.']),
};

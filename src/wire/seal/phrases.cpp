#include "wire/seal/phrases.hpp"

#include "wire/seal/html.hpp"

namespace sealpost::seal {
namespace {

constexpr Phrases english = {
    .months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
               "December"},
    .time = "{day} {month} {year}, {clock} UTC",
    .first_of_month = "1",
    .page =
        {
            .title = "Protected message from {organisation}",
            .heading = "You have received a protected message",
            .sender = "From",
            .how = "This file carries the message in encrypted form. It opens at {service}, where you prove that this mail "
                   "address is yours.",
            .how_by_link =
                "This file carries the message in encrypted form. It opens at {service}, for whoever has this file or its link.",
            .steps_title = "How to open it",
            .step_open = "Choose “Open the message”. Your browser takes the encrypted message to {service}.",
            .step_prove = "There, ask for a code by mail, or sign in if you have done so before.",
            .step_password = "There, sign in with your password. If you come for the first time, ask for a code by mail instead, "
                             "and then choose a password.",
            .step_second_factor = "There, sign in with your password and your second factor. If you come for the first time, ask "
                                  "for a code by mail instead, and then choose a password and set up a second factor.",
            .step_read = "Read the message, answer it securely, or save a copy.",
            .step_read_only = "Read the message, or save a copy.",
            .button = "Open the message",
            .link_before = "If the button does nothing, as on some phones, use this link instead:",
            .hand_in_before = "If the button does nothing, save this file and hand it in here instead:",
            .link = "Open at {service}",
            .expires = "It can be opened until {time}.",
            .no_password = "This file never asks you for a password. If it does, somebody has changed it: do not type anything, "
                           "and close it.",
            .footer = "Sealed with Sealpost",
        },
    .notification =
        {
            .neutral_subject = "Protected message from {organisation}",
            .greeting = "{sender} ({organisation}) has sent you a protected message.",
            .attachment =
                "To open it, save the attachment “{attachment}”, open it in your browser and choose “Open the message”.",
            .link = "If you cannot open the attachment, on a phone for example, use this link:",
            .hand_in = "If you cannot open the attachment, save it and hand it in at this address:",
            .link_only = "To open it, use this link:",
            .phone = "On a phone, the link is the simplest way.",
            .expires = "It can be opened until {time}.",
            .no_password = "Neither this mail nor the attachment ever asks you for a password.",
            .no_password_alone = "This mail never asks you for a password.",
            .prove_there = "You prove that the address is yours at {service} and nowhere else.",
            .password_there = "You prove that the address is yours, and give your password, at {service} and nowhere else.",
            .button = "Open the message",
            .hand_in_button = "Hand in the attachment",
            .reply = "Please answer from the opened message, so that your answer is protected, too.",
            .footer = "You receive this mail because {sender} wrote to you.",
            .link_is_for = "The link opens the message for its recipients only.",
            .link_is_for_anybody = "Whoever has the link can open the message: do not pass it on.",
            .why = "Why is this an envelope?",
        },
    .code =
        {
            .subject = "Your code for {service} ({reference})",
            .opening = "Your code to open protected messages at {service} is:",
            .reference = "The page that asks for it shows the words {reference}. If it shows others, do not type the code.",
            .validity = "The code is valid for 10 minutes and can be used once.",
            .warning =
                "Nobody will ever ask you for this code by mail or telephone. If you did not ask for it, you need do nothing.",
        },
    .domain_code =
        {
            .subject = "Your code for {domain} at {service} ({reference})",
            .opening = "Somebody wants to prove at {service} to be responsible for the mail of {domain}. The code is:",
            .purpose = "Whoever has it chooses for an hour whether protected mail to {domain} arrives as an envelope or in clear "
                       "form inside verified TLS. It opens no messages.",
            .reference = "The page that asks for it shows the words {reference}. If it shows others, do not type the code.",
            .validity = "The code is valid for 10 minutes and can be used once.",
            .warning = "If neither you nor a colleague of yours asked for it, give it to nobody; you need do nothing.",
        },
    .factor =
        {
            .subject = "Your sign-in at {service} has changed",
            .when = "It was done on {time}.",
            .not_you =
                "If it was not you, somebody else can sign in as you: choose a new password and remove what is not yours at "
                "{url}, and tell those who send you protected mail.",
            .changes =
                {
                    "An authenticator app was set up for your account at {service}.",
                    "The authenticator app was removed from your account at {service}.",
                    "A passkey was added to your account at {service}.",
                    "A passkey was removed from your account at {service}.",
                    "New recovery codes were made for your account at {service}; the former ones no longer work.",
                    "A recovery code was used to sign in to your account at {service}.",
                    "The operator of {service} removed the passkeys, authenticator app and recovery codes of your account.",
                    "A mail address was added to your account at {service}: a code that is sent there signs in to it, too.",
                    "A mail address was removed from your account at {service}: a code that is sent there no longer signs in to "
                    "it.",
                },
        },
    .receipt =
        {
            .subject = "Opened: {subject}",
            .opening = "The key of your protected message “{subject}” was released to {recipient} on {time} ({proof}).",
            .meaning =
                "This says that the recipient proved the address and could open the message. It does not say that it was read.",
            .link_meaning = "The link alone opens this message: this says neither who had it nor that the message was read.",
            .decide = "To see who has opened it, to lock it or to recall it: {url}",
            .proofs = {"by the link alone", "address proven by a code by mail", "signed in with the password",
                       "signed in with a second factor"},
            .nameless_subject = "Your protected message was opened",
            .nameless_opening = "The key of your protected message of {sent} was released to {recipient} on {time} ({proof}).",
            .link_holder = "somebody who holds its link",
        },
    .undelivered =
        {
            .subject = "Your protected message could not be delivered",
            .opening = "Your protected message of {sent} could not be delivered to:",
            .recipient = "{recipient}: {reason}",
            .reasons = "Behind each address stands the reason, as the mail server there or this service gives it.",
            .not_in_clear = "The message was not sent in a less protected way instead, and will not be tried again.",
            .open_again = "To write again, open the message that you wrote it from: {url}",
            .compose_again = "To write again: {url}",
            .other_way = "Or check the address, and reach the recipient in another way.",
            .only_way = "Please check the address, and reach the recipient in another way.",
            .quotes_nothing = "This mail is not protected; so it repeats neither the subject nor the text of your message.",
        },
};

// A no-break space stands before : ; ? ! » and after «.
constexpr Phrases french = {
    .months = {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
               "décembre"},
    .time = "{day} {month} {year}, {clock} UTC",
    .first_of_month = "1er",
    .page =
        {
            .title = "Message protégé de {organisation}",
            .heading = "Vous avez reçu un message protégé",
            .sender = "De",
            .how = "Ce fichier contient le message sous forme chiffrée. Il s’ouvre sur {service}, où vous prouvez que cette "
                   "adresse est la vôtre.",
            .how_by_link = "Ce fichier contient le message sous forme chiffrée. Il s’ouvre sur {service}, pour quiconque a ce "
                           "fichier ou son lien.",
            .steps_title = "Comment l’ouvrir",
            .step_open = "Choisissez «\u00a0Ouvrir le message\u00a0». Votre navigateur transmet le message chiffré à {service}.",
            .step_prove = "Là, demandez un code par courriel, ou connectez-vous si vous l’avez déjà fait.",
            .step_password =
                "Là, connectez-vous avec votre mot de passe. Si vous venez pour la première fois, demandez plutôt un "
                "code par courriel, puis choisissez un mot de passe.",
            .step_second_factor = "Là, connectez-vous avec votre mot de passe et votre second facteur. Si vous venez pour la "
                                  "première fois, demandez plutôt un code par courriel, puis choisissez un mot de passe et "
                                  "configurez un second facteur.",
            .step_read = "Lisez le message, répondez en toute sécurité ou enregistrez une copie.",
            .step_read_only = "Lisez le message ou enregistrez une copie.",
            .button = "Ouvrir le message",
            .link_before = "Si le bouton ne fait rien, comme sur certains téléphones, utilisez plutôt ce lien\u00a0:",
            .hand_in_before = "Si le bouton ne fait rien, enregistrez ce fichier et déposez-le plutôt ici\u00a0:",
            .link = "Ouvrir sur {service}",
            .expires = "Il peut être ouvert jusqu’au {time}.",
            .no_password = "Ce fichier ne demande jamais de mot de passe. S’il le fait, quelqu’un l’a modifié\u00a0: ne tapez "
                           "rien et fermez-le.",
            .footer = "Scellé avec Sealpost",
        },
    .notification =
        {
            .neutral_subject = "Message protégé de {organisation}",
            .greeting = "{sender} ({organisation}) vous a envoyé un message protégé.",
            .attachment =
                "Pour l’ouvrir, enregistrez la pièce jointe «\u00a0{attachment}\u00a0», ouvrez-la dans votre navigateur et "
                "choisissez «\u00a0Ouvrir le message\u00a0».",
            .link = "Si vous ne pouvez pas ouvrir la pièce jointe, sur un téléphone par exemple, utilisez ce lien\u00a0:",
            .hand_in = "Si vous ne pouvez pas ouvrir la pièce jointe, enregistrez-la et déposez-la à cette adresse\u00a0:",
            .link_only = "Pour l’ouvrir, utilisez ce lien\u00a0:",
            .phone = "Sur un téléphone, le lien est le plus simple.",
            .expires = "Il peut être ouvert jusqu’au {time}.",
            .no_password = "Ni ce courriel ni la pièce jointe ne vous demandent jamais de mot de passe.",
            .no_password_alone = "Ce courriel ne vous demande jamais de mot de passe.",
            .prove_there = "Vous prouvez que l’adresse est la vôtre sur {service} et nulle part ailleurs.",
            .password_there =
                "Vous prouvez que l’adresse est la vôtre, et donnez votre mot de passe, sur {service} et nulle part "
                "ailleurs.",
            .button = "Ouvrir le message",
            .hand_in_button = "Déposer la pièce jointe",
            .reply = "Merci de répondre depuis le message ouvert, afin que votre réponse soit protégée elle aussi.",
            .footer = "Vous recevez ce courriel parce que {sender} vous a écrit.",
            .link_is_for = "Le lien n’ouvre le message qu’à ses destinataires.",
            .link_is_for_anybody = "Quiconque a le lien peut ouvrir le message\u00a0: ne le transmettez pas.",
            .why = "Pourquoi une enveloppe\u00a0?",
        },
    .code =
        {
            .subject = "Votre code pour {service} ({reference})",
            .opening = "Votre code pour ouvrir les messages protégés sur {service} est\u00a0:",
            .reference =
                "La page qui le demande affiche les mots {reference}. Si elle en affiche d’autres, ne tapez pas le code.",
            .validity = "Le code est valable 10 minutes et ne sert qu’une fois.",
            .warning = "Personne ne vous demandera jamais ce code par courriel ou par téléphone. Si vous ne l’avez pas demandé, "
                       "vous n’avez rien à faire.",
        },
    .domain_code =
        {
            .subject = "Votre code pour {domain} sur {service} ({reference})",
            .opening =
                "Quelqu’un veut prouver sur {service} qu’il est responsable de la messagerie de {domain}. Le code est\u00a0:",
            .purpose = "Qui le détient choisit pendant une heure si le courriel protégé pour {domain} arrive sous forme "
                       "d’enveloppe ou en clair dans un TLS vérifié. Il n’ouvre aucun message.",
            .reference =
                "La page qui le demande affiche les mots {reference}. Si elle en affiche d’autres, ne tapez pas le code.",
            .validity = "Le code est valable 10 minutes et ne sert qu’une fois.",
            .warning =
                "Si ni vous ni l’un de vos collègues ne l’avez demandé, ne le donnez à personne\u00a0; vous n’avez rien à faire.",
        },
    .factor =
        {
            .subject = "Votre connexion à {service} a changé",
            .when = "Cela a été fait le {time}.",
            .not_you =
                "Si ce n’était pas vous, quelqu’un d’autre peut se connecter à votre place\u00a0: choisissez un nouveau mot de "
                "passe et retirez ce qui n’est pas à vous sur {url}, et prévenez ceux qui vous "
                "envoient du courriel protégé.",
            .changes =
                {
                    "Une application d’authentification a été configurée pour votre compte sur {service}.",
                    "L’application d’authentification a été retirée de votre compte sur {service}.",
                    "Une clé d’accès a été ajoutée à votre compte sur {service}.",
                    "Une clé d’accès a été retirée de votre compte sur {service}.",
                    "De nouveaux codes de secours ont été créés pour votre compte sur {service}\u00a0; les anciens ne "
                    "fonctionnent "
                    "plus.",
                    "Un code de secours a servi à se connecter à votre compte sur {service}.",
                    "L’exploitant de {service} a retiré les clés d’accès, l’application d’authentification et les codes de "
                    "secours de votre compte.",
                    "Une adresse a été ajoutée à votre compte sur {service}\u00a0: un code qui y est envoyé permet aussi de s’y "
                    "connecter.",
                    "Une adresse a été retirée de votre compte sur {service}\u00a0: un code qui y est envoyé ne permet plus "
                    "de s’y connecter.",
                },
        },
    .receipt =
        {
            .subject = "Ouvert\u00a0: {subject}",
            .opening = "La clé de votre message protégé «\u00a0{subject}\u00a0» a été remise à {recipient} le {time} ({proof}).",
            .meaning =
                "Cela signifie que le destinataire a prouvé son adresse et a pu ouvrir le message. Cela ne dit pas qu’il l’a lu.",
            .link_meaning = "Le lien seul ouvre ce message\u00a0: ceci ne dit ni qui le détenait, ni que le message a été lu.",
            .decide = "Pour voir qui l’a ouvert, le verrouiller ou le rappeler\u00a0: {url}",
            .proofs = {"par le lien seul", "adresse prouvée par un code reçu par courriel", "connexion par mot de passe",
                       "connexion par un second facteur"},
            .nameless_subject = "Votre message protégé a été ouvert",
            .nameless_opening = "La clé de votre message protégé du {sent} a été remise à {recipient} le {time} ({proof}).",
            .link_holder = "une personne qui détient son lien",
        },
    .undelivered =
        {
            .subject = "Votre message protégé n’a pas pu être remis",
            .opening = "Votre message protégé du {sent} n’a pas pu être remis à\u00a0:",
            .recipient = "{recipient}\u00a0: {reason}",
            .reasons =
                "Chaque adresse est suivie de la raison, telle que la donne le serveur de messagerie du destinataire ou ce "
                "service.",
            .not_in_clear =
                "Le message n’a pas été envoyé d’une manière moins protégée pour autant, et aucun nouvel essai n’aura "
                "lieu.",
            .open_again = "Pour écrire à nouveau, ouvrez le message depuis lequel vous l’avez écrit\u00a0: {url}",
            .compose_again = "Pour écrire à nouveau\u00a0: {url}",
            .other_way = "Ou vérifiez l’adresse, et joignez le destinataire d’une autre manière.",
            .only_way = "Veuillez vérifier l’adresse, et joindre le destinataire d’une autre manière.",
            .quotes_nothing = "Ce courriel n’est pas protégé\u00a0; il ne répète donc ni l’objet ni le texte de votre message.",
        },
};

std::string_view value_of(std::string_view name, Values values)
{
    for (const auto& [known, value] : values)
        if (known == name) return value;
    return name;
}

}  // namespace

const Phrases& phrases(Language language) { return language == Language::fr ? french : english; }

std::string fill(std::string_view phrase, Values values)
{
    std::string out;
    while (!phrase.empty()) {
        const std::size_t open = std::min(phrase.find('{'), phrase.size());
        out += phrase.substr(0, open);
        phrase.remove_prefix(open);
        const std::size_t close = phrase.find('}');
        if (close == std::string_view::npos) break;
        out += value_of(phrase.substr(1, close - 1), values);
        phrase.remove_prefix(close + 1);
    }
    return out;
}

// No phrase holds a character that HTML knows, so that escaping the whole escapes the values.
std::string fill_html(std::string_view phrase, Values values) { return escape_html(fill(phrase, values)); }

}  // namespace sealpost::seal

// room: wire/smtp
//
// One command line, as the session hands it on (no CR, LF or NUL): what is understood can be said to the next server in
// the same words, within its line, and nothing of it breaks out of it.
#include "wire/smtp/command.hpp"
#include "wire/smtp/sasl.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;
using namespace sealpost::smtp;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

Capabilities everything()
{
    Capabilities offered;
    offered.extended = offered.size = offered.eight_bit_mime = offered.smtputf8 = offered.dsn = offered.require_tls = true;
    return offered;
}

void check_line(std::string_view text, Verb verb)
{
    require(text.size() + sizeof "MAIL FROM:\r\n" <= max_line_bytes(verb));
    require(std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }));
}

void check_mail(std::string_view argument, const ParameterOffer& offer)
{
    const auto parsed = parse_mail(argument, offer);
    const auto* mail = std::get_if<MailFrom>(&parsed);
    if (mail == nullptr || (mail->sender.domain.empty() && !mail->sender.empty())) return;
    const std::string said = format_mail(*mail, everything());
    check_line(said, Verb::mail);
    const auto heard = parse_mail("FROM:" + said, offer);
    const auto& again = std::get<MailFrom>(heard);
    require(again.sender == mail->sender && again.size == mail->size && again.eight_bit == mail->eight_bit);
    require(again.smtputf8 == mail->smtputf8 && again.require_tls == mail->require_tls);
    require(again.ret == mail->ret && again.envid == mail->envid);
}

void check_rcpt(std::string_view argument, const ParameterOffer& offer, bool smtputf8)
{
    const auto parsed = parse_rcpt(argument, offer, smtputf8);
    const auto* rcpt = std::get_if<RcptTo>(&parsed);
    if (rcpt == nullptr) return;
    require(!rcpt->recipient.empty());
    if (rcpt->recipient.domain.empty()) return;
    const std::string said = format_rcpt(*rcpt, everything());
    check_line(said, Verb::rcpt);
    const auto heard = parse_rcpt("TO:" + said, offer, smtputf8);
    const auto& again = std::get<RcptTo>(heard);
    require(again.recipient == rcpt->recipient && again.notify == rcpt->notify && again.orcpt == rcpt->orcpt);
}

void check_auth(std::string_view argument)
{
    SaslServer server;
    SaslStep step = server.begin(argument);
    for (int turn = 0; turn < 4 && std::holds_alternative<SaslChallenge>(step); ++turn)
        step = server.take_line(argument.substr(std::min(argument.find(' ') + 1, argument.size())));
    const auto* given = std::get_if<SaslCredentials>(&step);
    if (given == nullptr) return;
    require(!given->user.empty() && given->user.find('\0') == std::string::npos);
    require(given->password.reveal_text().find('\0') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string line(reinterpret_cast<const char*>(data), std::min<std::size_t>(size, max_auth_line_bytes));
    std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    const Command command = parse_command(line);
    require(command.argument.size() <= line.size());
    for (const bool wide : {false, true}) {
        ParameterOffer offer;
        offer.extended = offer.auth = offer.bare_addresses = offer.require_tls = wide;
        if (!wide) offer.extended = true;
        check_mail(command.argument, offer);
        check_rcpt(command.argument, offer, wide);
    }
    const auto chunk = parse_bdat(command.argument);
    if (const auto* found = std::get_if<Chunk>(&chunk))
        require(command.argument.starts_with(std::to_string(found->bytes)) || command.argument.starts_with('0'));
    check_auth(command.argument);
    return 0;
}

// What the owner answers, and AUTH.
#include "wire/smtp/server_session.hpp"

#include <cassert>

namespace sealpost::smtp {

void ServerSession::answer(const Reply& reply)
{
    const Awaited awaited = std::exchange(awaited_, Awaited::nothing);
    switch (awaited) {
        case Awaited::hello: answer_hello(reply); break;
        case Awaited::mail: answer_mail(reply); break;
        case Awaited::rcpt: answer_rcpt(reply); break;
        case Awaited::credentials: answer_credentials(reply); break;
        case Awaited::go_ahead: answer_go_ahead(reply); break;
        case Awaited::final: answer_final(reply); break;
        case Awaited::nothing: assert(false); return;  // nobody waits for an answer
    }
    // RFC 5321 §3.8: 421 is the one reply after which the server closes.
    if (reply.code == 421 && !ended_) end(Ended::Why::refused, "421 to a command");
}

std::vector<std::string> ServerSession::offered_keywords() const
{
    std::vector<std::string> keywords{"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "SMTPUTF8", "DSN"};
    if (profile_.limits.max_message_bytes != 0) keywords[1] += ' ' + std::to_string(profile_.limits.max_message_bytes);
    if (profile_.offer_starttls && !profile_.tls_active) keywords.emplace_back("STARTTLS");
    if (profile_.offer_require_tls && profile_.tls_active) keywords.emplace_back("REQUIRETLS");
    const bool safe_for_passwords = profile_.tls_active || profile_.auth_without_tls;
    if (profile_.may_offer_auth && safe_for_passwords && user_.empty()) keywords.emplace_back("AUTH PLAIN LOGIN");
    return keywords;
}

void ServerSession::answer_hello(const Reply& reply)
{
    if (!reply.is_positive()) {
        Reply plain = reply;
        if (plain.code != 421) plain.enhanced.clear();
        return say_plainly(plain);
    }
    hello_name_ = hello_offered_;
    extended_ = hello_offered_extended_;
    Reply greeting(250, "", profile_.hostname);
    if (extended_)
        for (std::string& keyword : offered_keywords()) greeting.lines.push_back(std::move(keyword));
    say_plainly(greeting);
}

void ServerSession::answer_mail(const Reply& reply)
{
    if (reply.is_permanent()) {
        blame(reply);
        return;
    }
    say(reply);
    if (!reply.is_positive()) {
        if (reply.code != 421) count_idle();
        return;
    }
    mail_accepted_ = true;
    ++transactions_;
    idle_commands_ = 0;
}

void ServerSession::answer_rcpt(const Reply& reply)
{
    say(reply);
    if (reply.is_positive()) {
        ++recipients_;
        return;
    }
    recipient_refused_ = true;
    if (reply.code == 421) return;
    if (!reply.is_permanent()) {
        count_put_off();
        return;
    }
    if (++recipients_refused_ <= profile_.limits.max_refused_recipients) return;
    limits_met_.emplace_back("refused_recipients");
    end_with({421, "4.7.0", "Too many refused recipients"}, Ended::Why::limit, "refused recipients");
}

void ServerSession::answer_go_ahead(const Reply& reply)
{
    const bool is_chunk = state_ == State::chunk;
    const bool go_ahead = reply.is_intermediate() || reply.is_positive();
    content_refusal_.reset();
    discarded_bytes_ = 0;
    if (is_chunk) {
        chunking_ = go_ahead;
        scanner_ = TextScanner(TextScanner::Framing::counted);
        if (reply.code == 421) return say(reply);  // the chunk is not read to its end
        if (!go_ahead) content_refusal_ = reply;
        return;
    }
    if (go_ahead) {
        scanner_ = TextScanner(TextScanner::Framing::dots);
        return say_plainly({354, "", "End the message with a line that holds nothing but a dot"});
    }
    state_ = State::command;
    say(reply);
    if (reply.code != 421) count_idle();  // the recipients stay, and DATA may come again
}

void ServerSession::answer_final(const Reply& reply)
{
    state_ = State::command;
    say(reply);
}

ServerSession::Step ServerSession::run_auth(const Command& command)
{
    const bool safe_for_passwords = profile_.tls_active || profile_.auth_without_tls;
    if (!profile_.may_offer_auth) return decline(Refusal::At::auth, {502, "5.5.1", "AUTH is not offered"});
    if (!safe_for_passwords)
        return decline(Refusal::At::auth, {538, "5.7.11", "Encryption required for requested authentication mechanism"});
    if (!extended_) return decline(Refusal::At::auth, {503, "5.5.1", "Say EHLO first"});
    // RFC 4954 §4: not twice, and not inside a transaction.
    if (!user_.empty() || mail_accepted_) return decline(Refusal::At::auth, {503, "5.5.1", "AUTH is not permitted now"});
    state_ = State::auth;
    return follow_auth(sasl_.begin(command.argument));
}

ServerSession::Step ServerSession::next_auth_line()
{
    auto taken = take_line();
    if (auto* event = std::get_if<ServerEvent>(&taken)) return std::move(*event);
    const Line line = std::get<Line>(taken);
    SaslStep sasl = sasl_.take_line(line.text);
    buffer_.wipe_consumed(line.bytes);
    return follow_auth(std::move(sasl));
}

ServerSession::Step ServerSession::follow_auth(SaslStep sasl)
{
    if (const auto* challenge = std::get_if<SaslChallenge>(&sasl)) {
        say(challenge->reply);
        return std::nullopt;
    }
    state_ = State::command;
    if (const auto* refusal = std::get_if<SaslRefusal>(&sasl)) return decline(Refusal::At::auth, refusal->reply);
    auto& credentials = std::get<SaslCredentials>(sasl);
    user_offered_ = credentials.user;
    return await(Awaited::credentials, CredentialsGiven{std::move(credentials.user), std::move(credentials.password),
                                                        std::move(credentials.acting_for)});
}

void ServerSession::answer_credentials(const Reply& reply)
{
    if (reply.is_positive()) {
        user_ = user_offered_;
        say(reply);
    } else if (reply.code == 421) {
        say(reply);
    } else {
        blame(reply);
    }
}

}  // namespace sealpost::smtp

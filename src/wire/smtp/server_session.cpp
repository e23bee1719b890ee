#include "wire/smtp/server_session.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cassert>

namespace sealpost::smtp {
namespace {

constexpr std::size_t command_room_bytes = 16 * 1024;
static_assert(command_room_bytes > max_auth_line_bytes);

bool is_hello_name(std::string_view name)
{
    return !name.empty() && name.size() <= mail::max_domain_bytes &&
           std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127; });
}

std::optional<Refusal::At> find_stage(Verb verb)
{
    switch (verb) {
        case Verb::mail: return Refusal::At::mail;
        case Verb::rcpt: return Refusal::At::rcpt;
        case Verb::auth: return Refusal::At::auth;
        default: return std::nullopt;
    }
}

}  // namespace

ServerSession::ServerSession(ServerProfile profile) : profile_(std::move(profile)) {}

void ServerSession::greet()
{
    const std::string_view banner = profile_.banner.empty() ? std::string_view("ESMTP") : std::string_view(profile_.banner);
    say_plainly({profile_.banner_code, "", profile_.hostname + ' ' + std::string(banner)});
}

void ServerSession::refuse(const Reply& reply) { end_with(reply, Ended::Why::refused, "refused at the greeting"); }

void ServerSession::shut_down(const Reply& reply) { end_with(reply, Ended::Why::refused, "ended by us"); }

std::span<char> ServerSession::room()
{
    if (state_ == State::data || state_ == State::chunk) return buffer_.room(ReceiveBuffer::large_bytes);
    const bool is_short = buffer_.waiting().size() < ReceiveBuffer::small_bytes / 2;
    return buffer_.room(is_short ? ReceiveBuffer::small_bytes : command_room_bytes);
}

ServerEvent ServerSession::next()
{
    if (postponed_) {
        ServerEvent event = std::move(*postponed_);
        postponed_.reset();
        return event;
    }
    assert(awaited_ == Awaited::nothing && "an answer is due before next()");
    for (;;) {
        if (ended_) return *ended_;
        Step event = step();
        if (!event) continue;
        if (!std::holds_alternative<NeedInput>(*event) || !input_ended_) return std::move(*event);
        return end(Ended::Why::peer_closed, "the client closed the connection");
    }
}

ServerSession::Step ServerSession::step()
{
    switch (state_) {
        case State::command: return next_command();
        case State::auth: return next_auth_line();
        case State::data: return next_data();
        case State::chunk: return next_chunk();
        case State::handshake: break;
    }
    return ServerEvent(TlsWanted{});
}

std::variant<ServerSession::Line, ServerEvent> ServerSession::take_line()
{
    const std::string_view waiting = buffer_.waiting();
    const std::size_t end = waiting.find('\n');
    if (end == std::string_view::npos) {
        if (waiting.size() < max_auth_line_bytes) return ServerEvent(NeedInput{});
        return end_with({500, "5.5.2", "Line too long"}, Ended::Why::limit, "a command line without end");
    }
    if (end == 0 || waiting[end - 1] != '\r')
        return end_with({500, "5.5.2", "Lines must end in CR LF"}, Ended::Why::violation, "a bare LF in a command");
    const std::string_view text = waiting.substr(0, end - 1);
    if (text.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
        return end_with({500, "5.5.2", "A command holds a bare CR or a NUL"}, Ended::Why::violation,
                        "a bare CR or NUL in a command");
    buffer_.consume(end + 1);
    return Line{text, end + 1};
}

ServerSession::Step ServerSession::next_command()
{
    auto taken = take_line();
    if (auto* event = std::get_if<ServerEvent>(&taken)) return std::move(*event);
    const Line line = std::get<Line>(taken);
    const Command command = parse_command(line.text);
    if (line.bytes > max_line_bytes(command.verb)) {
        const Reply too_long(500, "5.5.2", "Line too long");
        const auto stage = find_stage(command.verb);
        return stage ? decline(*stage, too_long) : blame(too_long);
    }
    Step event = run(command);
    if (command.verb == Verb::auth) buffer_.wipe_consumed(line.bytes);
    return event;
}

ServerSession::Step ServerSession::run(const Command& command)
{
    if (command.verb != Verb::bdat) chunk_refusal_.reset();
    switch (command.verb) {
        case Verb::helo:
        case Verb::ehlo: return run_hello(command);
        case Verb::starttls: return run_starttls(command);
        case Verb::auth: return run_auth(command);
        case Verb::mail: return run_mail(command);
        case Verb::rcpt: return run_rcpt(command);
        case Verb::data: return run_data(command);
        case Verb::bdat: return run_bdat(command);
        case Verb::rset:
        case Verb::quit: return run_without_argument(command);
        case Verb::noop:
        case Verb::vrfy:
        case Verb::expn:
        case Verb::help: return run_small_talk(command);
        case Verb::http: return end_with({554, "5.5.1", "This is a mail server"}, Ended::Why::violation, "HTTP on a mail port");
        case Verb::unknown: break;
    }
    return blame({500, "5.5.1", "Command not recognized"});
}

ServerSession::Step ServerSession::run_hello(const Command& command)
{
    if (!is_hello_name(command.argument)) {
        say_plainly({501, "", "Syntax: EHLO or HELO and your host name"});
        return count_error();
    }
    if (!buffer_.empty()) {
        say_plainly({503, "", "Wait for the answer to EHLO"});
        return end(Ended::Why::violation, "pipelined behind EHLO");
    }
    if (auto ended = count_idle()) return ended;
    hello_offered_ = command.argument;
    hello_offered_extended_ = command.verb == Verb::ehlo;
    return after_reset(await(Awaited::hello, HelloSaid{hello_offered_, hello_offered_extended_}));
}

ServerSession::Step ServerSession::run_starttls(const Command& command)
{
    if (!command.argument.empty()) return blame({501, "5.5.4", "STARTTLS takes no parameter"});
    if (profile_.tls_active) return blame({503, "5.5.1", "TLS is active already"});
    if (!profile_.offer_starttls) return blame({502, "5.5.1", "STARTTLS is not offered"});
    if (hello_name_.empty()) return blame({503, "5.5.1", "Say EHLO first"});
    // RFC 3207 §6 and CVE-2011-0411: what was sent in clear must not be taken for what came under TLS.
    if (!buffer_.empty())
        return end_with({503, "5.5.1", "Nothing may follow STARTTLS"}, Ended::Why::violation, "octets behind STARTTLS");
    say({220, "2.0.0", "Ready to start TLS"});
    state_ = State::handshake;
    return after_reset(TlsWanted{});
}

void ServerSession::tls_started()
{
    assert(state_ == State::handshake);
    // RFC 3207 §4.2: "the SMTP protocol is reset to the initial state".
    state_ = State::command;
    profile_.tls_active = true;
    buffer_.clear();
    hello_name_.clear();
    extended_ = false;
    user_.clear();
}

std::optional<Reply> ServerSession::find_mail_obstacle() const
{
    if (hello_name_.empty()) return Reply(503, "5.5.1", "Say EHLO or HELO first");
    if (mail_accepted_) return Reply(503, "5.5.1", "There is a sender already; RSET forgets it");
    if (profile_.require_tls && !profile_.tls_active) return Reply(530, "5.7.0", "Must issue a STARTTLS command first");
    if (profile_.require_auth && user_.empty()) return Reply(530, "5.7.0", "Authentication required");
    return std::nullopt;
}

ParameterOffer ServerSession::offer() const
{
    return {extended_, profile_.may_offer_auth, profile_.bare_addresses, profile_.offer_require_tls};
}

ServerSession::Step ServerSession::run_mail(const Command& command)
{
    if (const auto obstacle = find_mail_obstacle()) return decline(Refusal::At::mail, *obstacle, command.argument);
    if (transactions_ >= profile_.limits.max_messages) {
        const Reply enough(421, "4.7.0", "Too many messages on this connection");
        limits_met_.emplace_back("messages_per_connection");
        note(Refusal::At::mail, enough, command.argument);
        return end_with(enough, Ended::Why::limit, "messages");
    }
    auto parsed = parse_mail(command.argument, offer());
    if (const auto* refusal = std::get_if<Reply>(&parsed)) return decline(Refusal::At::mail, *refusal, command.argument);
    auto& mail = std::get<MailFrom>(parsed);
    // RFC 8689 §4.1: it means something inside TLS only.
    if (mail.require_tls && !profile_.tls_active)
        return decline(Refusal::At::mail, {530, "5.7.10", "REQUIRETLS is taken inside TLS only"}, command.argument);
    const std::uint64_t most = profile_.limits.max_message_bytes;
    if (most != 0 && mail.size.value_or(0) > most) {
        const Reply too_large(552, "5.3.4", "The message is larger than " + std::to_string(most) + " octets");
        limits_met_.emplace_back("message_size");
        return decline(Refusal::At::mail, too_large, command.argument);
    }
    smtputf8_ = mail.smtputf8;
    return await(Awaited::mail, MailSaid{std::move(mail)});
}

ServerSession::Step ServerSession::run_rcpt(const Command& command)
{
    if (!mail_accepted_ || chunking_)
        return decline(Refusal::At::rcpt, {503, "5.5.1", "RCPT comes after MAIL and before the content"}, command.argument);
    // RFC 5321 §4.5.3.1.10: 452, and the client sends the message again for the others.
    if (recipients_ >= profile_.limits.max_recipients) {
        limits_met_.emplace_back("recipients_per_message");
        if (auto ended = count_put_off()) return ended;
        const Reply enough(452, "4.5.3", "Too many recipients");
        note(Refusal::At::rcpt, enough, command.argument);
        say(enough);
        return std::nullopt;
    }
    auto parsed = parse_rcpt(command.argument, offer(), smtputf8_);
    if (const auto* refusal = std::get_if<Reply>(&parsed)) return decline(Refusal::At::rcpt, *refusal, command.argument);
    return await(Awaited::rcpt, RcptSaid{std::move(std::get<RcptTo>(parsed))});
}

std::optional<Reply> ServerSession::find_content_obstacle() const
{
    if (!mail_accepted_) return Reply(503, "5.5.1", "Say MAIL and RCPT first");
    if (recipients_ > 0) return std::nullopt;
    if (recipient_refused_) return Reply(554, "5.5.1", "No valid recipients");
    return Reply(503, "5.5.1", "Say RCPT first");
}

ServerSession::Step ServerSession::run_data(const Command& command)
{
    if (!buffer_.empty())
        return end_with({503, "5.5.1", "Wait for the answer to DATA"}, Ended::Why::violation, "pipelined behind DATA");
    if (!command.argument.empty()) return blame({501, "5.5.4", "DATA takes no parameter"});
    if (chunking_) return blame({503, "5.5.1", "DATA and BDAT do not mix"});  // RFC 3030 §2
    if (const auto obstacle = find_content_obstacle()) return blame(*obstacle);
    state_ = State::data;
    return await(Awaited::go_ahead, ContentWanted{});
}

ServerSession::Step ServerSession::run_without_argument(const Command& command)
{
    if (!command.argument.empty()) return blame({501, "5.5.4", "The command takes no parameter"});
    if (command.verb == Verb::quit) return end_with({221, "2.0.0", "Goodbye"}, Ended::Why::quit, "quit");
    if (auto ended = count_idle()) return ended;
    say({250, "2.0.0", "OK"});
    if (!mail_accepted_) return std::nullopt;
    forget_transaction();
    return ServerEvent(TransactionReset{});
}

ServerSession::Step ServerSession::run_small_talk(const Command& command)
{
    if (auto ended = count_idle()) return ended;
    if (command.verb == Verb::expn) return blame({502, "5.5.1", "Lists are not told"});
    if (command.verb == Verb::vrfy && command.argument.empty()) return blame({501, "5.5.4", "Syntax: VRFY and a name"});
    // RFC 5321 §3.5.3 and §7.3: 252, for a server that does not tell who exists.
    if (command.verb == Verb::vrfy) say({252, "2.5.2", "Cannot verify; RCPT will tell"});
    if (command.verb == Verb::help) say({214, "2.0.0", "See RFC 5321"});
    if (command.verb == Verb::noop) say({250, "2.0.0", "OK"});
    return std::nullopt;
}

// RFC 2034 §4: every 2xx, 4xx and 5xx but the greeting and those to HELO and EHLO. A greeting that refuses has one all the
// same, as is common: who reads it in a log or a bounce learns more. So has 421, which may come at any time.
void ServerSession::say(Reply reply)
{
    if (reply.enhanced.empty() && !reply.is_intermediate()) reply.enhanced = std::to_string(reply.code / 100) + ".0.0";
    say_plainly(reply);
}

void ServerSession::note(Refusal::At at, const Reply& reply, std::string_view argument)
{
    if (refusals_.size() < max_refusals_kept) refusals_.push_back({at, reply, std::string(argument)});
}

ServerSession::Step ServerSession::blame(const Reply& reply)
{
    say(reply);
    return count_error();
}

ServerSession::Step ServerSession::count_error()
{
    if (++errors_ <= profile_.limits.max_errors) return std::nullopt;
    limits_met_.emplace_back("errors");
    return end_with({421, "4.7.0", "Too many errors"}, Ended::Why::limit, "errors");
}

std::optional<ServerEvent> ServerSession::count_idle()
{
    if (++idle_commands_ <= profile_.limits.max_idle_commands) return std::nullopt;
    limits_met_.emplace_back("idle_commands");
    return end_with({421, "4.7.0", "Too many commands without a message"}, Ended::Why::limit, "idle commands");
}

std::optional<ServerEvent> ServerSession::count_put_off()
{
    if (++recipients_put_off_ <= max_recipients_put_off) return std::nullopt;
    limits_met_.emplace_back("refused_recipients");
    return end_with({421, "4.7.0", "Too many recipients"}, Ended::Why::limit, "recipients");
}

ServerSession::Step ServerSession::decline(Refusal::At at, const Reply& reply, std::string_view argument)
{
    note(at, reply, argument);
    return blame(reply);
}

ServerEvent ServerSession::end(Ended::Why why, std::string_view detail)
{
    ended_ = Ended{why, std::string(detail)};
    return *ended_;
}

ServerEvent ServerSession::end_with(const Reply& reply, Ended::Why why, std::string_view detail)
{
    say(reply);
    return end(why, detail);
}

ServerEvent ServerSession::await(Awaited what, ServerEvent event)
{
    awaited_ = what;
    return event;
}

ServerEvent ServerSession::after_reset(ServerEvent event)
{
    if (!mail_accepted_) return event;
    forget_transaction();
    postponed_ = std::move(event);
    return TransactionReset{};
}

void ServerSession::forget_transaction()
{
    mail_accepted_ = false;
    smtputf8_ = false;
    recipients_ = 0;
    recipient_refused_ = false;
    chunking_ = false;
}

}  // namespace sealpost::smtp

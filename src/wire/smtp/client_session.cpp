#include "wire/smtp/client_session.hpp"

#include "wire/smtp/command.hpp"
#include "wire/smtp/sasl.hpp"

#include <cassert>

namespace sealpost::smtp {
namespace {

constexpr std::size_t room_bytes = 16 * 1024;

}  // namespace

std::string_view format_stage(Stage stage)
{
    switch (stage) {
        case Stage::connect: return "connect";
        case Stage::greeting: return "greeting";
        case Stage::hello: return "hello";
        case Stage::starttls: return "starttls";
        case Stage::tls: return "tls";
        case Stage::auth: return "auth";
        case Stage::mail: return "mail";
        case Stage::rcpt: return "rcpt";
        case Stage::data: return "data";
        case Stage::content: return "content";
        case Stage::quit: return "quit";
    }
    return "unknown";
}

ClientSession::ClientSession(std::string helo_name, ReplyLimits limits)
    : helo_name_(std::move(helo_name)), limits_(limits), reader_(limits)
{
}

std::span<char> ClientSession::room()
{
    // A reply line that is not ended within its limit has failed already, so that there is room.
    return buffer_.room(std::max(room_bytes, limits_.max_line_bytes * 2));
}

void ClientSession::input_ended(std::string problem)
{
    input_ended_ = true;
    input_problem_ = std::move(problem);
}

ClientEvent ClientSession::next()
{
    for (;;) {
        if (ready_) return *std::exchange(ready_, std::nullopt);
        if (Step event = step()) return std::move(*event);
    }
}

ClientSession::Step ClientSession::step()
{
    // While content goes out in DATA form no reply is due; one that comes all the same ends it.
    const bool interrupted = sending_content_ && expected_.empty() && !buffer_.empty();
    if (!usable_ && expected_.empty()) return fail("the connection is of no further use");
    if (expected_.empty() && !interrupted) {
        if (input_ended_) return fail(input_problem_);
        if (sending_content_) return ClientEvent(ContentDue{});
        return fail("the server was asked nothing");
    }
    auto read = reader_.read(buffer_.waiting());
    if (!read) return fail(read.error().text);
    buffer_.consume(read->consumed);
    if (!read->reply) {
        if (input_ended_) return fail(input_problem_);
        if (may_send_more()) return ClientEvent(ContentDue{});
        return ClientEvent(ClientNeedsInput{});
    }
    ++replies_;
    Expect expected = Expect::final;
    if (interrupted) {
        usable_ = false;
        if (read->reply->code < 400) return fail("the server answered before the end of the content");
        sending_content_ = false;
    } else {
        expected = expected_.front();
        expected_.pop_front();
    }
    return take_reply(expected, std::move(*read->reply));
}

ClientSession::Step ClientSession::take_reply(Expect expected, Reply reply)
{
    if (reply.code == 421) usable_ = false;  // RFC 5321 §3.8
    switch (expected) {
        case Expect::greeting:
            if (reply.code != 220) return refuse(expected, std::move(reply));
            send("EHLO " + helo_name_, Expect::ehlo);
            return std::nullopt;
        case Expect::ehlo: return take_ehlo(reply);
        case Expect::helo:
            if (!reply.is_positive()) return refuse(expected, std::move(reply));
            offered_ = {};
            return ClientEvent(Greeted{offered_});
        case Expect::starttls: return take_starttls(std::move(reply));
        case Expect::auth:
            if (reply.code != 235) return refuse(expected, std::move(reply));
            return ClientEvent(Authenticated{});
        case Expect::quit: usable_ = false; return ClientEvent(Farewell{});
        default: return take_transaction_reply(expected, std::move(reply));
    }
}

// RFC 5321 §3.2: a server that does not know EHLO is greeted with HELO.
ClientSession::Step ClientSession::take_ehlo(const Reply& reply)
{
    if (reply.is_positive()) {
        offered_ = parse_capabilities(reply.lines);
        server_name_ = reply.lines.empty() ? std::string() : reply.lines.front().substr(0, reply.lines.front().find(' '));
        return ClientEvent(Greeted{offered_});
    }
    if (!reply.is_permanent()) return refuse(Expect::ehlo, reply);
    send("HELO " + helo_name_, Expect::helo);
    return std::nullopt;
}

ClientSession::Step ClientSession::take_starttls(Reply reply)
{
    if (reply.code != 220) return refuse(Expect::starttls, std::move(reply));
    // Replies injected in clear must not be taken for what the server says under TLS.
    if (!buffer_.empty()) {
        usable_ = false;
        return ClientEvent(ClientFailure{Stage::starttls, std::nullopt, "the server sent octets behind its answer to STARTTLS"});
    }
    return ClientEvent(TlsAgreed{});
}

void ClientSession::start_tls() { send("STARTTLS", Expect::starttls); }

void ClientSession::tls_started()
{
    buffer_.clear();
    reader_ = ReplyReader(limits_);
    offered_ = {};
    send("EHLO " + helo_name_, Expect::ehlo);
}

void ClientSession::authenticate(std::string_view user, const Secret& password)
{
    if (!offered_.auth_plain) {
        ready_ = ClientFailure{Stage::auth, std::nullopt, "the server does not offer AUTH PLAIN"};
        return;
    }
    const Secret response = format_plain(user, password);
    output_ += "AUTH PLAIN ";
    output_ += response.reveal_text();
    output_ += "\r\n";
    expected_.push_back(Expect::auth);
}

void ClientSession::quit() { send("QUIT", Expect::quit); }

void ClientSession::send(std::string_view line, Expect reply)
{
    output_ += line;
    output_ += "\r\n";
    expected_.push_back(reply);
}

namespace {

Stage stage_of_greeting(bool is_first) { return is_first ? Stage::greeting : Stage::hello; }

}  // namespace

ClientEvent ClientSession::refuse(Expect expected, Reply reply)
{
    Stage stage = stage_of_greeting(expected == Expect::greeting);
    if (expected == Expect::starttls) stage = Stage::starttls;
    if (expected == Expect::auth) stage = Stage::auth;
    if (stage == Stage::greeting || stage == Stage::hello || reply.is_intermediate()) usable_ = false;
    return ClientFailure{stage, std::move(reply), {}};
}

ClientEvent ClientSession::fail(std::string problem)
{
    const bool leaving = !expected_.empty() && expected_.front() == Expect::quit;
    usable_ = false;
    if (leaving) {
        expected_.clear();
        return Farewell{};
    }
    if (outcome_) {
        outcome_->may_have_arrived = !sending_content_ && !expected_.empty() && expected_.back() == Expect::final;
        outcome_->problem = std::move(problem);
        return finish();
    }
    Stage stage = stage_of_greeting(!expected_.empty() && expected_.front() == Expect::greeting);
    if (!expected_.empty() && expected_.front() == Expect::starttls) stage = Stage::starttls;
    if (!expected_.empty() && expected_.front() == Expect::auth) stage = Stage::auth;
    expected_.clear();
    return ClientFailure{stage, std::nullopt, std::move(problem)};
}

}  // namespace sealpost::smtp

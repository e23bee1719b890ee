#include "client.hpp"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace mail_load {
namespace {

constexpr const char* step_names[] = {"connect", "greeting", "EHLO", "STARTTLS", "handshake", "EHLO",
                                      "MAIL",    "RCPT",     "DATA", "content",  "QUIT",      "idle"};

int open_socket()
{
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw std::runtime_error("no socket; see ulimit -n");
    const int yes = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return descriptor;
}

std::string quoted(const std::string& text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return result + "\"";
}

}  // namespace

long Tally::count_failures() const
{
    return std::accumulate(failures.begin(), failures.end(), 0L, [](long sum, const auto& one) { return sum + one.second; });
}

void print_failures(const Tally& tally)
{
    const char* before = "{";
    for (const auto& [why, times] : tally.failures) {
        std::printf("%s%s:%ld", before, quoted(why).c_str(), times);
        before = ",";
    }
    std::printf("%s}", tally.failures.empty() ? "{" : "");
}

Course::Course(const Options& asked)
    : options(asked),
      maker(options),
      tls(SSL_CTX_new(TLS_client_method())),
      tickets(asked.count > 0 ? asked.count : std::numeric_limits<long>::max() / 2),
      next_serial(asked.first_serial)
{
    if (!options.may_resume) return;
    SSL_CTX_set_session_cache_mode(tls.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(tls.get(), [](SSL* ssl, SSL_SESSION* ticket) {
        static_cast<Client*>(SSL_get_app_data(ssl))->keep(ticket);
        return 0;
    });
}

void Client::begin()
{
    heard_.clear();
    may_pipeline_ = false;
    channel_ = std::make_unique<Channel>(open_socket());
    state_ = State::busy;
    messages_left_ = course_.options.messages_per_session;
    const bool is_direct = course_.options.protection == Protection::direct;
    step_ = is_direct ? Step::connect : Step::greeting;
    const auto& address = course_.options.address;
    if (::connect(channel_->descriptor(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        return fail("refused");
    watched_ = is_direct ? EPOLLOUT : EPOLLIN;
    poller_.add(channel_->descriptor(), watched_, this);
}

Client::State Client::advance()
{
    if (state_ != State::busy && state_ != State::idle) return state_;
    if (step_ == Step::connect) begin_tls();
    if (step_ == Step::shake && !shake_on()) return state_;
    const bool is_open = channel_->receive(heard_) != Channel::Progress::broken;
    while (state_ == State::busy && take_reply()) {
    }
    if (state_ == State::busy && channel_->send() == Channel::Progress::broken) fail("connection lost");
    if (!is_open && (state_ == State::busy || state_ == State::idle)) fail("connection closed");
    if (state_ == State::busy || state_ == State::idle) watch();
    return state_;
}

void Client::watch()
{
    if (channel_->wanted() == watched_) return;
    watched_ = channel_->wanted();
    poller_.change(channel_->descriptor(), watched_, this);
}

// Takes one whole reply from what was heard (RFC 5321 §4.2.1); false when there is none.
bool Client::take_reply()
{
    std::size_t begin = 0;
    for (;;) {
        const auto end = heard_.find('\n', begin);
        if (end == std::string::npos) return false;
        const std::string_view line(heard_.data() + begin, end - begin);
        begin = end + 1;
        if (line.substr(std::min<std::size_t>(4, line.size())).starts_with("PIPELINING"))
            may_pipeline_ = course_.options.pipelines;
        if (line.size() >= 4 && line[3] == '-') continue;
        int code = 0;
        std::from_chars(line.data(), line.data() + line.size(), code);
        const std::string kept(line);
        heard_.erase(0, begin);
        answer(code, kept);
        return true;
    }
}

void Client::fail(std::string_view why)
{
    std::string text = std::string(step_names[static_cast<int>(step_)]) + ": " + std::string(why.substr(0, 80));
    while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.pop_back();
    if (tally_.failures.size() < 20 || tally_.failures.contains(text)) ++tally_.failures[text];
    if (holds_ticket_) course_.return_ticket();
    holds_ticket_ = false;
    channel_.reset();
    state_ = State::failed;
}

void Client::begin_tls()
{
    // A copy: OpenSSL overwrites the secret of the session that it resumes.
    const TlsSession resumed(ticket_ ? SSL_SESSION_dup(ticket_.get()) : nullptr);
    channel_->begin_tls(course_.tls.get(), false, resumed.get());
    SSL_set_app_data(channel_->tls(), this);
    step_ = Step::shake;
}

bool Client::shake_on()
{
    const auto progress = channel_->shake();
    if (progress == Channel::Progress::broken) {
        fail("failed");
        return false;
    }
    if (progress == Channel::Progress::waits) {
        watch();
        return false;
    }
    if (SSL_session_reused(channel_->tls()) == 1) ++tally_.resumed;
    if (course_.options.protection == Protection::direct) {
        step_ = Step::greeting;
    } else {
        step_ = Step::secure_hello;
        channel_->say("EHLO load.bench.test\r\n");
    }
    if (channel_->send() == Channel::Progress::broken) fail("connection lost");
    watch();
    return state_ == State::busy;
}

void Client::answer(int code, std::string_view line)
{
    const bool is_right = step_ == Step::data ? code == 354 : code / 100 == 2;
    if (!is_right) return fail(line);
    switch (step_) {
        case Step::greeting:
            step_ = channel_->is_tls() ? Step::secure_hello : Step::hello;
            return channel_->say("EHLO load.bench.test\r\n");
        case Step::hello:
            if (course_.options.protection == Protection::none) return ready_for_mail();
            step_ = Step::starttls;
            return channel_->say("STARTTLS\r\n");
        case Step::starttls:
            begin_tls();
            shake_on();
            return;
        case Step::secure_hello: return ready_for_mail();
        case Step::mail:
            step_ = Step::rcpt;
            if (!may_pipeline_) say_recipient();
            return;
        case Step::rcpt:
            if (--recipients_left_ == 0) step_ = Step::data;
            if (may_pipeline_) return;
            return recipients_left_ > 0 ? say_recipient() : channel_->say("DATA\r\n");
        case Step::data: step_ = Step::content; return channel_->say(course_.maker.content(serial_));
        case Step::content: return accepted();
        case Step::quit:
            if (course_.counts(now())) ++tally_.sessions;
            channel_.reset();
            state_ = State::done;
            return;
        case Step::connect:
        case Step::shake:
        case Step::idle: return;
    }
}

void Client::ready_for_mail()
{
    if (course_.options.mode != Mode::idle) return next_message();
    step_ = Step::idle;
    state_ = State::idle;
}

void Client::next_message()
{
    if (messages_left_ == 0 || !course_.take_ticket()) return quit();
    --messages_left_;
    holds_ticket_ = true;
    serial_ = course_.next_serial.fetch_add(1);
    recipients_left_ = course_.options.recipients;
    mail_at_ = now();
    step_ = Step::mail;
    channel_->say(course_.maker.mail_command());
    if (!may_pipeline_) return;
    for (int number = course_.options.recipients; number > 0; --number)
        channel_->say(course_.maker.rcpt_command(serial_, number));
    channel_->say("DATA\r\n");
}

void Client::say_recipient() { channel_->say(course_.maker.rcpt_command(serial_, recipients_left_)); }

void Client::accepted()
{
    const double moment = now();
    holds_ticket_ = false;
    ++tally_.accepted;
    if (course_.counts(moment)) {
        if (tally_.counted++ == 0) tally_.first_accept = moment;
        tally_.last_accept = moment;
        tally_.latencies.push_back(static_cast<float>(moment - mail_at_));
    }
    next_message();
}

void Client::quit()
{
    step_ = Step::quit;
    channel_->say("QUIT\r\n");
}

}  // namespace mail_load

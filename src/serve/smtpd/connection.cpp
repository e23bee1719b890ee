#include "serve/smtpd/connection.hpp"

#include <array>

namespace sealpost::smtpd {
namespace {

constexpr std::size_t max_piece_bytes = 64 * 1024;
constexpr std::size_t max_linger_bytes = 1024 * 1024;
const smtp::Reply shutting_down(421, "4.3.2", "The service is shutting down; try again");
const smtp::Reply timed_out(421, "4.4.2", "Timed out waiting for you");
const smtp::Reply lasted_long_enough(421, "4.4.2", "This connection has lasted long enough; connect again");

TlsFacts facts_of(const tls::PeerProof& proof)
{
    TlsFacts facts{proof.protocol, proof.cipher, proof.server_name, !proof.chain.empty(), proof.chain_verified, {}};
    if (facts.client_shown) facts.client_subject = proof.chain.front().subject();
    return facts;
}

std::string_view stage_of(const smtp::Refusal& refusal)
{
    switch (refusal.at) {
        case smtp::Refusal::At::mail: return "mail";
        case smtp::Refusal::At::rcpt: return "rcpt";
        case smtp::Refusal::At::auth: return "auth";
        case smtp::Refusal::At::content: break;
    }
    return "content";
}

}  // namespace

Connection::Connection(std::unique_ptr<net::TcpStream> stream, const MailServerOptions& options, std::string id)
    : options_(options),
      id_(std::move(id)),
      tcp_(std::move(stream)),
      peer_(tcp_->peer()),
      local_(tcp_->local()),
      connection_end_(Deadline::after(options.times.connection)),
      spoken_at_(Deadline::Clock::now())
{
}

net::ByteStream* Connection::stream()
{
    if (tls_) return tls_.get();
    return tcp_.get();
}

Task<Result<net::ProxyHeader>> Connection::hear_proxy(net::ProxyDoor& door)
{
    is_hearing_proxy_ = true;
    auto heard = co_await door.hear(*tcp_, Deadline::after(options_.times.proxy_header));
    is_hearing_proxy_ = false;
    peer_ = tcp_->peer();
    if (closed_) heard = Error{Fault::cancelled, "closed meanwhile"};
    co_return heard;
}

Task<void> Connection::run()
{
    options_.log.info(
        "smtp.connected",
        {{"connection", id_}, {"listener", options_.listener}, {"ip", format_ip(peer_.address)}, {"port", peer_.port}});
    std::string failure;
    try {
        co_await converse();
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        options_.log.error("smtp.failed", {{"connection", id_}, {"problem", failure}});
        if (session_ && !session_->is_over()) session_->shut_down({421, "4.3.0", "Something went wrong here; try again"});
        co_await flush();
    }
    if (in_transaction_) forget_transaction();
    if (handler_) handler_->closed();
    close();
    options_.log.info("smtp.closed", {{"connection", id_}, {"messages", messages_}});
}

Task<void> Connection::turn_away(smtp::Reply why)
{
    options_.log.warning("smtp.turned_away", {{"connection", id_},
                                              {"listener", options_.listener},
                                              {"ip", format_ip(peer_.address)},
                                              {"reply", smtp::format_reply_line(why)}});
    if (!options_.implicit_tls) {  // the client waits for a handshake there, and words in clear would be a broken one
        const std::string text = smtp::format_reply(why);
        auto written = co_await tcp_->write(text, Deadline::after(options_.times.linger));
    }
    close();
}

Task<void> Connection::converse()
{
    const bool admitted = co_await admit();
    if (!admitted) co_return;
    if (rejection_)
        session_->refuse(*rejection_);
    else
        session_->greet();
    bool goes_on = true;
    while (goes_on) {
        smtp::ServerEvent event = session_->next();
        for (auto& refusal : session_->take_refusals()) tell_own_refusal(std::move(refusal));
        tell_limits();
        goes_on = co_await take(std::move(event));
    }
}

// Decides by handler, before a word is said; with implicit TLS the words come after the handshake.
Task<bool> Connection::admit()
{
    PeerFacts facts{id_, options_.listener, peer_, local_, options_.profile};
    facts.profile.offer_starttls = options_.identity != nullptr && !options_.implicit_tls;
    handler_ = options_.make_handler();
    Admission admission = co_await handler_->connected(facts);
    const std::string_view result = std::holds_alternative<Accept>(admission) ? "accepted" : "rejected";
    options_.log.metrics().add(log::Metric::smtp_connections, {options_.listener, result});
    if (std::holds_alternative<Refuse>(admission)) {
        options_.log.info("smtp.refused",
                          {{"connection", id_}, {"ip", format_ip(peer_.address)}, {"stage", "connect"}, {"reply", "tcp reset"}});
        tcp_->reset();
        co_return false;
    }
    smtp::ServerProfile profile = facts.profile;
    if (auto* accepted = std::get_if<Accept>(&admission)) {
        profile = std::move(accepted->profile);
        ask_certificate_ = accepted->ask_certificate && options_.asking_identity != nullptr;
    }
    if (auto* rejected = std::get_if<Reject>(&admission)) rejection_ = std::move(rejected->reply);
    profile.offer_starttls = profile.offer_starttls && facts.profile.offer_starttls;
    profile.tls_active = options_.implicit_tls;
    session_ = std::make_unique<smtp::ServerSession>(std::move(profile));
    if (!options_.implicit_tls) co_return true;
    auto shaken = co_await shake_hands();
    co_return shaken.has_value();
}

Task<Result<>> Connection::accept_tls()
{
    auto context = (ask_certificate_ ? options_.asking_identity : options_.identity)->current();
    SEALPOST_CO_TRY(tls_, tls::prepare_server(std::move(tcp_), std::move(context)));
    auto accepted = co_await tls_->shake_hands(Deadline::after(options_.times.handshake));
    if (!accepted) tls_.reset();  // nothing more can be said
    co_return accepted;
}

Task<Result<>> Connection::shake_hands()
{
    auto accepted = co_await accept_tls();
    if (!accepted) {
        options_.log.metrics().add(log::Metric::smtp_tls, {options_.listener, "failed"});
        options_.log.info("smtp.tls_failed", {{"connection", id_}, {"problem", accepted.error().text}});
        co_return accepted;
    }
    const TlsFacts facts = facts_of(tls_->proof());
    options_.log.metrics().add(log::Metric::smtp_tls, {options_.listener, facts.protocol});
    options_.log.info("smtp.tls", {{"connection", id_},
                                   {"protocol", facts.protocol},
                                   {"cipher", facts.cipher},
                                   {"client_certificate", facts.client_verified ? "verified"
                                                          : facts.client_shown  ? "invalid"
                                                                                : "none"}});
    co_await handler_->tls_started(facts);
    co_return Result<>();
}

Task<bool> Connection::take(smtp::ServerEvent event)
{
    if (std::holds_alternative<smtp::NeedInput>(event)) {
        const bool goes_on = co_await exchange();
        co_return goes_on;
    }
    if (auto* piece = std::get_if<smtp::ContentPiece>(&event))
        co_await take_piece(*piece);
    else if (auto* hello = std::get_if<smtp::HelloSaid>(&event))
        co_await answer_hello(std::move(*hello));
    else if (auto* given = std::get_if<smtp::CredentialsGiven>(&event))
        co_await answer_credentials(std::move(*given));
    else if (auto* mail = std::get_if<smtp::MailSaid>(&event))
        co_await answer_mail(std::move(*mail));
    else if (auto* rcpt = std::get_if<smtp::RcptSaid>(&event))
        co_await answer_rcpt(std::move(*rcpt));
    else if (std::holds_alternative<smtp::ContentWanted>(event))
        co_await answer_content_wanted();
    else if (std::holds_alternative<smtp::ContentEnded>(event))
        co_await answer_content();
    else if (std::holds_alternative<smtp::TransactionReset>(event))
        forget_transaction();
    else if (std::holds_alternative<smtp::TlsWanted>(event)) {
        const bool goes_on = co_await begin_tls();
        co_return goes_on;
    } else if (auto* ended = std::get_if<smtp::Ended>(&event)) {
        co_await finish(std::move(*ended));
        co_return false;
    }
    co_return true;
}

Task<bool> Connection::flush(bool is_last)
{
    if (session_ == nullptr || stream() == nullptr || session_->output().empty()) co_return true;
    const std::string output = session_->take_output();
    const Deadline deadline = Deadline::after(options_.times.write);
    Task<Result<>> writing = is_last ? stream()->write_last(output, deadline) : stream()->write(output, deadline);
    auto written = co_await std::move(writing);
    if (!written) lose(written.error().text);
    spoken_at_ = Deadline::Clock::now();
    co_return written.has_value();
}

// RFC 5321 §4.5.3.2.7: 5 minutes for the next command; for the whole of it, or one that comes octet by octet would last
// for ever. Content has to come at its least rate, besides; the rest of one that is refused already, too: who is slow
// hears why, and not that he was slow.
Deadline Connection::read_deadline() const
{
    if (content_time_) {
        const Deadline next = Deadline::after(options_.times.content_read).or_sooner(content_time_->end);
        return next.or_sooner(content_time_->pace.deadline(content_time_->octets));
    }
    const bool is_scarce = !in_transaction_ && options_.is_crowded && options_.is_crowded();
    const auto patience = is_scarce ? std::min(options_.times.crowded, options_.times.command) : options_.times.command;
    const Deadline command = Deadline::after(spoken_at_ + patience - Deadline::Clock::now());
    return command.or_sooner(in_transaction_ ? message_end_ : connection_end_);
}

// Between messages: who is busy all the time has kept nobody waiting.
bool Connection::is_overlong() const { return !in_transaction_ && !content_time_ && connection_end_.has_passed(); }

void Connection::begin_content_time()
{
    const async::Pace pace(options_.times.content_read, options_.times.least_content_rate);
    content_time_ = {in_transaction_ ? message_end_ : connection_end_, pace, 0};
}

// Before each read. A chunk may be refused without a go-ahead, and passes by all the same.
void Connection::note_content_time()
{
    if (!in_content_ && !session_->is_discarding())
        content_time_.reset();
    else if (!content_time_)
        begin_content_time();
}

Task<bool> Connection::exchange()
{
    const bool written = co_await flush();
    if (!written) co_return false;
    if (draining_ && session_->is_idle()) {
        session_->shut_down(shutting_down);
        co_return true;
    }
    const std::span<char> room = session_->room();
    note_content_time();
    const Deadline deadline = read_deadline();
    reading_ = true;
    auto count = co_await stream()->read_some(room, deadline);
    reading_ = false;
    if (session_->is_over()) co_return !closed_;
    if (content_time_ && count) content_time_->octets += *count;
    if (count && *count > 0)
        session_->received(*count);
    else if (count)
        session_->input_ended();
    else if (deadline.has_passed())
        session_->shut_down(is_overlong() ? lasted_long_enough : timed_out);
    else {
        lose(count.error().text);
        co_return false;
    }
    co_return true;
}

Task<bool> Connection::begin_tls()
{
    const bool written = co_await flush();
    if (!written) co_return false;
    auto shaken = co_await shake_hands();
    if (!shaken) co_return false;
    spoken_at_ = Deadline::Clock::now();
    session_->tls_started();
    co_return true;
}

void Connection::answer(const smtp::Reply& reply, std::string_view stage)
{
    if (reply.code >= 400) tell_refusal(reply, stage, find_subject(stage));
    session_->answer(reply);
}

RefusalSubject Connection::find_subject(std::string_view stage) const
{
    RefusalSubject subject = stage == "rcpt" ? envelope_.about_recipient() : envelope_.about_message();
    if (envelope_.has_sender()) subject.transaction = handler_->transaction();
    return subject;
}

void Connection::tell_refusal(const smtp::Reply& reply, std::string_view stage, const RefusalSubject& subject)
{
    options_.log.info("smtp.refused", {{"connection", id_},
                                       {"transaction", subject.transaction},
                                       {"ip", format_ip(peer_.address)},
                                       {"stage", stage},
                                       {"reply", smtp::format_reply_line(reply)},
                                       {"sender", subject.sender},
                                       {"recipient", subject.recipient}});
    options_.log.metrics().add(log::Metric::smtp_refusals, {options_.listener, stage});
}

// A MAIL that the session refuses has no transaction: the handler never hears of it as one.
void Connection::tell_own_refusal(smtp::Refusal refusal)
{
    RefusalSubject subject = envelope_.about(refusal);
    const bool has_transaction = refusal.at == smtp::Refusal::At::rcpt || refusal.at == smtp::Refusal::At::content;
    if (has_transaction && envelope_.has_sender()) subject.transaction = handler_->transaction();
    tell_refusal(refusal.reply, stage_of(refusal), subject);
    handler_->refused(std::move(refusal));
}

Task<void> Connection::answer_hello(smtp::HelloSaid said)
{
    smtp::Reply reply = co_await handler_->hello(std::move(said.name), said.extended);
    answer(reply, "hello");
}

Task<void> Connection::answer_credentials(smtp::CredentialsGiven given)
{
    Credentials credentials{std::move(given.user), std::move(given.password), std::move(given.acting_for)};
    smtp::Reply reply = co_await handler_->authenticate(std::move(credentials));
    answer(reply, "auth");
}

// A message gives its connection more time; one that begins in time only, or there would be no end.
Task<void> Connection::answer_mail(smtp::MailSaid said)
{
    envelope_.say_sender(said.mail.sender);
    if (connection_end_.has_passed()) {
        tell_refusal(lasted_long_enough, "mail", envelope_.about_message());
        session_->answer(lasted_long_enough);
        envelope_.forget();
        co_return;
    }
    smtp::Reply reply = co_await handler_->mail(std::move(said.mail));
    in_transaction_ = reply.is_positive();
    if (in_transaction_) message_end_ = Deadline::after(options_.times.message);
    answer(reply, "mail");
    if (!in_transaction_) envelope_.forget();
}

Task<void> Connection::answer_rcpt(smtp::RcptSaid said)
{
    envelope_.say_recipient(said.rcpt.recipient);
    smtp::Reply reply = co_await handler_->rcpt(std::move(said.rcpt));
    if (reply.is_positive()) envelope_.take_recipient();
    answer(reply, "rcpt");
}

Task<void> Connection::answer_content_wanted()
{
    smtp::Reply reply = co_await handler_->data_begin();
    in_content_ = reply.is_intermediate() || reply.is_positive();
    message_bytes_ = 0;
    begin_content_time();
    piece_.clear();
    answer(reply, "data");
}

Task<void> Connection::take_piece(smtp::ContentPiece piece)
{
    message_bytes_ += piece.octets.size();
    if (piece_.size() + piece.octets.size() > max_piece_bytes) co_await flush_piece();
    piece_ += piece.octets;
}

Task<void> Connection::flush_piece()
{
    if (piece_.empty()) co_return;
    std::string piece = std::move(piece_);
    piece_.clear();
    co_await handler_->data(std::move(piece));
}

Task<void> Connection::answer_content()
{
    answering_content_ = true;
    co_await flush_piece();
    in_transaction_ = in_content_ = false;  // handed over: the handler is not told to forget it
    smtp::Reply reply = co_await handler_->data_end();
    answering_content_ = false;
    message_end_ = Deadline::never();
    if (reply.is_positive()) {
        ++messages_;
        options_.log.metrics().add(log::Metric::smtp_messages, {options_.listener});
        options_.log.metrics().add(log::Metric::smtp_received_bytes, {options_.listener}, static_cast<double>(message_bytes_));
        options_.log.info("smtp.accepted",
                          {{"connection", id_}, {"bytes", message_bytes_}, {"reply", smtp::format_reply_line(reply)}});
    }
    answer(reply, "content");
    envelope_.forget();
    if (broken_off_ && !session_->is_over()) session_->shut_down(shutting_down);
}

// Each is counted; the log has those that follow each other once.
void Connection::tell_limits()
{
    for (const std::string_view limit : session_->take_limits_met()) {
        options_.log.metrics().add(log::Metric::smtp_limits, {options_.listener, limit});
        if (limit == std::exchange(limit_told_, limit)) continue;
        options_.log.info("smtp.limit_met", {{"connection", id_}, {"ip", format_ip(peer_.address)}, {"limit", limit}});
    }
}

void Connection::forget_transaction()
{
    in_transaction_ = in_content_ = false;
    message_end_ = Deadline::never();
    piece_ = {};
    envelope_.forget();
    handler_->reset();
}

Task<void> Connection::finish(smtp::Ended ended)
{
    using Why = smtp::Ended::Why;
    if (ended.why == Why::violation)
        options_.log.warning("smtp.violation", {{"connection", id_}, {"detail", ended.detail}});
    else if (ended.why == Why::limit)
        options_.log.warning("smtp.limit", {{"connection", id_}, {"detail", ended.detail}});
    const bool written = co_await flush(ended.why == Why::quit);
    // Content may be refused, and its transaction forgotten, before it is found broken.
    const bool was_in_content = in_content_ || ended.amid_content;
    const bool is_amid_content = was_in_content && content_time_ && ended.why == Why::violation;
    if (in_transaction_) forget_transaction();  // whatever else comes: nobody waits for it
    if (!written || ended.why == Why::peer_closed || ended.why == Why::quit) co_return;
    Task<void> lingering = is_amid_content ? linger_in_content() : linger();
    co_await std::move(lingering);
}

// Closing with unread octets would make the kernel send a reset, which can overtake the reply.
Task<void> Connection::linger()
{
    const Deadline deadline = Deadline::after(options_.times.linger);
    std::array<char, 4096> nowhere;
    std::size_t discarded = 0;
    while (stream() != nullptr && discarded < max_linger_bytes) {
        auto count = co_await stream()->read_some(nowhere, deadline);
        if (!count || *count == 0) co_return;
        discarded += *count;
    }
}

// Most clients send their message to its end before they listen. They hear why if all of it is read, as of one that is too
// large, in the time that content has. Nothing of it is looked at.
Task<void> Connection::linger_in_content()
{
    is_lingering_ = true;
    stream()->end_writing();  // who listens already need not wait for the end
    std::string nowhere(max_piece_bytes, '\0');
    std::uint64_t discarded = 0;
    while (stream() != nullptr && discarded < smtp::ServerSession::max_discarded_bytes) {
        const Deadline deadline = read_deadline();
        auto count = co_await stream()->read_some(nowhere, deadline);
        if (!count || *count == 0) co_return;
        discarded += *count;
        content_time_->octets += *count;
    }
}

void Connection::lose(std::string_view why)
{
    if (closed_) return;
    options_.log.info("smtp.lost", {{"connection", id_}, {"problem", why}});
}

Task<void> Connection::drain()
{
    draining_ = true;
    if (is_lingering_ || is_hearing_proxy_) co_return close();  // nothing is owed any more, or yet
    if (!reading_ || !session_ || !session_->is_idle()) co_return;
    session_->shut_down(shutting_down);
    co_await flush();
    close();
}

// The store may have taken the message already: a client that does not hear so sends it again.
void Connection::break_off()
{
    broken_off_ = true;
    if (!answering_content_) close();
}

void Connection::close()
{
    closed_ = true;
    if (stream() != nullptr) stream()->close();
}

}  // namespace sealpost::smtpd

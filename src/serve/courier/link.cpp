#include "serve/courier/link.hpp"

namespace sealpost::courier {
namespace {

constexpr std::chrono::seconds last_words{5};  // for what a server says before it closes, and for QUIT

Deadline later_of(Deadline one, Deadline other) { return one.at() < other.at() ? other : one; }

bool unmet(Attempt& attempt, smtp::Stage stage, std::string problem)
{
    attempt.outcome = Attempt::Outcome::tls_unmet;
    attempt.stage = stage;
    attempt.problem = std::move(problem);
    return false;
}

// A reply is a refusal; without one the connection was lost.
bool failed(Attempt& attempt, smtp::ClientFailure failure)
{
    attempt.outcome = failure.reply ? Attempt::Outcome::refused : Attempt::Outcome::unreachable;
    attempt.stage = failure.stage;
    attempt.reply = std::move(failure.reply);
    attempt.problem = std::move(failure.problem);
    return false;
}

bool failed(Attempt& attempt, smtp::ClientEvent event)
{
    if (auto* failure = std::get_if<smtp::ClientFailure>(&event)) return failed(attempt, std::move(*failure));
    attempt.outcome = Attempt::Outcome::broken;
    attempt.problem = "the dialogue took an unexpected turn";
    return false;
}

// RFC 8460 §4.3.1, of a certificate that was held against the host as looked up.
TlsResult name_pkix_result(const tls::PeerProof& proof, bool names_host)
{
    if (proof.check.problem == crypto::ChainProblem::expired) return TlsResult::certificate_expired;
    if (!proof.chain_verified) return TlsResult::certificate_not_trusted;
    return names_host ? TlsResult::success : TlsResult::certificate_host_mismatch;
}

TlsProof name_proof(const route::DaneMatch& match)
{
    switch (match.verdict) {
        case route::DaneMatch::Verdict::ee: return TlsProof::dane_ee;
        case route::DaneMatch::Verdict::ta: return TlsProof::dane_ta;
        case route::DaneMatch::Verdict::mismatch: break;
    }
    return TlsProof::none;
}

}  // namespace

Link::Link(LinkKey key, std::string id, CourierLimits limits)
    : key_(std::move(key)), id_(std::move(id)), limits_(limits), session_(key_.helo_name)
{
}

Link::~Link() { close(); }

net::ByteStream& Link::stream()
{
    if (tls_) return *tls_;
    return *tcp_;
}

void Link::close()
{
    if (tls_)
        tls_->close();
    else if (tcp_)
        tcp_->close();
}

Task<Link::Opening> Link::open(LinkKey key, std::shared_ptr<const tls::ClientContext> trust, CourierLimits limits,
                               Deadline deadline, Attempt& attempt)
{
    Opening opening;
    std::unique_ptr<Link> link(new Link(std::move(key), attempt.delivery, limits));
    const Deadline connect_end = Deadline::after(limits.connect).or_sooner(deadline);
    auto stream = co_await net::connect(link->key_.endpoint, link->key_.from, connect_end);
    if (!stream) {
        const bool is_ours = stream.error().fault == Fault::config;
        attempt.outcome = is_ours ? Attempt::Outcome::misconfigured : Attempt::Outcome::unreachable;
        attempt.stage = smtp::Stage::connect;
        attempt.problem = stream.error().text;
        if (is_ours) attempt.problem += " (delivery.source_address)";
        co_return opening;
    }
    link->tcp_ = std::move(*stream);
    opening.local = link->tcp_->local().address;
    const bool ready = co_await link->begin(std::move(trust), deadline, attempt);
    attempt.tls = link->tls_facts_;
    opening.server_name = link->session_.server_name();
    opening.pkix = link->pkix_;
    if (ready)
        opening.link = std::move(link);
    else if (link->is_usable())
        co_await link->quit();
    co_return opening;
}

Task<bool> Link::begin(std::shared_ptr<const tls::ClientContext> trust, Deadline deadline, Attempt& attempt)
{
    auto event = co_await await_event(Deadline::after(limits_.greeting).or_sooner(deadline));
    if (!std::holds_alternative<smtp::Greeted>(event)) co_return failed(attempt, std::move(event));
    const bool secured = co_await secure(std::move(trust), deadline, attempt);
    if (!secured) co_return false;
    if (!key_.login) co_return true;
    const bool signed_in = co_await sign_in(deadline, attempt);
    co_return signed_in;
}

// The one place that decides between TLS and clear text.
Task<bool> Link::secure(std::shared_ptr<const tls::ClientContext> trust, Deadline deadline, Attempt& attempt)
{
    if (!key_.terms.use_tls) co_return true;
    if (!session_.offered().starttls) {
        attempt.tls_result = TlsResult::starttls_not_supported;
        if (!key_.terms.required) co_return true;
        co_return unmet(attempt, smtp::Stage::starttls, "the server does not offer STARTTLS");
    }
    session_.start_tls();
    auto event = co_await await_event(Deadline::after(limits_.command).or_sooner(deadline));
    if (std::holds_alternative<smtp::TlsAgreed>(event)) {
        const bool agreed = co_await shake_hands(std::move(trust), deadline, attempt);
        co_return agreed;
    }
    auto* failure = std::get_if<smtp::ClientFailure>(&event);
    const bool refused_politely = failure != nullptr && failure->reply && session_.is_usable();
    if (refused_politely) attempt.tls_result = TlsResult::starttls_not_supported;
    if (refused_politely && !key_.terms.required) co_return true;
    failed(attempt, std::move(event));
    attempt.may_pass = !attempt.reply || !attempt.reply->is_permanent();
    attempt.lost = !attempt.reply && has_ended_;
    // Refused, cut off or tampered with: whoever stands between wants no TLS, and the demand is not met.
    if (key_.terms.required) attempt.outcome = Attempt::Outcome::tls_unmet;
    co_return false;
}

// After the 220 there is no way back to clear text, whatever the demand.
Task<bool> Link::shake_hands(std::shared_ptr<const tls::ClientContext> trust, Deadline deadline, Attempt& attempt)
{
    const Deadline handshake_end = Deadline::after(limits_.handshake).or_sooner(deadline);
    // RFC 7672 §8.1: with TLSA records the server is told the name at which they were found.
    const std::string server_name = key_.terms.names.empty() ? key_.host : key_.terms.names.front();
    auto stream = co_await tls::connect_tls(std::move(tcp_), std::move(trust), server_name, handshake_end);
    if (!stream) {
        attempt.tls_result = TlsResult::validation_failure;
        attempt.may_pass = stream.error().fault == Fault::retry_later || stream.error().fault == Fault::cancelled;
        attempt.lost = attempt.may_pass;
        session_.input_ended("TLS failed");
        co_return unmet(attempt, smtp::Stage::tls, stream.error().text);
    }
    tls_ = std::move(*stream);
    judge(tls_->proof());
    session_.tls_started();
    auto event = co_await await_event(Deadline::after(limits_.command).or_sooner(deadline));
    if (!std::holds_alternative<smtp::Greeted>(event)) co_return failed(attempt, std::move(event));
    co_return is_proven_enough(attempt);
}

void Link::judge(const tls::PeerProof& proof)
{
    const bool names_host = !proof.chain.empty() && proof.chain.front().names(key_.host);
    pkix_ = name_pkix_result(proof, names_host);
    pkix_problem_ = proof.problem;
    if (proof.chain_verified && !names_host && pkix_problem_.empty())
        pkix_problem_ = "the certificate does not name " + key_.host;
    TlsFacts facts{proof.protocol, proof.cipher, false, {}, proof.fingerprint_sha256};
    if (!key_.terms.tlsa.empty()) {
        const auto match = route::match_tlsa(key_.terms.tlsa, proof.chain, key_.terms.names, SystemClock().now());
        facts.proof = name_proof(match);
        facts.problem = match.problem;
    } else if (pkix_ == TlsResult::success) {
        facts.proof = key_.terms.is_listed ? TlsProof::mta_sts : TlsProof::pkix;
    } else {
        facts.problem = pkix_problem_;
    }
    facts.verified = facts.proof != TlsProof::none;
    tls_facts_ = std::move(facts);
}

bool Link::is_proven_enough(Attempt& attempt) const
{
    attempt.tls_result = TlsResult::success;
    if (!key_.terms.tlsa.empty() && !tls_facts_->verified) {
        attempt.tls_result = TlsResult::validation_failure;
        return unmet(attempt, smtp::Stage::tls, "DANE: " + tls_facts_->problem);
    }
    if (key_.terms.pkix && pkix_ != TlsResult::success) {
        attempt.tls_result = pkix_;
        return unmet(attempt, smtp::Stage::tls, "the certificate does not prove the host: " + pkix_problem_);
    }
    // RFC 8689 §4.2.1 step 5
    if (key_.terms.require_tls && !session_.offered().require_tls)
        return unmet(attempt, smtp::Stage::hello, "the server does not offer REQUIRETLS, which the message asks for");
    return true;
}

Task<bool> Link::sign_in(Deadline deadline, Attempt& attempt)
{
    if (!tls_) co_return unmet(attempt, smtp::Stage::auth, "a password is sent over TLS only");
    session_.authenticate(key_.login->user, key_.login->password);
    auto event = co_await await_event(Deadline::after(limits_.command).or_sooner(deadline));
    if (std::holds_alternative<smtp::Authenticated>(event)) co_return true;
    failed(attempt, std::move(event));
    attempt.outcome = Attempt::Outcome::refused;
    co_return false;
}

// RFC 5321 §4.5.3.2.5 and .6: what limits content that flows is how fast it does, and its answer has ten minutes of its own. To
// break it off at the order's deadline would send large mail again and again, and make a copy of it at a host that was about
// to say 250.
Task<smtp::TransactionOutcome> Link::send(smtp::OutgoingMail mail,
                                          const std::function<std::unique_ptr<async::ByteSource>()>& content, Deadline deadline)
{
    ++messages_;
    const std::chrono::seconds content_time =
        limits_.write + std::chrono::seconds(mail.mail.size.value_or(0) / limits_.least_rate);
    content_gave_out_ = false;
    std::unique_ptr<async::ByteSource> source;
    bool all_sent = false;
    session_.begin(std::move(mail));
    for (;;) {
        const auto patience = all_sent ? limits_.content_end : limits_.command;
        auto event = co_await await_event_in(patience, deadline);
        if (auto* done = std::get_if<smtp::TransactionDone>(&event)) co_return std::move(done->outcome);
        if (!std::holds_alternative<smtp::ContentDue>(event)) break;
        if (!source) {
            source = content();
            deadline = later_of(deadline, Deadline::after(content_time));
        }
        auto piece = co_await source->next();
        if (!piece) {
            content_gave_out_ = true;
            session_.abandon("the message cannot be read: " + piece.error().text);
        } else if (piece->empty()) {
            all_sent = true;
            deadline = later_of(deadline, Deadline::after(limits_.content_end));
            session_.end_content();
        } else {
            session_.content(*piece);
        }
        co_await flush(deadline);
    }
    smtp::TransactionOutcome outcome;
    outcome.problem = "the dialogue took an unexpected turn";
    outcome.usable = false;
    co_return outcome;
}

Task<smtp::ClientEvent> Link::await_event(Deadline deadline)
{
    for (;;) {
        smtp::ClientEvent event = session_.next();
        if (!std::holds_alternative<smtp::ClientNeedsInput>(event)) co_return event;
        co_await flush(deadline);
        co_await read(deadline);
    }
}

// RFC 5321 §4.5.3.2: "a timeout for each command": many recipients at a slow host take long together.
Task<smtp::ClientEvent> Link::await_event_in(std::chrono::seconds patience, Deadline deadline)
{
    Deadline next = Deadline::after(patience).or_sooner(deadline);
    for (std::uint64_t heard = session_.replies();;) {
        smtp::ClientEvent event = session_.next();
        if (!std::holds_alternative<smtp::ClientNeedsInput>(event)) co_return event;
        if (std::exchange(heard, session_.replies()) != session_.replies()) next = Deadline::after(patience).or_sooner(deadline);
        co_await flush(next);
        co_await read(next);
    }
}

// A server may refuse and close while we still write: its reply is worth more than our error.
Task<void> Link::flush(Deadline deadline)
{
    const std::string output = session_.take_output();
    if (output.empty() || !write_problem_.empty()) co_return;
    auto written = co_await stream().write(output, Deadline::after(limits_.write).or_sooner(deadline));
    if (written) co_return;
    write_problem_ = written.error().text;
    co_await read(Deadline::after(last_words).or_sooner(deadline));
}

Task<void> Link::read(Deadline deadline)
{
    const std::span<char> room = session_.room();
    auto count = co_await stream().read_some(room, deadline);
    has_ended_ = !count || *count == 0;
    if (!has_ended_)
        session_.received(*count);
    else if (!write_problem_.empty())
        session_.input_ended("the connection was lost: " + write_problem_);
    else if (count)
        session_.input_ended();
    else
        session_.input_ended("the connection was lost: " + count.error().text);
}

Task<void> Link::quit()
{
    session_.quit();
    auto event = co_await await_event(Deadline::after(last_words));
    close();
}

}  // namespace sealpost::courier

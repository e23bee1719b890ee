#include "serve/tlstest/host_probe.hpp"

#include "sys/tls/stream.hpp"
#include "wire/mail/utf8.hpp"
#include "wire/smtp/client_session.hpp"

namespace sealpost::tlstest {
namespace {

using route::TlsVerdict;

ProbeResult conclude(TlsVerdict verdict, std::string detail)
{
    ProbeResult result;
    result.finding = {verdict, std::move(detail)};
    return result;
}

// Moves octets until the session has something to say. A connection that fails is its end.
Task<smtp::ClientEvent> advance(smtp::ClientSession& session, net::ByteStream& stream, Deadline deadline)
{
    for (;;) {
        smtp::ClientEvent event = session.next();
        if (!std::holds_alternative<smtp::ClientNeedsInput>(event)) co_return event;
        const std::string output = session.take_output();
        auto written = co_await stream.write(output, deadline);
        if (!written) {
            session.input_ended();
            continue;
        }
        auto count = co_await stream.read_some(session.room(), deadline);
        if (!count) co_return smtp::ClientFailure{smtp::Stage::connect, std::nullopt, count.error().text};
        if (*count == 0) session.input_ended();
        if (*count > 0) session.received(*count);
    }
}

// What a server says is for JSON and for people's eyes, whatever octets it consists of.
std::string describe(const smtp::ClientFailure& failure)
{
    if (!failure.reply) return failure.problem;
    return "\"" + mail::clean_utf8(smtp::format_reply_line(*failure.reply), mail::Controls::none) + "\"";
}

// Of our own address, nothing is said about the host.
ProbeResult conclude_connect(const Error& error)
{
    if (error.fault != Fault::config) return conclude(TlsVerdict::unreachable, error.text);
    ProbeResult result = conclude(TlsVerdict::unreachable, "not tested: " + error.text + " (delivery.source_address)");
    result.was_asked = false;
    return result;
}

// A failure before TLS was asked for: a reply is a refusal, its absence a host that does not serve.
ProbeResult conclude_greeting(const smtp::ClientFailure& failure)
{
    if (failure.reply) return conclude(TlsVerdict::refused_by_banner, "the host said " + describe(failure));
    return conclude(TlsVerdict::unreachable, "no SMTP greeting: " + describe(failure));
}

struct Opened {
    std::unique_ptr<net::TcpStream> stream;  // null when `failure` says why
    std::unique_ptr<smtp::ClientSession> session;
    ProbeResult failure;
};

Opened give_up(ProbeResult failure)
{
    Opened opened;
    opened.failure = std::move(failure);
    return opened;
}

// The verdict is known by then: a host that does not answer is not waited for.
Task<void> say_quit(smtp::ClientSession& session, net::ByteStream& stream, Deadline deadline)
{
    constexpr std::chrono::seconds last_words{5};
    session.quit();
    [[maybe_unused]] auto farewell = co_await advance(session, stream, deadline.or_sooner(Deadline::after(last_words)));
    stream.close();
}

// The answer to STARTTLS; without one, the connection was cut by something that speaks no TLS.
ProbeResult conclude_starttls(const smtp::ClientFailure& failure)
{
    if (failure.reply) return conclude(TlsVerdict::starttls_refused, "STARTTLS is answered with " + describe(failure));
    return conclude(TlsVerdict::handshake_failed, "after STARTTLS: " + describe(failure));
}

// Up to the moment where the handshake is due.
Task<Opened> open_until_tls(const ProbeOrder& order, Deadline deadline)
{
    auto connected = co_await net::connect(order.at, order.from, deadline);
    if (!connected) co_return give_up(conclude_connect(connected.error()));
    Opened opened;
    opened.stream = std::move(*connected);
    opened.session = std::make_unique<smtp::ClientSession>(order.helo_name);
    smtp::ClientEvent greeted = co_await advance(*opened.session, *opened.stream, deadline);
    if (const auto* failure = std::get_if<smtp::ClientFailure>(&greeted)) co_return give_up(conclude_greeting(*failure));
    if (!opened.session->offered().starttls) {
        co_await say_quit(*opened.session, *opened.stream, deadline);
        co_return give_up(conclude(TlsVerdict::no_starttls, "the host does not offer STARTTLS"));
    }
    opened.session->start_tls();
    smtp::ClientEvent agreed = co_await advance(*opened.session, *opened.stream, deadline);
    if (const auto* failure = std::get_if<smtp::ClientFailure>(&agreed)) co_return give_up(conclude_starttls(*failure));
    co_return opened;
}

// The lenient client trusts nobody; whom the other one trusts is what counts.
void judge_by(const crypto::TrustStore& trust, tls::PeerProof& proof)
{
    proof.check = crypto::check_chain(proof.chain, trust, crypto::ChainUse::server, SystemClock().now());
    proof.chain_verified = proof.check.verified();
    proof.problem = proof.check.detail;
}

// What a host that failed the handshake would have taken, if anything.
Task<std::optional<tls::PeerProof>> find_lenient_proof(const ProbeOrder& order, Deadline deadline)
{
    Opened opened = co_await open_until_tls(order, deadline);
    if (!opened.stream) co_return std::nullopt;
    auto stream = co_await tls::connect_tls(std::move(opened.stream), order.lenient, order.host, deadline);
    if (!stream) co_return std::nullopt;
    tls::PeerProof proof = (*stream)->proof();
    (*stream)->close();
    judge_by(order.context->trust(), proof);
    co_return proof;
}

// Of what only a lenient client gets to see, weakness is worth a name; for anything else the handshake is.
bool explains_failure(TlsVerdict verdict)
{
    return verdict == TlsVerdict::weak_protocol || verdict == TlsVerdict::weak_key || verdict == TlsVerdict::weak_signature;
}

Task<ProbeResult> explain_failed_handshake(const ProbeOrder& order, Error error, Deadline deadline)
{
    ProbeResult failed = conclude(TlsVerdict::handshake_failed, error.text);
    if (deadline.has_passed()) co_return failed;
    auto weak = co_await find_lenient_proof(order, deadline);
    if (!weak) co_return failed;
    const route::TlsFinding finding = route::classify(*weak);
    if (!explains_failure(finding.verdict)) co_return failed;
    failed.finding = finding;
    failed.proof = std::move(weak);
    failed.by_lenient = true;
    co_return failed;
}

// RFC 3207 §4.2: after the handshake the client says EHLO again. A host that then says nothing has not finished
// the handshake on its side: in TLS 1.3 a server that wants a certificate of ours refuses only now (RFC 8446 §4.4.2.4);
// others say so in SMTP. Whatever it is, no mail would get through.
Task<void> say_hello_again(smtp::ClientSession& session, net::ByteStream& stream, ProbeResult& result, Deadline deadline)
{
    session.tls_started();
    smtp::ClientEvent greeted = co_await advance(session, stream, deadline);
    const auto* failure = std::get_if<smtp::ClientFailure>(&greeted);
    if (failure == nullptr) {
        co_await say_quit(session, stream, deadline);
        co_return;
    }
    const std::string what = "after the handshake: " + describe(*failure);
    result.after = {failure->reply ? TlsVerdict::refused_by_banner : TlsVerdict::handshake_failed, what};
    if (result.finding.verdict != TlsVerdict::ok)
        result.note = what;
    else
        result.finding = *result.after;
}

}  // namespace

Task<ProbeResult> probe_host(ProbeOrder order, Deadline deadline)
{
    Opened opened = co_await open_until_tls(order, deadline);
    if (!opened.stream) co_return std::move(opened.failure);
    auto stream = co_await tls::connect_tls(std::move(opened.stream), order.context, order.host, deadline);
    if (!stream) {
        ProbeResult failed = co_await explain_failed_handshake(order, stream.error(), deadline);
        co_return failed;
    }
    ProbeResult result;
    result.proof = (*stream)->proof();
    result.finding = route::classify(*result.proof);
    co_await say_hello_again(*opened.session, **stream, result, deadline);
    co_return result;
}

}  // namespace sealpost::tlstest

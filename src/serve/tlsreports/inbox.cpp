#include "serve/tlsreports/inbox.hpp"

#include "core/queue/answering.hpp"
#include "wire/dkim/verifier.hpp"
#include "wire/mail/author.hpp"

#include <optional>

namespace sealpost::tlsreports {

using queue::DueMessage;
using tlsrpt::ReceivedReport;
using Kind = queue::RecipientOutcome::Kind;

// A mail with what was found in it.
struct Inbox::Opened {
    ReceivedReport received;
    std::string author_domain;  // of From, lower case; empty: there is not exactly one, or From cannot be read
    std::optional<dkim::Verifier> verifier;
};

namespace {

// The domain itself, or one that it lies in.
bool speaks_for(const std::string& signer, const std::string& author)
{
    return !signer.empty() && signer.find('.') != std::string::npos && ("." + author).ends_with("." + signer);
}

std::optional<dkim::Verifier> begin_verifying(std::string_view text, WallTime now, std::string& author_domain)
{
    const auto end = mail::find_end_of_head(text);
    if (!end) return std::nullopt;
    const auto head = mail::HeaderBlock::parse(text.substr(0, *end));
    if (head.has_error()) return std::nullopt;
    // What is proven is one domain: no report is from several, nor from whom another program may read out of From.
    auto author = mail::find_author_domain(*head);
    if (author.state == mail::Author::State::one) author_domain = std::move(author.domains.front());
    dkim::VerifierLimits limits;
    limits.further_service = "tlsrpt";  // RFC 8460 §3: a key of the reporter's own for this, which signs no other mail
    auto verifier = dkim::Verifier::begin(now, limits);
    for (const auto& field : head->fields()) verifier.append_field(field.raw);
    verifier.end_head();
    verifier.append_body(text.substr(*end));
    return verifier;
}

}  // namespace

Task<queue::Report> Inbox::deliver(DueMessage message)
{
    auto opened = co_await open(message);
    if (opened.has_error()) co_return queue::report_all(message, Kind::retry, "4.3.0", opened.error().text);
    tlsrpt::Report report = std::move(opened->received.report);
    std::string author = opened->author_domain;  // proven where no fault is found
    const auto fault = co_await find_fault(std::move(*opened));
    if (fault.has_error()) co_return queue::report_all(message, Kind::retry, "4.7.5", fault.error().text);
    if (fault->empty()) {
        auto kept = co_await keep(std::move(message), std::move(report), std::move(author));
        co_return kept;
    }
    parts_.log.warning("tlsrpt.no_report", {{"message", message.id.value()}, {"sender", message.sender}, {"problem", *fault}});
    co_return queue::pass_on(message, parts_.next_lane, "no TLS report: " + *fault);
}

Task<Result<Inbox::Opened>> Inbox::open(DueMessage message)
{
    Opened opened;
    if (message.size > static_cast<std::int64_t>(parts_.limits.max_message_bytes)) {
        opened.received.state = ReceivedReport::State::broken;
        opened.received.problem = "the mail is too large for a report";
        co_return opened;
    }
    const tally::HeldOctets::Place place(held_, message.size);
    if (!place.is_taken()) co_return Error{Fault::retry_later, "other reports are being read"};
    SEALPOST_CO_TRY(std::string whole, co_await queue::read_whole(parts_.queue, message));
    auto work = [text = std::move(whole), limits = parts_.limits, now = parts_.clock->now()] {
        Opened found;
        found.received = tlsrpt::read_report_mail(text, limits);
        if (found.received.state == ReceivedReport::State::report)
            found.verifier = begin_verifying(text, now, found.author_domain);
        return found;
    };
    opened = co_await parts_.pool->run(std::move(work));
    co_return opened;
}

// RFC 8460 §3: a report by mail bears a valid DKIM signature of the domain that reports.
Task<Result<std::string>> Inbox::find_fault(Opened opened)
{
    const ReceivedReport& received = opened.received;
    if (received.state == ReceivedReport::State::none) co_return std::string("no part of the mail is a report");
    if (received.state == ReceivedReport::State::broken) co_return received.problem;
    if (!opened.verifier || opened.author_domain.empty()) co_return std::string("the mail does not say whom it is from");
    const auto judged = co_await opened.verifier->finish(*parts_.resolver, Deadline::after(parts_.dns_timeout));
    bool is_undecided = false;
    for (const auto& signature : judged.signatures) {
        if (!speaks_for(signature.domain, opened.author_domain)) continue;
        if (signature.verdict == dkim::Verdict::pass) co_return std::string();
        is_undecided = is_undecided || signature.verdict == dkim::Verdict::temperror;
    }
    if (is_undecided) co_return Error{Fault::retry_later, "the key of the report's signature cannot be fetched for the moment"};
    co_return "no signature of " + opened.author_domain + " verifies";
}

Task<queue::Report> Inbox::keep(DueMessage message, tlsrpt::Report report, std::string author)
{
    const std::string organisation = report.organisation, id = report.id, domain = report.policies.front().policy.domain;
    std::uint64_t failed = 0;
    for (const auto& result : report.policies) failed += result.failed;
    Origin origin{message.sender, author};
    auto kept = co_await parts_.reports->keep(std::move(report), std::move(origin));
    if (kept.has_error()) co_return queue::report_all(message, Kind::retry, "4.3.0", kept.error().text);
    parts_.log.info("tlsrpt.report_received", {{"message", message.id.value()},
                                               {"sender", message.sender},
                                               {"author", author},
                                               {"organisation", organisation},
                                               {"report", id},
                                               {"domain", domain},
                                               {"failed", failed},
                                               {"new", *kept}});
    co_return queue::report_all(message, Kind::delivered, "2.0.0",
                                *kept ? "read as a TLS report" : "this TLS report is known already");
}

}  // namespace sealpost::tlsreports

#include "serve/authcheck/auth_checker.hpp"

#include "sys/crypto/random.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace sealpost::authcheck {
namespace {

unsigned draw_at_random()
{
    const auto octets = crypto::random_bytes(4);
    unsigned value = 0;
    for (const auto octet : octets) value = value << 8 | static_cast<unsigned char>(octet);
    return value % 100;
}

bool aligns_with_any(const std::vector<std::string>& authors, std::string_view domain)
{
    return std::any_of(authors.begin(), authors.end(),
                       [&](const auto& author) { return dmarc::are_aligned(author, domain, dmarc::Alignment::relaxed); });
}

// What could not be told for the moment counts only where it could have vouched for the author: a
// stranger's own name server that does not answer must not keep a policy from being applied.
dmarc::Facts gather_facts(const std::vector<std::string>& authors, const std::optional<SpfReport>& spf,
                          const dkim::MessageReport& message)
{
    dmarc::Facts facts;
    if (spf) {
        const auto& found = spf->mail_from;
        if (found.verdict == spf::Verdict::pass) facts.spf_pass_domain = found.domain;
        facts.spf_temporary = found.verdict == spf::Verdict::temperror && aligns_with_any(authors, found.domain);
    }
    for (const auto& signature : message.signatures) {
        if (signature.verdict == dkim::Verdict::pass) facts.dkim_pass_domains.push_back(signature.domain);
        if (signature.verdict == dkim::Verdict::temperror && aligns_with_any(authors, signature.domain))
            facts.dkim_temporary = true;
    }
    return facts;
}

// A From that names nobody, or too many, evades DMARC: said as permerror, so that the policy can answer.
DmarcReport without_author(const dmarc::Author& author)
{
    DmarcReport report;
    report.judgement.verdict.outcome = dmarc::Outcome::permerror;
    report.problem = author.state == dmarc::Author::State::none ? "From names no domain" : "From names too many domains";
    return report;
}

}  // namespace

void MessageCheck::append_head(const mail::HeaderBlock& head)
{
    for (const auto& field : head.fields()) verifier_.append_field(field.raw);
    verifier_.end_head();
    author_ = dmarc::find_author_domain(head);
}

AuthChecker::AuthChecker(std::shared_ptr<dns::Resolver> resolver, const Clock& clock, Options options)
    : unbounded_(std::move(resolver)),
      bounded_(std::make_unique<BoundedResolver>(*unbounded_, options.query_limit)),
      resolver_(std::make_unique<dns::CachedResolver>(*bounded_)),
      clock_(clock),
      options_(std::move(options)),
      evaluator_(std::make_unique<spf::Evaluator>(*resolver_, [] {
          spf::Options spf_options;
          spf_options.keep_trace = false;
          return spf_options;
      }()))
{
    if (!options_.draw) options_.draw = draw_at_random;
}

Task<SpfReport> AuthChecker::check_sender(Sender sender) const
{
    using namespace boost::asio::experimental::awaitable_operators;
    const spf::Question question{sender.ip, sender.helo, sender.mail_from, options_.hostname, clock_.now()};
    const auto deadline = Deadline::after(options_.time_limit);
    SpfReport report;
    if (sender.mail_from.empty()) {
        auto alone = co_await evaluator_->check(question, spf::Identity::mail_from, deadline);
        report.mail_from = std::move(alone);
        co_return report;
    }
    auto [mail_from, helo] = co_await (evaluator_->check(question, spf::Identity::mail_from, deadline) &&
                                       evaluator_->check(question, spf::Identity::helo, deadline));
    report.mail_from = std::move(mail_from);
    report.helo = std::move(helo);
    co_return report;
}

Task<DmarcReport> AuthChecker::judge_author(dmarc::Author author, std::optional<SpfReport> spf, dkim::MessageReport message,
                                            Deadline deadline) const
{
    if (author.domains.empty()) co_return without_author(author);
    auto facts = gather_facts(author.domains, spf, message);
    DmarcReport report;
    auto judgement = co_await dmarc::judge(*resolver_, std::move(author.domains), std::move(facts), options_.draw(), deadline);
    report.judgement = std::move(judgement);
    co_return report;
}

Task<Report> AuthChecker::check_message(MessageCheck check, Sender sender, std::optional<SpfReport> spf, bool with_dmarc) const
{
    const auto deadline = Deadline::after(options_.time_limit);
    Report report;
    report.sender = std::move(sender);
    report.spf = std::move(spf);
    auto message = co_await check.verifier_.finish(*resolver_, deadline);
    report.message = std::move(message);
    if (with_dmarc) {
        auto judged = co_await judge_author(std::move(check.author_), report.spf, *report.message, deadline);
        report.dmarc = std::move(judged);
    }
    co_return report;
}

}  // namespace sealpost::authcheck

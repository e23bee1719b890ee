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

dmarc::Facts gather_facts(const std::optional<SpfReport>& spf, const dkim::MessageReport& message)
{
    dmarc::Facts facts;
    if (spf) {
        const auto& found = spf->mail_from;
        if (found.verdict == spf::Verdict::pass) facts.spf_pass_domain = found.domain;
        if (found.verdict == spf::Verdict::temperror) facts.spf_temporary_domain = found.domain;
    }
    for (const auto& signature : message.signatures) {
        if (signature.verdict == dkim::Verdict::pass) facts.dkim_pass_domains.push_back(signature.domain);
        if (signature.verdict == dkim::Verdict::temperror) facts.dkim_temporary_domains.push_back(signature.domain);
    }
    return facts;
}

// A From that names nobody, or cannot be told, evades DMARC: said as permerror, so that the policy can answer.
DmarcReport without_author(const mail::Author& author)
{
    DmarcReport report;
    report.judgement.verdict.outcome = dmarc::Outcome::permerror;
    report.has_bad_from = true;
    switch (author.state) {
        case mail::Author::State::none: report.problem = "From names no domain"; break;
        case mail::Author::State::repeated: report.problem = "there are several From fields"; break;
        default: report.problem = "From cannot be read as a whole, or names too many domains";
    }
    return report;
}

// Two questions behind each other, as DMARC asks them, must fit into the time of one method.
std::chrono::milliseconds bound_query(const Options& options)
{
    return std::min<std::chrono::milliseconds>(options.query_limit, std::chrono::milliseconds(options.time_limit) / 2);
}

}  // namespace

void MessageCheck::append_head(const mail::HeaderBlock& head)
{
    for (const auto& field : head.fields()) verifier_.append_field(field.raw);
    verifier_.end_head();
    author_ = mail::find_author_domain(head);
}

AuthChecker::AuthChecker(std::shared_ptr<dns::Resolver> resolver, const Clock& clock, Options options)
    : unbounded_(std::move(resolver)),
      resolver_(std::make_unique<BoundedResolver>(*unbounded_, bound_query(options))),
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

Task<DmarcReport> AuthChecker::judge_author(mail::Author author, std::optional<SpfReport> spf, dkim::MessageReport message) const
{
    if (author.domains.empty()) co_return without_author(author);
    auto facts = gather_facts(spf, message);
    // Of its own: whoever signs with keys that nobody can fetch uses up the time of the keys only.
    const auto deadline = Deadline::after(options_.time_limit);
    DmarcReport report;
    report.has_several_authors = author.state == mail::Author::State::several;
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
        auto judged = co_await judge_author(std::move(check.author_), report.spf, *report.message);
        report.dmarc = std::move(judged);
    }
    co_return report;
}

}  // namespace sealpost::authcheck

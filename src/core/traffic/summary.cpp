#include "core/traffic/summary.hpp"

#include "base/network.hpp"
#include "base/text.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace sealpost::traffic {
namespace {

using policy::AuthResult;

// What one customer has, as far as an address tells: the same networks as those of rate limits.
constexpr int network_bits_v4 = 24;
constexpr int network_bits_v6 = 64;

constexpr std::string_view no_domain = "(no domain)";
constexpr std::string_view unchecked = "(unchecked)";

constexpr auto subjects = std::to_array<std::pair<std::string_view, Subject>>({
    {"host", Subject::host},
    {"network", Subject::network},
    {"group", Subject::group},
    {"sender-domain", Subject::sender_domain},
    {"author-domain", Subject::author_domain},
    {"tls", Subject::tls},
    {"spf", Subject::spf},
    {"dkim", Subject::dkim},
    {"dmarc", Subject::dmarc},
});

constexpr auto concerns = std::to_array<std::pair<std::string_view, Concern>>({
    {"no-tls", Concern::no_tls},
    {"refused", Concern::refused},
    {"spf-failed", Concern::spf_failed},
    {"dkim-failed", Concern::dkim_failed},
    {"dmarc-failed", Concern::dmarc_failed},
});

template <class Words, class Value>
std::string_view format_word(const Words& words, Value value)
{
    return std::find_if(words.begin(), words.end(), [value](const auto& each) { return each.second == value; })->first;
}

template <class Value, class Words>
std::optional<Value> parse_word(const Words& words, std::string_view word)
{
    const auto found = std::find_if(words.begin(), words.end(), [word](const auto& each) { return each.first == word; });
    return found == words.end() ? std::nullopt : std::optional<Value>(found->second);
}

template <class Words>
std::vector<std::string> list_words(const Words& words)
{
    std::vector<std::string> list;
    for (const auto& each : words) list.emplace_back(each.first);
    return list;
}

void note(Known& known, WallTime at)
{
    known.oldest = known.count == 0 ? at : std::min(known.oldest, at);
    ++known.count;
}

// --- what a record counts as

bool is_failure(AuthResult result)
{
    return result == AuthResult::fail || result == AuthResult::softfail || result == AuthResult::permerror;
}

Figures count(const ConnectionRecord& record)
{
    Figures figures;
    figures.connections = 1;
    figures.connections_refused = record.outcome.is_refusal() ? 1 : 0;
    return figures;
}

Figures count(const MessageRecord& record)
{
    const auto& found = record.found;
    Figures figures;
    figures.messages = 1;
    figures.messages_refused = record.outcome.is_refusal() ? 1 : 0;
    figures.with_tls = record.tls != TlsKind::none ? 1 : 0;
    figures.spf_failed = found.spf && is_failure(found.spf->mail_from) ? 1 : 0;
    figures.dkim_failed = found.dkim && is_failure(*found.dkim) ? 1 : 0;
    figures.dmarc_failed = found.dmarc && is_failure(found.dmarc->result) ? 1 : 0;
    return figures;
}

void add_to(Figures& sum, const Figures& more)
{
    sum.connections += more.connections;
    sum.connections_refused += more.connections_refused;
    sum.messages += more.messages;
    sum.messages_refused += more.messages_refused;
    sum.with_tls += more.with_tls;
    sum.spf_failed += more.spf_failed;
    sum.dkim_failed += more.dkim_failed;
    sum.dmarc_failed += more.dmarc_failed;
}

std::uint64_t count_concern(const Figures& figures, Concern concern)
{
    switch (concern) {
        case Concern::no_tls: return figures.messages - figures.with_tls;
        case Concern::refused: return figures.connections_refused + figures.messages_refused;
        case Concern::spf_failed: return figures.spf_failed;
        case Concern::dkim_failed: return figures.dkim_failed;
        case Concern::dmarc_failed: break;
    }
    return figures.dmarc_failed;
}

// --- the names of rows

std::string name_network(const IpAddress& ip)
{
    const Network network{ip, ip.is_v4() ? network_bits_v4 : network_bits_v6};
    return format_network({first_of(network), network.bits});
}

std::string name_sender_domain(const std::string& sender)
{
    if (sender.empty()) return "<>";
    auto domain = mail::domain_of(sender);
    return domain.empty() ? std::string(no_domain) : domain;
}

std::string name_author_domain(const std::optional<policy::DmarcFacts>& dmarc)
{
    if (!dmarc) return std::string(unchecked);
    return dmarc->author_domain.empty() ? std::string(no_domain) : ascii_lower(dmarc->author_domain);
}

std::string name_result(const std::optional<AuthResult>& result)
{
    return std::string(result ? policy::format_auth_result(*result) : unchecked);
}

std::string_view name_tls(TlsKind tls)
{
    switch (tls) {
        case TlsKind::starttls: return "starttls";
        case TlsKind::implicit: return "implicit";
        case TlsKind::none: break;
    }
    return "none";
}

// --- which rows are shown

void put_in_order(std::vector<SummaryRow>& rows, const std::optional<Concern>& only)
{
    const auto weigh = [&only](const SummaryRow& row) {
        const auto concern = only ? count_concern(row.figures, *only) : 0;
        return std::tuple(concern, row.figures.messages, row.figures.connections);
    };
    std::sort(rows.begin(), rows.end(), [&weigh](const SummaryRow& a, const SummaryRow& b) {
        const auto first = weigh(a);
        const auto second = weigh(b);
        return first != second ? first > second : a.name < b.name;
    });
}

}  // namespace

std::string_view format_subject(Subject subject) { return format_word(subjects, subject); }
std::optional<Subject> parse_subject(std::string_view word) { return parse_word<Subject>(subjects, word); }
std::vector<std::string> list_subjects() { return list_words(subjects); }

std::string_view format_concern(Concern concern) { return format_word(concerns, concern); }
std::optional<Concern> parse_concern(std::string_view word) { return parse_word<Concern>(concerns, word); }
std::vector<std::string> list_concerns() { return list_words(concerns); }

bool counts_connections(Subject subject)
{
    return subject == Subject::host || subject == Subject::network || subject == Subject::group;
}

SummaryTally::SummaryTally(Question question, const policy::Snapshot* policy)
{
    if (policy != nullptr) player_.emplace(*policy);
    if (question.by == Subject::group && !player_) throw std::invalid_argument("sender groups without a policy");
    summary_.question = std::move(question);
}

bool SummaryTally::is_asked_for(const policy::ConnectionFacts& facts, WallTime at)
{
    const auto& question = summary_.question;
    if (!question.listener.empty() && facts.listener != question.listener) return false;
    summary_.knows_listener = true;
    return !question.since || at >= *question.since;
}

std::string SummaryTally::find_name(const policy::ConnectionFacts& facts)
{
    switch (summary_.question.by) {
        case Subject::network: return name_network(facts.ip);
        case Subject::group: return facts.listener + '/' + player_->find_group(facts);
        default: return facts.host.empty() ? format_ip(facts.ip) : ascii_lower(facts.host);
    }
}

std::string SummaryTally::find_name(const MessageRecord& record)
{
    const auto& found = record.found;
    switch (summary_.question.by) {
        case Subject::sender_domain: return name_sender_domain(record.sender);
        case Subject::author_domain: return name_author_domain(found.dmarc);
        case Subject::tls: return std::string(name_tls(record.tls));
        case Subject::spf: return name_result(found.spf ? std::optional(found.spf->mail_from) : std::nullopt);
        case Subject::dkim: return name_result(found.dkim);
        case Subject::dmarc: return name_result(found.dmarc ? std::optional(found.dmarc->result) : std::nullopt);
        default: return find_name(record.facts);
    }
}

void SummaryTally::add(const ConnectionRecord& record)
{
    note(summary_.connections, record.at);
    if (!is_asked_for(record.facts, record.at) || !counts_connections(summary_.question.by)) return;
    const auto figures = count(record);
    add_to(summary_.all, figures);
    add_to(rows_[find_name(record.facts)], figures);
}

void SummaryTally::add(const MessageRecord& record)
{
    note(summary_.messages, record.at);
    if (!is_asked_for(record.facts, record.at)) return;
    const auto figures = count(record);
    add_to(summary_.all, figures);
    add_to(rows_[find_name(record)], figures);
}

Summary SummaryTally::sum() const
{
    Summary summary = summary_;
    const auto& only = summary.question.only;
    for (const auto& [name, figures] : rows_)
        if (!only || count_concern(figures, *only) > 0) summary.rows.push_back({name, figures});
    put_in_order(summary.rows, only);
    const auto shown = std::min(summary.rows.size(), summary.question.limit);
    for (std::size_t i = shown; i < summary.rows.size(); ++i) add_to(summary.others, summary.rows[i].figures);
    summary.other_rows = summary.rows.size() - shown;
    summary.rows.resize(shown);
    return summary;
}

}  // namespace sealpost::traffic

// The Snapshot's verdict about sealing: per-message headers, then rules, then profiles.
#include "base/clock.hpp"
#include "base/text.hpp"
#include "core/policy/snapshot_state.hpp"
#include "wire/mail/date.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace sealpost::policy {
namespace {

constexpr std::size_t max_control_value_bytes = 256;

// One of our headers, under our name and the reference's.
struct ControlHeader {
    std::string_view setting;
    std::string_view ours, theirs;
};
constexpr ControlHeader reply_header = {"reply", "X-Sealpost-Reply", "X-PostX-Reply-Enabled"};
constexpr ControlHeader reply_all_header = {"reply_all", "X-Sealpost-Reply-All", "X-PostX-Reply-All-Enabled"};
constexpr ControlHeader forward_header = {"forward", "X-Sealpost-Forward", "X-PostX-Forward-Enabled"};
constexpr ControlHeader receipt_header = {"receipt", "X-Sealpost-Receipt", "X-PostX-Send-Return-Receipt"};
constexpr ControlHeader expiry_header = {"expires_after", "X-Sealpost-Expires", "X-PostX-ExpirationDate"};
constexpr ControlHeader profile_header = {"profile", "X-Sealpost-Profile", ""};
constexpr ControlHeader seal_header = {"action", "X-Sealpost-Seal", ""};
constexpr std::array steering_headers = {reply_header,  reply_all_header, forward_header, receipt_header,
                                         expiry_header, profile_header,   seal_header};

struct Found {
    std::string name, value;
};

// Our own name wins over the reference's; of several the first counts.
std::optional<Found> find_header(const MessageFacts& facts, const ControlHeader& header)
{
    for (const auto wanted : {header.ours, header.theirs})
        for (const auto& [name, value] : facts.headers)
            if (!wanted.empty() && iequals(name, wanted))
                return Found{std::string(wanted), ascii_lower(trim(std::string_view(value).substr(0, max_control_value_bytes)))};
    return std::nullopt;
}

std::optional<bool> parse_yes_no(std::string_view text)
{
    for (const auto* yes : {"yes", "true", "1", "on"})
        if (text == yes) return true;
    for (const auto* no : {"no", "false", "0", "off"})
        if (text == no) return false;
    return std::nullopt;
}

// "+24h", or the reference's "+HH:MM:SS". A number alone is neither: whoever writes "+7" hardly means seconds, and nobody knows
// whether days or hours.
std::optional<std::chrono::seconds> parse_relative_expiry(std::string_view text)
{
    constexpr std::int64_t most = 100LL * 365 * 86400;
    if (!text.starts_with('+')) return std::nullopt;
    text.remove_prefix(1);
    std::int64_t seconds = 0;
    if (const auto parts = split(text, ':'); parts.size() == 3) {
        for (const auto part : parts) {
            const auto number = parse_decimal(part);
            if (!number || *number > 1000000) return std::nullopt;
            seconds = seconds * 60 + static_cast<std::int64_t>(*number);
        }
    } else {
        if (text.empty() || is_ascii_digit(text.back())) return std::nullopt;
        const auto duration = config::parse_duration(text);
        if (!duration) return std::nullopt;
        seconds = *duration;
    }
    return seconds > 0 && seconds <= most ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

// An RFC 3339 time, a date, of which the last second counts, or a date as mail writes it (RFC 5322).
std::optional<std::string> parse_absolute_expiry(std::string_view text)
{
    if (const auto date = mail::parse_date(text)) return format_rfc3339(*date);
    auto full = ascii_upper(text);
    if (full.size() == 10) full.append("T23:59:59Z");
    const auto time = parse_rfc3339(full);
    return time ? std::optional(format_rfc3339(*time)) : std::nullopt;
}

// `folded` is the subject, where the rule looks for words in it.
bool subject_holds(const CompiledRule& compiled, const std::string& subject, const std::optional<mail::FoldedText>& folded)
{
    const bool contains = std::any_of(compiled.subject_contains.begin(), compiled.subject_contains.end(),
                                      [&](const auto& part) { return folded->contains(part); });
    if (!compiled.subject_contains.empty() && !contains) return false;
    const bool matches = std::any_of(compiled.subject_matches.begin(), compiled.subject_matches.end(),
                                     [&](const auto& each) { return RE2::PartialMatch(subject, *each); });
    return compiled.subject_matches.empty() || matches;
}

bool headers_hold(const CompiledRule& compiled, const MessageFacts& facts)
{
    const auto& rule = *compiled.rule;
    const auto any_header = [&](const std::string& name, const auto& holds) {
        return std::any_of(facts.headers.begin(), facts.headers.end(),
                           [&](const auto& header) { return iequals(header.first, name) && holds(header.second); });
    };
    bool contains = rule.header_contains.empty();
    for (std::size_t i = 0; i < rule.header_contains.size(); ++i)
        contains = contains || any_header(rule.header_contains[i].name, [&](const std::string& value) {
                       return mail::FoldedText(value).contains(compiled.header_contains[i]);
                   });
    bool matches = rule.header_matches.empty();
    for (std::size_t i = 0; i < rule.header_matches.size(); ++i)
        matches = matches || any_header(rule.header_matches[i].name, [&](const std::string& value) {
                      return RE2::PartialMatch(value, *compiled.header_matches[i]);
                  });
    return contains && matches;
}

bool origin_holds(const CompiledRule& compiled, const MessageFacts& facts)
{
    const auto& listeners = compiled.rule->listeners;
    if (!listeners.empty() && std::count(listeners.begin(), listeners.end(), facts.listener) == 0) return false;
    return compiled.senders.empty() || compiled.senders.matches(facts.sender);
}

bool recipient_holds(const CompiledRule& compiled, std::string_view recipient, bool is_own_recipient)
{
    if (is_own_recipient && !compiled.rule->own_domains) return false;
    return compiled.recipients.empty() || compiled.recipients.matches(recipient);
}

// The subject without the words that made the rule hold, and without the gap they leave.
std::string strip_tags(std::string subject, const std::vector<mail::FoldedText>& tags)
{
    for (const auto& tag : tags) {
        const mail::FoldedText folded(subject);
        const auto found = folded.find(tag);
        if (!found) continue;
        const std::string_view text = folded.text();
        const auto before = std::string(trim(text.substr(0, found->first)));
        const auto after = std::string(trim(text.substr(found->first + found->second)));
        subject = before + (before.empty() || after.empty() ? "" : " ") + after;
    }
    return subject;
}

// Applies one message's headers to a decision, and remembers which of them counted.
class HeaderOverrides {
public:
    HeaderOverrides(const MessageFacts& facts, EncryptionDecision& decision) : facts_(facts), decision_(decision) {}

    void apply_action()
    {
        const auto found = find_header(facts_, seal_header);
        if (!found) return;
        const auto yes = parse_yes_no(found->value);
        decision_.action_from = "header " + found->name;
        if (found->value == "if-tls-fails")
            decision_.action = SealAction::if_tls_fails;
        else if (yes)
            decision_.action = *yes ? SealAction::seal : SealAction::clear;
        else {
            // Somebody asked for something we do not understand: never the weaker way.
            decision_.action = SealAction::seal;
            note(*found);
        }
    }

    [[nodiscard]] std::optional<Found> wanted_profile() const { return find_header(facts_, profile_header); }

    void apply_settings()
    {
        auto& profile = decision_.profile;
        apply_flag(reply_header, profile.reply);
        apply_flag(reply_all_header, profile.reply_all);
        apply_flag(forward_header, profile.forward);
        apply_flag(receipt_header, profile.receipt);
        apply_expiry();
    }

    // To pass it over would seal in another way than was asked for: decide_sealing() refuses that.
    void not_understood(const Found& found, std::string_view hint = {})
    {
        note(found);
        if (!decision_.unreadable.empty()) return;
        decision_.unreadable = found.name;
        decision_.unreadable_hint = hint;
    }

private:
    void note(const Found& found) { decision_.notes.push_back(found.name + ": not understood"); }

    void apply_flag(const ControlHeader& header, bool& setting)
    {
        const auto found = find_header(facts_, header);
        if (!found) return;
        const auto wanted = parse_yes_no(found->value);
        if (!wanted) return not_understood(*found);
        setting = *wanted;
        decision_.changed_by.emplace_back(header.setting, "header " + found->name);
    }

    void apply_expiry()
    {
        const auto found = find_header(facts_, expiry_header);
        if (!found) return;
        const auto relative = parse_relative_expiry(found->value);
        decision_.expires_at_text = relative ? std::nullopt : parse_absolute_expiry(found->value);
        if (!relative && !decision_.expires_at_text)
            return not_understood(*found, "write it with a unit (+7d), as +HH:MM:SS or as a date");
        if (relative) decision_.profile.expires_after = *relative;
        decision_.changed_by.emplace_back(expiry_header.setting, "header " + found->name);
    }

    const MessageFacts& facts_;
    EncryptionDecision& decision_;
};

}  // namespace

// Some public listener takes mail for this very address.
bool Snapshot::State::takes_in(std::string_view recipient) const
{
    const auto domain = split_address(recipient).domain;
    if (mapped_domains.find_closest(domain) != AddressTable::none) return true;
    for (const auto& [name, table] : listeners) {
        const auto match = table.recipients.find_first(recipient, own_domains.find_closest(domain) != AddressTable::none);
        if (match.row != AddressTable::none && document.recipients[match.row].accept) return true;
    }
    return false;
}

bool is_control_header(std::string_view name) { return istarts_with(name, "X-Sealpost-") || istarts_with(name, "X-PostX-"); }

bool is_steering_header(std::string_view name)
{
    return is_control_header(name) && std::ranges::any_of(steering_headers, [&](const ControlHeader& header) {
               return iequals(name, header.ours) || iequals(name, header.theirs);
           });
}

EncryptionDecision Snapshot::decide_encryption(const MessageFacts& facts, std::string_view recipient) const
{
    return MessageEncryption(*this, facts).decide(recipient);
}

struct MessageEncryption::Answers {
    std::optional<mail::FoldedText> subject;
    std::vector<std::optional<bool>> of_rules;          // whether the message is one of the rule's
    std::map<std::size_t, EncryptionDecision> decided;  // by each rule that some recipient met, or by none (their number)
};

MessageEncryption::MessageEncryption(const Snapshot& snapshot, const MessageFacts& facts)
    : snapshot_(snapshot), facts_(facts), answers_(std::make_unique<Answers>())
{
    answers_->of_rules.resize(snapshot.state_->rules.size());
}

MessageEncryption::~MessageEncryption() = default;

EncryptionDecision MessageEncryption::decide(std::string_view recipient)
{
    const std::size_t rule = find_rule(recipient);
    const auto known = answers_->decided.find(rule);
    if (known != answers_->decided.end()) return known->second;
    return answers_->decided.emplace(rule, decide_by(rule)).first->second;
}

// The first that holds; the number of the rules: none does.
std::size_t MessageEncryption::find_rule(std::string_view recipient)
{
    const auto& rules = snapshot_.state_->rules;
    if (!facts_.outgoing || rules.empty()) return rules.size();
    const bool is_own_recipient = snapshot_.state_->takes_in(recipient);
    for (std::size_t i = 0; i < rules.size(); ++i)
        if (recipient_holds(rules[i], recipient, is_own_recipient) && message_holds(i)) return i;
    return rules.size();
}

bool MessageEncryption::message_holds(std::size_t rule)
{
    auto& answer = answers_->of_rules[rule];
    if (answer) return *answer;
    const CompiledRule& compiled = snapshot_.state_->rules[rule];
    if (!compiled.subject_contains.empty() && !answers_->subject) answers_->subject.emplace(facts_.subject);
    answer = origin_holds(compiled, facts_) && subject_holds(compiled, facts_.subject, answers_->subject) &&
             headers_hold(compiled, facts_);
    return *answer;
}

EncryptionDecision MessageEncryption::decide_by(std::size_t rule) const
{
    const auto& state = *snapshot_.state_;
    EncryptionDecision decision;
    decision.action_from = "default";
    decision.profile = *snapshot_.find_profile("default");
    decision.profile_from = "default";
    if (!facts_.outgoing) return decision;
    if (rule < state.rules.size()) {
        const auto& found = *state.rules[rule].rule;
        decision.action = found.action;
        decision.action_from = "rule " + found.name;
        decision.profile = *snapshot_.find_profile(found.profile);
        decision.profile_from = "rule " + found.name;
        if (found.strip_subject_tag) decision.subject = strip_tags(facts_.subject, state.rules[rule].subject_contains);
    }
    HeaderOverrides headers(facts_, decision);
    headers.apply_action();
    if (const auto wanted = headers.wanted_profile()) {
        const auto at = std::find_if(state.profiles.begin(), state.profiles.end(),
                                     [&](const auto& each) { return iequals(each.name, wanted->value); });
        if (at == state.profiles.end())
            headers.not_understood(*wanted);
        else
            decision.profile = *at;
        if (at != state.profiles.end()) decision.profile_from = "header " + wanted->name;
    }
    headers.apply_settings();
    return decision;
}

}  // namespace sealpost::policy
